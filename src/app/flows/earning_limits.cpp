#include "app/flows/earning_limits.hpp"

#include "modules/counters/store.hpp"
#include "modules/earning/usage.hpp"

namespace perennial::flows {
namespace {

using earning::LimitOf;
using earning::Scope;
using earning::Span;

const RawId& id_of(Scope scope, const earning::Rule& rule) {
    return scope == Scope::rule ? static_cast<const RawId&>(rule.id)
                                : static_cast<const RawId&>(rule.program);
}

const campaigns::Limits& limits_of(Scope scope, const earning::Rule& rule,
                                   const campaigns::Program& program) {
    return scope == Scope::rule ? rule.limits : program.earning.limits;
}

// Counters are loaded before anything is decided where the command could know them.
std::int64_t counted(work::Batch& batch, projects::ProjectNumber project, const RawId& id) {
    auto& counters = batch.get<counters::Set>();
    counters.want(project, id);
    counters.load(batch);
    return counters.used(project, id);
}

// Adds `points` to everything that the limits of rule and program count.
void note(const projects::Context& context, const ledger::Card& card,
          const campaigns::Program& program, const earning::Rule& rule, Points points,
          Timestamp at) {
    const TimeZone& zone = context.snapshot->zone();
    for (const Scope scope : {Scope::rule, Scope::program})
        for (const LimitOf& limit : earning::limits_of(limits_of(scope, rule, program))) {
            if (limit.span == Span::order) continue;
            if (limit.span == Span::budget) {
                counted(context.batch, context.project, id_of(scope, rule));
                context.batch.get<counters::Set>().add(context.project, id_of(scope, rule),
                                                       points.value, limit.points.value);
            } else {
                context.batch.get<earning::Usage>().add(
                    context.batch, context.project, card.id, id_of(scope, rule), limit.span,
                    earning::start_of(limit.span, at, zone), points);
            }
        }
}

}  // namespace

void want_limits(work::Batch& batch, const projects::Snapshot& snapshot,
                 const customers::Customer* customer, std::string_view event) {
    const auto want = [&](const RawId& program, const RawId& scope,
                          const campaigns::Limits& limits) {
        if (!limits.any()) return;
        if (limits.budget) batch.get<counters::Set>().want(snapshot.project().number, scope);
        const customers::CardRef* card = customer ? customer->card_of(program) : nullptr;
        if (card == nullptr) return;
        for (const LimitOf& limit : earning::limits_of(limits))
            if (limit.span != Span::order && limit.span != Span::budget)
                batch.get<earning::Usage>().want(snapshot.project().number, card->card, scope,
                                                 limit.span);
    };
    for (const campaigns::Program& program : snapshot.get<campaigns::Programs>().all)
        want(program.id, program.id, program.earning.limits);
    for (const earning::Rule& rule : snapshot.get<earning::Rules>().all)
        if (rule.event == event) want(rule.program, rule.id, rule.limits);
}

void Allowance::take(const earning::Rule& rule, earning::Outcome& outcome) {
    if (outcome.reason != earning::Outcome::Reason::earned) return;
    if (!rule.limits.any() && !program_.earning.limits.any()) return;
    const TimeZone& zone = context_.snapshot->zone();
    earning::cut(outcome, rule.limits, program_.earning.limits, [&](Scope scope, Span span) {
        if (span == Span::order) return scope == Scope::program ? given_ : Points();
        if (span == Span::budget)
            return Points(counted(context_.batch, context_.project, id_of(scope, rule)));
        return context_.batch.get<earning::Usage>().used(
            context_.batch, context_.project, card_.id, id_of(scope, rule), span,
            earning::start_of(span, context_.now, zone));
    });
    if (outcome.points.is_zero()) return;
    given_ += outcome.points;
    note(context_, card_, program_, rule, outcome.points, context_.now);
}

void give_back_room(const projects::Context& context, const ledger::Card& card,
                    const campaigns::Program& program, const earning::Rule& rule, Points points,
                    Timestamp decided_at) {
    note(context, card, program, rule, -points, decided_at);
}

Points used_before(db::Tx& tx, projects::ProjectNumber project, const RawId& card,
                   const campaigns::Program& program, const earning::Rule& rule,
                   const TimeZone& zone, Scope scope, Span span, Timestamp now) {
    const RawId& id = scope == Scope::rule ? static_cast<const RawId&>(rule.id)
                                           : static_cast<const RawId&>(program.id);
    if (span == Span::order) return Points();
    if (span == Span::budget) return Points(counters::used(tx, project, id));
    if (card.is_nil()) return Points();
    return earning::used(tx, project, card, id, span, earning::start_of(span, now, zone));
}

}  // namespace perennial::flows
