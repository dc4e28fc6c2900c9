#include "modules/earning/allowance.hpp"

namespace perennial::earning {
namespace {

const RawId& id_of(Scope scope, const Rule& rule) {
    return scope == Scope::rule ? static_cast<const RawId&>(rule.id)
                                : static_cast<const RawId&>(rule.program);
}

}  // namespace

void take(const Rule& rule, const campaigns::Limits& of_program, Outcome& outcome, Points& given,
          Timestamp now, const TimeZone& zone, const Meter& meter) {
    if (outcome.reason != Outcome::Reason::earned) return;
    if (!rule.limits.any() && !of_program.any()) return;
    cut(outcome, rule.limits, of_program, [&](Scope scope, Span span) {
        if (span == Span::order) return scope == Scope::program ? given : Points();
        return meter.used(id_of(scope, rule), span, start_of(span, now, zone));
    });
    if (outcome.points.is_zero()) return;
    given += outcome.points;
    note(rule, of_program, outcome.points, now, zone, meter);
}

void note(const Rule& rule, const campaigns::Limits& of_program, Points points, Timestamp at,
          const TimeZone& zone, const Meter& meter) {
    for (const Scope scope : {Scope::rule, Scope::program})
        for (const LimitOf& limit : limits_of(scope == Scope::rule ? rule.limits : of_program))
            if (limit.span != Span::order)
                meter.add(id_of(scope, rule), limit.span, start_of(limit.span, at, zone), points,
                          limit.points);
}

}  // namespace perennial::earning
