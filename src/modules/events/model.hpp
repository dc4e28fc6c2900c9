// What a customer did that is no order: "signup", "review_written", any name a shop's rules know.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/value.hpp"
#include "modules/customers/model.hpp"
#include "modules/orders/model.hpp"
#include "modules/projects/model.hpp"

#include <boost/json.hpp>

namespace perennial::events {

struct EventTag {
    static constexpr std::string_view prefix = "evcus_";
};
using EventId = Id<EventTag>;

inline constexpr std::size_t name_bytes_max = 300;

/// Points that an event gave.
struct Award {
    RawId card;
    RawId program;
    RawId rule;
    std::uint32_t lot = 0;
    Points points;
    RawId entry;
};

using orders::Cut;

/// What was decided when the event was recorded; explain recomputes the trace from it.
struct Decision {
    std::int64_t definitions = 0;  ///< project version
    int engine = 0;                ///< earning::engine_version
    Timestamp at;
    std::string channel;  ///< `context.channel` of the rules
    json::object facts;   ///< read of the customer, by program
    std::vector<Award> awards;
    std::vector<Cut> cuts;
};

struct Event {
    projects::ProjectNumber project = 0;
    EventId id;
    customers::CustomerId customer;
    EventId previous;  ///< the customer's event before this one
    std::string name;
    json::object metadata;
    std::optional<Decision> decision;  ///< nothing = no rule looked at it
    Timestamp created_at;              ///< business time
};

/// As stored JSON text.
std::string decision_text(const Decision&);
Decision decision_from_text(std::string_view);

}  // namespace perennial::events
