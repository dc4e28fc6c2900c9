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

/// "every E units P points": P for each full E of the measure.
struct Proportion {
    Measure measure = Measure::order_amount;
    std::string property;
    std::int64_t every = 1;
    std::int64_t points = 0;
    /// Of the items measures: products, SKUs and collections that count; empty = all items.
    struct Applicable {
        std::string object;  ///< "product" | "sku" | "products_collection"
        std::string id;      ///< id or source id
    };
    std::vector<Applicable> applicable;
};

enum class Trigger : std::uint8_t {
    order_paid,
    custom_event,
    tier_joined,
    tier_left,
    tier_upgraded,
    tier_downgraded,
    tier_prolonged
};

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

    bool runs_at(Timestamp now) const {
        return active && (!start_date || *start_date <= now) &&
               (!expiration_date || now < *expiration_date);
    }
};

/// All rules of a project, compiled and found by what may fire them.
struct Rules {
    std::vector<Rule> all;
    std::map<RawId, std::vector<const Rule*>> on_order_paid;                ///< by program
    std::map<std::pair<RawId, std::string>, std::vector<const Rule*>> on_event;  ///< program, name
    std::map<std::pair<RawId, Trigger>, std::vector<const Rule*>> on_tier;
    /// True when some rule looks at products: then orders load their catalog rows.
    bool needs_catalog = false;

    const Rule* find(const RuleId&) const;
    static std::unique_ptr<Rules> compile(const projects::Snapshot&);
};

}  // namespace perennial::earning
