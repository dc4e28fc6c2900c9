// How a program earns beyond its single rules; all of it is ours (docs/GLOSSARY.md).
#pragma once
#include <optional>

#include "base/json.hpp"
#include "base/value.hpp"

namespace perennial::campaigns {

/// The most points that a rule, or all rules of a program together, give: to one order or event, to
/// one member in a local period or ever, and to all members ever.
struct Limits {
    std::optional<Points> per_order;
    std::optional<Points> per_day;
    std::optional<Points> per_week;  ///< from Monday
    std::optional<Points> per_month;
    std::optional<Points> per_year;
    std::optional<Points> per_member;
    std::optional<Points> budget;

    bool of_member() const { return per_day || per_week || per_month || per_year || per_member; }
    bool any() const { return per_order || of_member() || budget; }
};

struct EarningPolicy {
    Limits limits;  ///< `earning_limits`
    /// `multiplier_policy`: HIGHEST = the highest of the tier's and the promotions' multipliers
    /// counts; PRODUCT = they multiply each other.
    bool multiply_all = false;
    /// `earn_before_joining.days`: orders of a customer without a card that are claimed when the
    /// card is made; 0 = none.
    int days_before_joining = 0;
};

/// `name` of the holder; nothing when absent.
std::optional<json::object> read_limits(JsonReader& holder, std::string_view name);
Limits compile_limits(const json::object& doc);

/// `earning_limits`, `multiplier_policy` and `earn_before_joining` of a program.
void read_earning_policy(JsonReader& program, json::object& doc);
EarningPolicy compile_earning_policy(const json::object& program);

}  // namespace perennial::campaigns
