#include "app/flows/economics_routes.hpp"

#include "modules/campaigns/definitions.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/earning/model.hpp"
#include "modules/tiers/decide.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Permission;
using projects::ReadContext;

constexpr std::int64_t million = 1'000'000;

// What points cost. All in exact decimals: percents and values in millionths.
struct Worth {
    std::optional<std::int64_t> point_value;  ///< millionths of a minor unit
    std::optional<std::int64_t> margin;       ///< millionths of a percent
    std::optional<std::int64_t> order_amount;
};

json::value decimal_or_null(const std::optional<int128_t>& millionths) {
    return millionths ? json::value(campaigns::millionths_text(*millionths)) : json::value(nullptr);
}

bool by_amount(earning::Measure measure) {
    using Measure = earning::Measure;
    return measure == Measure::order_amount || measure == Measure::order_total_amount ||
           measure == Measure::order_items_amount ||
           measure == Measure::order_items_subtotal_amount;
}

// Without a condition, and not for some lines only.
bool is_for_all(const earning::Rule& rule) {
    using Measure = earning::Measure;
    return !rule.condition &&
           (!rule.proportion || rule.proportion->measure == Measure::order_amount ||
            rule.proportion->measure == Measure::order_total_amount);
}

struct RuleCost {
    json::object doc;
    Points of_order;              ///< of an order of the amount that was asked for
    bool of_every_order = false;  ///< whatever is in it, and whoever buys
};

RuleCost cost_of(const earning::Rule& rule, const tiers::Tier* tier, const Worth& worth) {
    constexpr std::int64_t points_max = 1'000'000'000;
    RuleCost out;
    json::object& doc = out.doc;
    doc = {
        {"id", rule.id.text()}, {"name", rule.name}, {"conditional", rule.condition.has_value()}};
    out.of_every_order = is_for_all(rule);
    const tiers::Mapping* mapping = nullptr;
    if (tier != nullptr)
        if (const auto found = tier->earning_rules.find(rule.id);
            found != tier->earning_rules.end())
            mapping = &found->second;
    const bool replaced = mapping != nullptr && mapping->type == tiers::Mapping::Type::custom;
    const auto mapped = [&](Points base) {
        return mapping != nullptr && base.value > 0 ? mapping->apply(base) : base;
    };
    if (rule.proportion && by_amount(rule.proportion->measure) && !replaced) {
        const earning::Proportion& p = *rule.proportion;
        doc["kind"] = "PROPORTIONAL";
        std::optional<int128_t> per_unit;
        std::optional<int128_t> give_back;
        if (p.points <= points_max && p.every > 0) {
            const std::int64_t multiplier =
                mapping != nullptr ? mapping->multiplier_millionths : million;
            const int128_t points = static_cast<int128_t>(p.points) * multiplier;
            per_unit = divide(points, p.every, Rounding::half_up);
            if (worth.point_value)
                give_back =
                    divide(points * *worth.point_value / million * 100, p.every, Rounding::half_up);
        }
        doc["points_per_minor_unit"] = decimal_or_null(per_unit);
        doc["give_back_percent"] = decimal_or_null(give_back);
        doc["margin_left_percent"] = decimal_or_null(
            worth.margin && give_back ? std::optional<int128_t>(*worth.margin - *give_back)
                                      : std::nullopt);
        if (worth.order_amount) {
            const int128_t points = static_cast<int128_t>(*worth.order_amount / p.every) * p.points;
            out.of_order =
                mapped(Points(fits(points) ? static_cast<std::int64_t>(points) : value_max));
        }
    } else if (rule.fixed || replaced) {
        doc["kind"] = "FIXED";
        out.of_order = mapped(rule.fixed.value_or(Points(1)));
        doc["points"] = out.of_order.value;
        doc["value"] = decimal_or_null(
            worth.point_value ? std::optional<int128_t>(static_cast<int128_t>(out.of_order.value) *
                                                        *worth.point_value)
                              : std::nullopt);
    } else {
        // What it gives depends on more than the amount: the backtest knows.
        doc["kind"] = rule.proportion ? "PROPORTIONAL_OTHER" : "FORMULA";
    }
    return out;
}

