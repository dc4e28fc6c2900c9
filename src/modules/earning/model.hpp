#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cel/program.hpp"
#include "modules/campaigns/model.hpp"

namespace perennial::earning {

struct RuleTag {
    static constexpr std::string_view prefix = "ern_";
};
using RuleId = Id<RuleTag>;
struct MultiplierTag {
    static constexpr std::string_view prefix = "mult_";
};
using MultiplierId = Id<MultiplierTag>;

/// What a PROPORTIONAL rule counts (api.md 10.3).
enum class Measure : std::uint8_t {
    order_amount,              ///< before discounts
    order_total_amount,        ///< after discounts
    order_metadata,            ///< a number at `property`
    order_items_quantity,      ///< of the items that apply
    order_items_amount,        ///< before the items' discounts
    order_items_subtotal_amount,
    customer_metadata,
    custom_event_metadata
};

/// A product, SKU or collection.
struct Applicable {
    std::string object;  ///< "product" | "sku" | "products_collection"
    std::string id;      ///< id or source id
};

/// "every E units P points": P for each full E of the measure.
struct Proportion {
    Measure measure = Measure::order_amount;
    std::string property;
    std::int64_t every = 1;
    std::int64_t points = 0;
    std::optional<cel::Program> formula;  ///< `points_formula`: instead of `points`
    /// Of the items measures: products, SKUs and collections that count; empty = all items.
    std::vector<Applicable> applicable;
};

/// What a rule of orders leaves out (ours). It sees the order without it: measure, condition and
/// formula alike. The order's own discount shrinks with what is left.
struct Exclusion {
    std::vector<std::string> line_types;  ///< `exclude`: lines "SHIPPING", "GIFT_CARD", "TAX"
    bool tax = false;                     ///< and the tax inside of the amounts
    std::vector<Applicable> items;        ///< `excluded_items`

    bool any() const { return !line_types.empty() || !items.empty(); }
};

enum class Trigger : std::uint8_t {
    order_paid,
    custom_event,
    tier_joined,
    tier_left,
    tier_upgraded,
    tier_downgraded,
    tier_prolonged,
    member_joined,     ///< ours: the card was made
    birthday,          ///< ours: of the holder, at the day's first moment; once a year
    anniversary,       ///< ours: of the card; likewise
    profile_completed  ///< ours: the profile has all fields that the rule asks for, the first time
};
/// Falls due on a day of the year.
inline bool of_days(Trigger t) { return t == Trigger::birthday || t == Trigger::anniversary; }
/// Of a card's tier.
inline bool of_tiers(Trigger t) {
    return t >= Trigger::tier_joined && t <= Trigger::tier_prolonged;
}

struct Rule {
    RuleId id;
    campaigns::ProgramId program;
    std::string name;   ///< ours; the field `name`, else the banner
    std::string event;  ///< as written: "order.paid" or the custom event's name
    Trigger trigger = Trigger::order_paid;
    bool active = true;
    std::optional<Timestamp> start_date;
    std::optional<Timestamp> expiration_date;
    std::string banner;

    /// Exactly one of the three gives the points.
    std::optional<Points> fixed;
    std::optional<Proportion> proportion;
    std::optional<cel::Program> formula;  ///< ours: CEL, an int
    std::string formula_source;

    std::optional<cel::Program> condition;  ///< ours: CEL, a bool
    std::string condition_source;

    std::optional<ledger::TierId> tier;  ///< of tier triggers; nothing = any
    int pending_days = 0;                ///< order_paid only: 1 to 90
    std::optional<campaigns::ExpirationRule> expiration;  ///< else the program's
    Exclusion exclude;                  ///< order_paid only
    campaigns::Limits limits;           ///< ours
    Timestamp created_at;
    std::vector<std::string> profile;   ///< of profile_completed: fields that must be filled
    /// Its stored expression no longer compiles: then it does not run, and says why.
    std::string inactive_reason;

    bool runs_at(Timestamp now) const {
        return active && inactive_reason.empty() && (!start_date || *start_date <= now) &&
               (!expiration_date || now < *expiration_date);
    }
};

/// A promotion of a program (ours): the points of its rules for one kind of event, times a number,
/// while it runs and its condition holds.
struct Multiplier {
    MultiplierId id;
    campaigns::ProgramId program;
    std::string name;
    std::string event;
    std::int64_t millionths = 1'000'000;  ///< 2 = 2'000'000
    bool active = true;
    std::optional<Timestamp> start_date;
    std::optional<Timestamp> expiration_date;
    std::vector<RuleId> rules;  ///< empty = all of the event
    std::optional<cel::Program> condition;
    std::string condition_source;
    std::string inactive_reason;

    bool runs_at(Timestamp now) const {
        return active && inactive_reason.empty() && (!start_date || *start_date <= now) &&
               (!expiration_date || now < *expiration_date);
    }
};

/// All rules of a project, compiled and found by what may fire them.
struct Rules {
    std::vector<Rule> all;
    std::map<RawId, std::vector<const Rule*>> on_order_paid;                ///< by program
    std::map<std::pair<RawId, std::string>, std::vector<const Rule*>> on_event;  ///< program, name
    std::map<std::pair<RawId, Trigger>, std::vector<const Rule*>> on_tier;
    std::map<std::pair<RawId, Trigger>, std::vector<const Rule*>> on_member;  ///< joined, profile
    std::map<RawId, std::vector<const Rule*>> on_yearly;  ///< birthdays and anniversaries
    std::vector<Multiplier> multipliers;
    /// True when some rule looks at products: then orders load their catalog rows.
    bool needs_catalog = false;
    bool needs_profile = false;  ///< some rule waits for a completed profile or a birthday

    const Rule* find(const RuleId&) const;
    static std::unique_ptr<Rules> compile(const projects::Snapshot&);
};

}  // namespace perennial::earning
