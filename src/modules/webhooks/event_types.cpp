#include "modules/webhooks/event_types.hpp"

#include <algorithm>
#include <string>

namespace perennial::webhooks {

std::optional<EventType> event_type_from(std::string_view name) {
    std::string right(name);
    if (right.ends_with("aded") && !right.ends_with("added")) right.insert(right.size() - 3, "d");
    const auto found = std::ranges::find(event_type_names, right);
    if (found == event_type_names.end()) return std::nullopt;
    return static_cast<EventType>(found - event_type_names.begin());
}

}  // namespace perennial::webhooks
