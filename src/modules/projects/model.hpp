// A project is one shop with its own keys and data. Its *definitions* (programs, rules, tiers, rewards,
// collections, webhooks) are versioned documents, kept for ever, compiled into a snapshot.
#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace perennial::projects {

struct ProjectTag {
    static constexpr std::string_view prefix = "proj_";
};
using ProjectId = Id<ProjectTag>;

/// The number of a project inside one database; first part (after the bucket) of every key.
using ProjectNumber = std::int32_t;

/// So many calls in so much time.
struct CallLimit {
    std::int64_t calls = 0;
    std::int64_t per_ms = 0;
    bool operator==(const CallLimit&) const = default;
};

struct Settings {
    std::string time_zone = "UTC";  ///< IANA name; local days, expiry and tier periods follow it
    std::string currency = "EUR";   ///< ISO 4217; the only one of the project
    /// Where pages with client-side keys may come from: "shop.example", "*.shop.example", "*".
    std::vector<std::string> client_trusted_domains = {};
    bool client_create_customer_enabled = false;
    bool client_loyalty_events_enabled = false;
    /// Only events that have a schema are taken.
    bool strict_events = false;
    std::vector<CallLimit> api_calls = {};  ///< of each key; empty = the server's own
};

struct Project {
    ProjectNumber number = 0;
    ProjectId id;
    std::string name;
    Settings settings;
    bool sandbox = false;
    std::optional<Timestamp> clock_at;  ///< test clock: business time stands here until advanced
    std::int64_t version = 0;           ///< of its definitions; grows with every change
    Timestamp created_at;

    /// Business time: the test clock's, else the machine's.
    Timestamp now(Timestamp machine_now) const { return clock_at ? *clock_at : machine_now; }
};

/// From the weakest to the strongest.
enum class Role : std::uint8_t {
    viewer,    ///< reads
    merchant,  ///< and does what a till does: customers, orders, events; app/permissions.cpp
    user,      ///< and writes all else, redeems
    admin      ///< and manages keys, webhooks, settings, the clock
};

/// What a route needs. A key of a role may do all that a weaker role may.
enum class Permission : std::uint8_t {
    open,   ///< no key
    read,   ///< viewer
    write,  ///< user
    manage  ///< admin: keys, webhooks, clock
};

/// Who asks. Made by the pipeline from the keys of the request.
struct Actor {
    std::string app_id;
    Role role = Role::viewer;
    std::string channel = "API";  ///< X-Voucherify-Channel, stored as the source of a transaction
    bool is_client = false;       ///< a page in somebody's browser, with a client-side key
};

bool may(Role, Permission);

/// One versioned document. `doc` has the API's shape without ids of its own and times.
struct Definition {
    std::string kind;  ///< see definition_kind
    RawId id;
    RawId parent;  ///< the program of a rule, tier or assignment; nil for others
    std::string name;
    json::object doc;
    std::int64_t version = 0;  ///< project version that wrote it
    bool deleted = false;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
};

namespace definition_kind {
inline constexpr std::string_view campaign = "campaign";
inline constexpr std::string_view earning_rule = "earning_rule";
inline constexpr std::string_view earning_multiplier = "earning_multiplier";
inline constexpr std::string_view loyalty_tier = "loyalty_tier";
inline constexpr std::string_view reward = "reward";
inline constexpr std::string_view reward_assignment = "reward_assignment";
inline constexpr std::string_view product_collection = "product_collection";
inline constexpr std::string_view webhook = "webhook";
}  // namespace definition_kind

}  // namespace perennial::projects
