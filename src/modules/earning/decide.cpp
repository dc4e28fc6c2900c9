#include "modules/earning/decide.hpp"

#include <cmath>

#include "cel/arena.hpp"

namespace perennial::earning {
namespace {

using Reason = Outcome::Reason;

std::array<cel::Value, slot_count> slots(const Facts& facts) {
    std::array<cel::Value, slot_count> out;
    if (facts.customer) out[slot_customer] = cel::Value::structure(facts.customer, customer_type);
    if (facts.order) out[slot_order] = cel::Value::structure(facts.order, order_type);
    if (facts.event) out[slot_event] = cel::Value::structure(facts.event, event_type);
    if (facts.context) out[slot_context] = cel::Value::structure(facts.context, context_type);
    return out;
}

// Whole units of a JSON number; fractions are cut off. Nothing when it is no number or too large.
std::optional<std::int64_t> number_at(const json::object& object, const std::string& key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64() && fits(value->get_int64())) return value->get_int64();
    if (value->is_double() && std::abs(value->get_double()) <= static_cast<double>(value_max))
        return static_cast<std::int64_t>(std::trunc(value->get_double()));
    return std::nullopt;
}

template <class Member>
std::int64_t sum_items(const Proportion& proportion, const OrderFacts& order, AppliesTo applies,
                       Member member) {
    int128_t sum = 0;
    for (const ItemFacts& item : order.items) {
        bool counts = proportion.applicable.empty();
        for (const auto& applicable : proportion.applicable)
            counts = counts || applies(applicable, item);
        if (counts) sum += item.*member;
    }
    return fits(sum) ? static_cast<std::int64_t>(sum) : value_max;
}

std::optional<std::int64_t> measured(const Proportion& p, const Facts& facts, AppliesTo applies) {
    switch (p.measure) {
        case Measure::order_amount:
            return facts.order ? std::optional(facts.order->amount) : std::nullopt;
        case Measure::order_total_amount:
            return facts.order ? std::optional(facts.order->total_amount) : std::nullopt;
        case Measure::order_metadata:
            return facts.order ? number_at(facts.order->metadata, p.property) : std::nullopt;
        case Measure::customer_metadata:
            return facts.customer ? number_at(facts.customer->metadata, p.property) : std::nullopt;
        case Measure::custom_event_metadata:
            return facts.event ? number_at(facts.event->metadata, p.property) : std::nullopt;
        case Measure::order_items_quantity:
            if (!facts.order) return std::nullopt;
            return sum_items(p, *facts.order, applies, &ItemFacts::quantity);
        case Measure::order_items_amount:
            if (!facts.order) return std::nullopt;
            return sum_items(p, *facts.order, applies, &ItemFacts::amount);
        case Measure::order_items_subtotal_amount:
            if (!facts.order) return std::nullopt;
            return sum_items(p, *facts.order, applies, &ItemFacts::subtotal_amount);
    }
    return std::nullopt;
}

}  // namespace

std::string_view reason_name(Reason reason) {
    switch (reason) {
        case Reason::earned: return "earned";
        case Reason::not_running: return "not_running";
        case Reason::condition_false: return "condition_false";
        case Reason::below_step: return "below_step";
        case Reason::not_a_number: return "not_a_number";
        case Reason::error: return "error";
        case Reason::out_of_range: return "out_of_range";
    }
    return "";
}

Outcome evaluate(const Rule& rule, const Facts& facts, const tiers::Tier* tier, AppliesTo applies,
                 Timestamp now, cel::Trace* condition_trace, cel::Trace* formula_trace) {
    Outcome out;
    auto stop = [&](Reason reason, std::string details = {}) {
        out.reason = reason;
        out.details = std::move(details);
        return out;
    };
    if (!rule.runs_at(now)) return stop(Reason::not_running);
    if (rule.condition || rule.formula) {
        cel::Arena arena;
        const auto variables = slots(facts);
        if (rule.condition) {
            const cel::Value value = rule.condition->evaluate(variables, arena, condition_trace);
            if (value.is_error())
                return stop(Reason::error, rule.condition->describe(value.as_error()));
            if (!value.is_true()) return stop(Reason::condition_false);
        }
        if (rule.formula) {
            const cel::Value value = rule.formula->evaluate(variables, arena, formula_trace);
            if (value.is_error()) return stop(Reason::error, rule.formula->describe(value.as_error()));
            if (!value.is(cel::Kind::integer))
                return stop(Reason::error, "the formula gave no whole number");
            if (!fits(value.as_int())) return stop(Reason::out_of_range);
            out.base = Points(value.as_int());
        }
    }
    if (rule.fixed) {
        out.base = *rule.fixed;
    } else if (rule.proportion) {
        const auto value = measured(*rule.proportion, facts, applies);
        if (!value) return stop(Reason::not_a_number);
        const int128_t points = static_cast<int128_t>(divide(*value, rule.proportion->every,
                                                             Rounding::floor)) *
                                rule.proportion->points;
        if (!fits(points)) return stop(Reason::out_of_range);
        out.base = Points(static_cast<std::int64_t>(points));
    }
    out.points = out.base;
    if (out.base.value > 0 && tier != nullptr) {
        const auto mapping = tier->earning_rules.find(rule.id);
        if (mapping != tier->earning_rules.end()) {
            if (mapping->second.type == tiers::Mapping::Type::multiply &&
                !fits(static_cast<int128_t>(out.base.value) *
                      mapping->second.multiplier_millionths / 1'000'000))
                return stop(Reason::out_of_range);
            out.points = mapping->second.apply(out.base);
        }
    }
    if (out.points.value <= 0) {
        out.points = Points();
        return stop(Reason::below_step);
    }
    return out;
}

}  // namespace perennial::earning