// What so many points of the order cost.
json::object order_json(int128_t points, const Worth& worth) {
    json::object out{{"amount", *worth.order_amount},
                     {"points", static_cast<std::int64_t>(std::min<int128_t>(points, value_max))}};
    if (!worth.point_value) return out;
    const int128_t value = points * *worth.point_value;
    out["value"] = campaigns::millionths_text(value);
    out["give_back_percent"] =
        campaigns::millionths_text(divide(value * 100, *worth.order_amount, Rounding::half_up));
    if (worth.margin)
        out["margin_left"] = campaigns::millionths_text(
            static_cast<int128_t>(*worth.order_amount) * *worth.margin / 100 - value);
    return out;
}

Result<http::Response> economics(const Request& request, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(program_doc, campaigns::need_program(snapshot, request.path_params[0]));
    http::QueryReader query(request.query);
    Worth worth;
    worth.order_amount = query.integer("order_amount", 1, value_max);
    const auto points = query.integer("points", -value_max, value_max);
    const std::string language = query.text("language", 35).value_or("");
    const auto value_text = query.text("point_value", 32);
    std::optional<std::int64_t> what_if;
    if (value_text) {
        what_if = campaigns::millionths_of(*value_text);
        if (!what_if) query.wrong("point_value", "format", "must be a decimal such as 0.5");
    }
    if (!query.ok()) return query.refuse();
    const campaigns::Program& program =
        *snapshot.get<campaigns::Programs>().find(ledger::ProgramId(program_doc->id));
    worth.point_value = what_if ? what_if : program.point_value;
    worth.margin = program.margin;
    const auto& rules = snapshot.get<earning::Rules>().on_order_paid;
    const auto own = rules.find(program.id);

    std::vector<const tiers::Tier*> rows = snapshot.get<tiers::Tiers>().of(program.id);
    if (rows.empty() || !tiers::is_reached(*rows.front(), program, {}))
        rows.insert(rows.begin(), nullptr);
    json::array of_tiers;
    for (const tiers::Tier* tier : rows) {
        json::object row{{"loyalty_tier", nullptr}};
        if (tier != nullptr)
            row["loyalty_tier"] = json::object{{"id", tier->id.text()}, {"name", tier->name}};
        json::array of_rules;
        int128_t certain = 0;
        int128_t most = 0;
        if (own != rules.end())
            for (const earning::Rule* rule : own->second) {
                if (!rule->runs_at(context.now)) continue;
                RuleCost cost = cost_of(*rule, tier, worth);
                most += cost.of_order.value;
                if (cost.of_every_order) certain += cost.of_order.value;
                of_rules.push_back(std::move(cost.doc));
            }
        row["earning_rules"] = std::move(of_rules);
        if (worth.order_amount) {
            row["order"] = order_json(certain, worth);
            row["order_at_most"] = order_json(most, worth);
        }
        of_tiers.push_back(std::move(row));
    }
    json::object out{{"object", "economics"},
                     {"campaign_id", program.id.text()},
                     {"currency", snapshot.project().settings.currency},
                     {"point_value", decimal_or_null(worth.point_value)},
                     {"margin_percent", decimal_or_null(worth.margin)},
                     {"tiers", std::move(of_tiers)}};
    if (points) {
        campaigns::Program valued = program;
        valued.point_value = worth.point_value;
        const auto value = campaigns::value_of(valued, Points(*points));
        out["points"] = {{"points", *points},
                         {"text", campaigns::points_text(program, language, Points(*points))},
                         {"value", value ? json::value(value->value) : json::value(nullptr)}};
    }
    return http::json_response(to_text(out));
}

constexpr const char* economics_example =
    R"({"object":"economics","campaign_id":"camp_019a7f3e20004f1b8d5c3b2a19080706","currency":)"
    R"("EUR","point_value":"1","margin_percent":"40","tiers":[]})";

}  // namespace

projects::Routes economics_routes() {
    return {{Method::get,
             "/v1/loyalties/{campaignId}/economics",
             Permission::read,
             {"Loyalties",
              "What points cost: give-back and margin by tier and earning rule (ours)",
              "",
              economics_example,
              {"order_amount", "points", "language", "point_value"}},
             economics}};
}

}  // namespace perennial::flows
