#include "modules/earning/model.hpp"

#include <algorithm>

namespace perennial::earning {

const Rule* Rules::find(const RuleId& id) const {
    const auto found = std::ranges::find(all, id, &Rule::id);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace perennial::earning
