#include "modules/earning/decide.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cel/arena.hpp"

namespace perennial::earning {
namespace {

using Reason = Outcome::Reason;

std::array<cel::Value, slot_count> slots(const Facts& facts, bool of_a_day = false) {
    std::array<cel::Value, slot_count> out;
    if (facts.customer)
        out[slot_customer] = cel::Value::structure(
            facts.customer, of_a_day ? customer_of_a_day_type : customer_type);
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
        for (const Applicable& applicable : proportion.applicable)
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

// Numbers as a fraction: multiplied exactly, rounded down once in the end.
struct Fraction {
    int128_t over;
    int128_t under = 1;

    void times(std::int64_t millionths) {
        int128_t by = millionths;
        int128_t per = 1'000'000;
        for (auto [top, bottom] : {std::pair{&over, &per}, std::pair{&by, &under}}) {
            const int128_t common = gcd(*top, *bottom);
            if (common > 1) *top /= common, *bottom /= common;
        }
        int128_t more = 0;
        int128_t less = 0;
        if (__builtin_mul_overflow(over, by, &more) || __builtin_mul_overflow(under, per, &less)) {
            // Absurdly many digits: cut what is beyond a point here already.
            over = over / under * by / per;
            under = 1;
            return;
        }
        over = more;
        under = less;
    }
    static int128_t gcd(int128_t a, int128_t b) {
        while (b != 0) a = std::exchange(b, a % b);
        return a;
    }
    int128_t floor() const { return over / under; }
};

bool holds(const Multiplier& multiplier, const Facts& facts) {
    if (!multiplier.condition) return true;
    cel::Arena arena;
    return multiplier.condition->evaluate(slots(facts), arena, nullptr).is_true();
}

// What tier and promotions make of `out.points` > 0. False when it is out of range.
bool multiply(const Rule& rule, const Facts& facts, const Terms& terms, Timestamp now,
              Outcome& out) {
    if (terms.tier != nullptr)
        if (const auto mapping = terms.tier->earning_rules.find(rule.id);
            mapping != terms.tier->earning_rules.end()) {
            if (mapping->second.type == tiers::Mapping::Type::multiply)
                out.applied.push_back({nullptr, mapping->second.multiplier_millionths});
            else
                out.points = mapping->second.apply(out.base);
        }
    for (const Multiplier& promotion : terms.multipliers)
        if (promotion.program == rule.program && promotion.event == rule.event &&
            promotion.runs_at(now) &&
            (promotion.rules.empty() ||
             std::ranges::find(promotion.rules, rule.id) != promotion.rules.end()) &&
            holds(promotion, facts))
            out.applied.push_back({&promotion, promotion.millionths});
    if (!terms.multiply_all && out.applied.size() > 1) {
        const auto highest = std::ranges::max_element(
            out.applied, {}, [](const Outcome::Applied& one) { return one.millionths; });
        out.applied = {*highest};
    }
    Fraction value{out.points.value};
    for (const Outcome::Applied& one : out.applied) value.times(one.millionths);
    if (!fits(value.floor())) return false;
    out.points = Points(static_cast<std::int64_t>(value.floor()));
    return true;
}

}  // namespace

OrderFacts counted(const OrderFacts& order, const Exclusion& exclude, AppliesTo applies) {
    OrderFacts out = order;
    out.items.clear();
    std::int64_t amount = order.amount;
    std::int64_t discounts = 0;  // of the lines that stay
    std::int64_t all_discounts = 0;
    const bool lines_have_tax =
        std::ranges::any_of(order.items, [](const ItemFacts& item) { return item.tax_amount != 0; });
    for (const ItemFacts& item : order.items) {
        all_discounts += item.amount - item.subtotal_amount;
        const bool out_of_it =
            std::ranges::find(exclude.line_types, item.line_type) != exclude.line_types.end() ||
            std::ranges::any_of(exclude.items, [&](const Applicable& to) { return applies(to, item); });
        if (out_of_it) {
            amount -= item.amount;
            continue;
        }
        ItemFacts& kept = out.items.emplace_back(item);
        if (exclude.tax && item.tax_amount != 0) {
            kept.amount -= item.tax_amount;
            kept.subtotal_amount = std::max<std::int64_t>(0, kept.subtotal_amount - item.tax_amount);
            amount -= item.tax_amount;
        }
        discounts += kept.amount - kept.subtotal_amount;
    }
    if (exclude.tax && !lines_have_tax) amount -= order.tax_amount;
    out.amount = std::max<std::int64_t>(0, amount);
    // The order's own discount is spread evenly over everything.
    const std::int64_t own =
        order.amount == 0
            ? 0
            : divide(static_cast<int128_t>(order.discount_amount - all_discounts) * out.amount,
                     order.amount, Rounding::half_up);
    out.discount_amount = std::clamp<std::int64_t>(discounts + own, 0, out.amount);
    out.total_amount = out.amount - out.discount_amount;
    return out;
}

std::string_view reason_name(Reason reason) {
    switch (reason) {
        case Reason::earned: return "earned";
        case Reason::not_running: return "not_running";
        case Reason::condition_false: return "condition_false";
        case Reason::below_step: return "below_step";
        case Reason::not_a_number: return "not_a_number";
        case Reason::error: return "error";
        case Reason::out_of_range: return "out_of_range";
        case Reason::limit_reached: return "limit_reached";
    }
    return "";
}

Outcome evaluate(const Rule& rule, const Facts& all, const Terms& terms, AppliesTo applies,
                 Timestamp now, cel::Trace* condition_trace, cel::Trace* formula_trace) {
    Outcome out;
    auto stop = [&](Reason reason, std::string details = {}) {
        out.reason = reason;
        out.details = std::move(details);
        return out;
    };
    if (!rule.runs_at(now)) return stop(Reason::not_running, rule.inactive_reason);
    Facts facts = all;
    OrderFacts without;
    if (rule.exclude.any() && facts.order != nullptr) {
        without = counted(*facts.order, rule.exclude, applies);
        facts.order = &without;
    }
    const std::optional<cel::Program>& formula =
        rule.proportion ? rule.proportion->formula : rule.formula;
    std::int64_t given = 0;
    if (rule.condition || formula) {
        cel::Arena arena;
        const auto variables = slots(facts, of_days(rule.trigger));
        if (rule.condition) {
            const cel::Value value = rule.condition->evaluate(variables, arena, condition_trace);
            if (value.is_error())
                return stop(Reason::error, rule.condition->describe(value.as_error()));
            if (!value.is_true()) return stop(Reason::condition_false);
        }
        if (formula) {
            const cel::Value value = formula->evaluate(variables, arena, formula_trace);
            if (value.is_error()) return stop(Reason::error, formula->describe(value.as_error()));
            if (!value.is(cel::Kind::integer))
                return stop(Reason::error, "the formula gave no whole number");
            if (!fits(value.as_int())) return stop(Reason::out_of_range);
            given = value.as_int();
        }
    }
    if (rule.fixed) {
        out.base = *rule.fixed;
    } else if (rule.proportion) {
        const auto value = measured(*rule.proportion, facts, applies);
        if (!value) return stop(Reason::not_a_number);
        if (*value < rule.proportion->every) out.missing = rule.proportion->every - *value;
        const int128_t points =
            static_cast<int128_t>(divide(*value, rule.proportion->every, Rounding::floor)) *
            (formula ? given : rule.proportion->points);
        if (!fits(points)) return stop(Reason::out_of_range);
        out.base = Points(static_cast<std::int64_t>(points));
    } else {
        out.base = Points(given);
    }
    out.points = out.base;
    if (out.base.value > 0 && !multiply(rule, facts, terms, now, out))
        return stop(Reason::out_of_range);
    if (out.points.value <= 0) {
        out.points = Points();
        return stop(Reason::below_step);
    }
    out.wanted = out.points;
    out.missing.reset();
    return out;
}

Timestamp start_of(Span span, Timestamp at, const TimeZone& zone) {
    const Date day = zone.local_date(at);
    switch (span) {
        case Span::day: return zone.start_of(day);
        case Span::week: return zone.start_of(day.plus_days(-((day.weekday() + 6) % 7)));
        case Span::month: return zone.start_of({day.year, day.month, 1});
        case Span::year: return zone.start_of({day.year, 1, 1});
        case Span::order:
        case Span::member:
        case Span::budget: return {};
    }
    return {};
}

std::vector<LimitOf> limits_of(const campaigns::Limits& limits) {
    std::vector<LimitOf> out;
    const auto add = [&](Span span, std::string_view name, const std::optional<Points>& points) {
        if (points) out.push_back({span, name, *points});
    };
    add(Span::order, "per_order", limits.per_order);
    add(Span::day, "per_day", limits.per_day);
    add(Span::week, "per_week", limits.per_week);
    add(Span::month, "per_month", limits.per_month);
    add(Span::year, "per_year", limits.per_year);
    add(Span::member, "per_member", limits.per_member);
    add(Span::budget, "budget", limits.budget);
    return out;
}

void cut(Outcome& outcome, const campaigns::Limits& rule, const campaigns::Limits& program,
         FunctionRef<Points(Scope, Span)> used) {
    if (outcome.reason != Reason::earned) return;
    for (const Scope scope : {Scope::rule, Scope::program})
        for (const LimitOf& limit : limits_of(scope == Scope::rule ? rule : program)) {
            const Points left = std::max(Points(), limit.points - used(scope, limit.span));
            if (left >= outcome.points) continue;
            outcome.points = left;
            outcome.limit = std::string(scope == Scope::rule ? "rule." : "program.") +
                            std::string(limit.name);
        }
    if (outcome.points.is_zero()) outcome.reason = Reason::limit_reached;
}

}  // namespace perennial::earning
