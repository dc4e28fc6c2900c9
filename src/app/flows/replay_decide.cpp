#include "app/flows/replay_decide.hpp"

#include "app/flows/give_points.hpp"
#include "app/flows/order_earning.hpp"

namespace perennial::flows {

using earning::Outcome;

namespace {

using earning::AppliesTo;

const auto never = [](const earning::Applicable&, const earning::ItemFacts&) { return false; };

}  // namespace

void Decider::decide(const Case& one, const earning::Meter& meter, std::vector<Got>& got) {
    got.clear();
    if (one.rules.empty() || one.book.program == nullptr ||
        !one.book.program->runs_at(one.counted_at))
        return;
    earning::ContextFacts surroundings{};
    surroundings.now = one.at;
    if (one.book.reads_moment)
        surroundings = context_facts(one.at, one.book.snapshot->zone(), one.channel, date_);
    earning::Facts facts{&one.customer, nullptr, one.event, &surroundings};
    bool nothing_kept = false;
    if (one.order != nullptr) {
        const orders::Order& order = one.order->order;
        if (!is_view_filled_) fill_as_decided(view_, order, *one.returned);
        is_view_filled_ = true;
        if (view_.facts.items.empty() && !order.items.empty()) return;
        facts.order = &view_.facts;
        if (one.came_back) {
            nothing_kept = nothing_left(order);
            if (!nothing_kept) fill_kept(kept_, order);
        }
    }
    const earning::Terms terms = terms_of(*one.book.program, one.book.rules, one.tier);
    Points given;
    for (const earning::Rule* rule : one.rules) {
        current_ = rule;
        Outcome outcome =
            earning::evaluate(*rule, facts, terms, one.order ? AppliesTo(applies) : AppliesTo(never),
                              one.at);
        if (one.book.has_limits)
            earning::take(*rule, one.book.program->earning.limits, outcome, given,
                          one.counted_at, one.book.snapshot->zone(), meter);
        if (outcome.reason != Outcome::Reason::earned && outcome.limit.empty()) continue;
        Got& out = got.emplace_back();
        out.rule = rule;
        if (outcome.reason == Outcome::Reason::earned) out.points = outcome.points;
        out.wanted = outcome.wanted;
        out.limit = std::move(outcome.limit);
        if (!one.came_back || out.points.is_zero()) continue;
        Points keeps;
        if (!nothing_kept) {
            facts.order = &kept_.facts;
            const Outcome left = earning::evaluate(*rule, facts, terms, applies, one.at);
            facts.order = &view_.facts;
            keeps = std::min(left.points, out.points);
        }
        out.back = out.points - keeps;
    }
}

}  // namespace perennial::flows
