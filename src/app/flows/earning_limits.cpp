#include "app/flows/earning_limits.hpp"

#include "modules/counters/store.hpp"
#include "modules/earning/allowance.hpp"
#include "modules/earning/usage.hpp"

namespace perennial::flows {
namespace {

using earning::LimitOf;
using earning::Scope;
using earning::Span;

// Counters are loaded before anything is decided where the command could know them.
std::int64_t counted(work::Batch& batch, projects::ProjectNumber project, const RawId& id) {
    auto& counters = batch.get<counters::Set>();
    counters.want(project, id);
    counters.load(batch);
    return counters.used(project, id);
}

/// The rows of one card, and the counters of budgets.
class Rows {
  public:
    Rows(const projects::Context& context, const ledger::Card& card)
        : context_(context), card_(card) {}

    Points used(const RawId& scope, Span span, Timestamp start) const {
        if (span == Span::budget)
            return Points(counted(context_.batch, context_.project, scope));
        return context_.batch.get<earning::Usage>().used(context_.batch, context_.project, card_.id,
                                                         scope, span, start);
    }
    void add(const RawId& scope, Span span, Timestamp start, Points points, Points limit) const {
        if (span == Span::budget) {
            counted(context_.batch, context_.project, scope);
            context_.batch.get<counters::Set>().add(context_.project, scope, points.value,
                                                    limit.value);
        } else {
            context_.batch.get<earning::Usage>().add(context_.batch, context_.project, card_.id,
                                                     scope, span, start, points);
        }
    }

  private:
    const projects::Context& context_;
    const ledger::Card& card_;
};

void with_meter(const projects::Context& context, const ledger::Card& card,
                FunctionRef<void(const earning::Meter&)> body) {
    const Rows rows(context, card);
    const auto used = [&](const RawId& scope, Span span, Timestamp start) {
        return rows.used(scope, span, start);
    };
    const auto add = [&](const RawId& scope, Span span, Timestamp start, Points points,
                         Points limit) { rows.add(scope, span, start, points, limit); };
    body({used, add});
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
    with_meter(context_, card_, [&](const earning::Meter& meter) {
        earning::take(rule, program_.earning.limits, outcome, given_, context_.now,
                      context_.snapshot->zone(), meter);
    });
}

void give_back_room(const projects::Context& context, const ledger::Card& card,
                    const campaigns::Program& program, const earning::Rule& rule, Points points,
                    Timestamp decided_at) {
    with_meter(context, card, [&](const earning::Meter& meter) {
        earning::note(rule, program.earning.limits, -points, decided_at, context.snapshot->zone(),
                      meter);
    });
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
