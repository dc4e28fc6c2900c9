#include "app/flows/rescore.hpp"

#include "app/flows/earning_limits.hpp"
#include "app/flows/order_earning.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/commands.hpp"

namespace perennial::flows {
namespace {

using ledger::EntryKind;

// What a budget would have left for this member if nothing of the period had been given to them.
void put_budget(db::Tx& tx, projects::ProjectNumber project, const History& history,
                const RawId& scope, const RawId& rule, const RawId& program,
                std::map<RawId, Points>& budgets) {
    Points own;
    for (const orders::Past& past : history.orders)
        for (const orders::Award& award : past.order.decision->awards)
            if (award.program == program && (rule.is_nil() || award.rule == rule))
                own += award.points - award.taken_back;
    for (const events::Event& event : history.events)
        if (event.decision)
            for (const events::Award& award : event.decision->awards)
                if (award.program == program && (rule.is_nil() || award.rule == rule))
                    own += award.points;
    budgets[scope] = std::max(Points(), Points(counters::used(tx, project, scope)) - own);
}

Rescored::Change& change_of(std::vector<Rescored::Change>& changes, const RawId& id) {
    if (changes.empty() || changes.back().id != id) changes.emplace_back().id = id;
    return changes.back();
}

/// What the renewal comes to on the card.
struct Sums {
    Points more;                                            ///< to be given
    std::vector<std::pair<std::uint32_t, Points>> less;     ///< to be taken: of a lot
    std::vector<std::pair<std::uint32_t, Points>> pending;  ///< lots that pend, up or down
    Points expired;                                         ///< counts as taken
};

using flows::story_of;
ledger::LotStory story_of(const projects::Context& context, const ledger::Card& card,
                          const events::Award& award) {
    return context.batch.get<ledger::Set>().story_of_lot(context.batch, card, award.lot);
}

template <class Award>
void renew(const projects::Context& context, const ledger::Card& card, Award& award,
           const Rescored::Line& line, Points& taken_expired, Sums& sums) {
    const Points difference = (line.now - line.now_back) - (line.was - line.was_back);
    award.points = line.now;
    const auto lot = std::ranges::find(card.lots, award.lot, &ledger::Lot::number);
    const bool open = lot != card.lots.end();
    if (difference.value > 0) {
        if (open && lot->pending()) sums.pending.emplace_back(award.lot, difference);
        else sums.more += difference;
        return;
    }
    Points less = -difference;
    if (open && lot->pending()) {
        const Points part = std::min(less, lot->left);
        if (!part.is_zero()) sums.pending.emplace_back(award.lot, -part);
        less -= part;
    } else if (!less.is_zero() && !open) {
        // What has expired of it is gone already.
        const Points ended =
            std::clamp(story_of(context, card, award).expired - taken_expired, Points(), less);
        taken_expired += ended;
        sums.expired += ended;
        less -= ended;
    }
    if (!less.is_zero()) sums.less.emplace_back(award.lot, less);
}

// The entry that the difference is: its id, and the lot that it opened.
struct Posted {
    ledger::EntryId entry;
    std::uint32_t lot = 0;
};

Posted post_difference(const projects::Context& context, ledger::Card& card, Sums& sums,
                       const json::object& more) {
    Posted out;
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    const auto why = [&](json::object detail) {
        for (const auto& [name, value] : more) detail[name] = value;
        return members::Why{"rescore", card.program, std::move(detail)};
    };
    for (const auto& [lot, points] : sums.pending)
        members::post(context, card,
                      projects::or_roll_back(ledger::adjust_pending(card, lot, points, context.now)),
                      why({}));
    for (auto& [lot, points] : sums.less) {
        const Points part = std::min(points, sums.more);
        points -= part;
        sums.more -= part;
    }
    if (!sums.more.is_zero()) {
        const auto expires_at =
            campaigns::expires_at(book.program.expiration, context.now, book.zone);
        out.lot = card.next_lot;
        out.entry = members::post(
            context, card,
            projects::or_roll_back(ledger::credit(card, EntryKind::accrual, sums.more, context.now,
                                                  expires_at)),
            why({}));
        return out;
    }
    // One posting of all that is taken: each from its own lot first, as a return would.
    ledger::Card left = card;
    ledger::Posting all{EntryKind::cancellation, {}, {}, context.now, {}, {}};
    Points shortfall;
    for (const auto& [lot, points] : sums.less) {
        if (points.is_zero()) continue;
        ledger::TakenBack taken =
            ledger::take_back(left, lot, points, Points(), book.program.allow_debt, context.now);
        shortfall += taken.shortfall;
        if (!taken.active) continue;
        ledger::apply(*taken.active, left);
        all.points += taken.active->points;
        std::ranges::move(taken.active->lots, std::back_inserter(all.lots));
    }
    if (all.lots.empty()) return out;
    json::object detail;
    if (!shortfall.is_zero()) detail["shortfall"] = shortfall.value;
    if (!sums.expired.is_zero()) detail["expired"] = sums.expired.value;
    out.entry = members::post(context, card, std::move(all), why(std::move(detail)));
    return out;
}

void replace_cuts(std::vector<orders::Cut>& cuts, const RawId& program,
                  const std::vector<orders::Cut>& fresh) {
    std::erase_if(cuts, [&](const orders::Cut& cut) { return cut.program == program; });
    cuts.insert(cuts.end(), fresh.begin(), fresh.end());
}

// From now on the program has decided the order under the rules of today.
void renew_decision(orders::Decision& decision, const RawId& program, std::int64_t version,
                    const Rescored::Change& change) {
    orders::Decision::Claim under = decision.under(program);
    under.definitions = version;
    under.engine = earning::engine_version;
    const auto known = std::ranges::find(decision.claims, program, &orders::Decision::Claim::program);
    if (known != decision.claims.end()) *known = std::move(under);
    else decision.claims.push_back(std::move(under));
    const std::string key = ledger::ProgramId(program).text();
    if (change.facts.empty()) decision.facts.erase(key);
    else decision.facts[key] = change.facts;
    replace_cuts(decision.cuts, program, change.cuts);
}

// Limits count what is given now. False = a budget has not that much left any more.
bool fits_budgets(const projects::Context& context, const Rescored& seen, const RawId& program) {
    std::map<RawId, Points> added;
    const auto& rules = context.snapshot->get<earning::Rules>();
    const campaigns::Program* of =
        context.snapshot->get<campaigns::Programs>().find(ledger::ProgramId(program));
    std::map<RawId, Points> caps;
    for (const auto* changes : {&seen.orders, &seen.events})
        for (const Rescored::Change& change : *changes)
            for (const Rescored::Line& line : change.lines) {
                const earning::Rule* rule = rules.find(earning::RuleId(line.rule));
                if (rule == nullptr || of == nullptr) continue;
                const Points more = (line.now - line.now_back) - (line.was - line.was_back);
                if (rule->limits.budget) added[rule->id] += more, caps[rule->id] = *rule->limits.budget;
                if (of->earning.limits.budget)
                    added[program] += more, caps[program] = *of->earning.limits.budget;
            }
    for (const auto& [scope, more] : added)
        if (more.value > 0 && Points(context.batch.get<counters::Set>().used(context.project, scope)) +
                                      more >
                                  caps.at(scope))
            return false;
    return true;
}

void count_for_limits(const projects::Context& context, const ledger::Card& card,
                      const Rescored::Change& change) {
    const auto& rules = context.snapshot->get<earning::Rules>();
    const campaigns::Program* program =
        context.snapshot->get<campaigns::Programs>().find(card.program);
    for (const Rescored::Line& line : change.lines) {
        const earning::Rule* rule = rules.find(earning::RuleId(line.rule));
        const Points less = (line.was - line.was_back) - (line.now - line.now_back);
        if (rule != nullptr && program != nullptr && !less.is_zero())
            give_back_room(context, card, *program, *rule, less, change.counted_at);
    }
}

}  // namespace

std::optional<Rescored> look_at_points(db::Tx& tx, projects::ProjectNumber project,
                                       const Book& today, Books& books, const ledger::CardId& id,
                                       Timestamp from, Timestamp now) {
    auto history = load_history(tx, project, id, true);
    if (!history || !history->card.active || today.program == nullptr) return std::nullopt;
    std::map<RawId, Points> budgets;
    if (today.program->earning.limits.budget)
        put_budget(tx, project, *history, today.id, {}, today.id, budgets);
    for (const earning::Rule& rule : today.rules.all)
        if (rule.program == today.id && rule.limits.budget)
            put_budget(tx, project, *history, rule.id, rule.id, today.id, budgets);
    ReplayWish wish{{INT64_MIN}, now + 1, today, false, budgets};
    wish.as_always = true;
    wish.decides_from = from;
    Replayed replayed;
    replay(*history, wish,
           [&](std::int64_t version) -> const Book& { return books.at(tx, version); }, now,
           replayed);
    Rescored out;
    out.seq = history->card.seq;
    for (const ReplayLine& line : replayed.lines) {
        if (line.of == ReplayLine::Of::tier) continue;
        out.was += line.was - line.was_back;
        out.now += line.under - line.under_back;
        if (line.was == line.under && line.was_back == line.under_back) continue;
        const bool is_order = line.of == ReplayLine::Of::order;
        auto& changes = is_order ? out.orders : out.events;
        const RawId of = is_order ? RawId(history->orders[line.index].order.id)
                                  : RawId(history->events[line.index].id);
        Rescored::Change& change = change_of(changes, of);
        change.counted_at = line.at;
        if (is_order) change.version = history->orders[line.index].order.version;
        change.lines.push_back(
            {line.rule, line.was, line.was_back, line.under, line.under_back});
        auto& facts = is_order ? replayed.facts_of_orders : replayed.facts_of_events;
        if (const auto found = facts.find(line.index); found != facts.end())
            change.facts = found->second;
    }
    for (const ReplayLine& line : replayed.lines) {
        if (line.under_limit.empty() || line.of == ReplayLine::Of::tier) continue;
        const bool is_order = line.of == ReplayLine::Of::order;
        const RawId of = is_order ? RawId(history->orders[line.index].order.id)
                                  : RawId(history->events[line.index].id);
        for (Rescored::Change& change : is_order ? out.orders : out.events)
            if (change.id == of)
                change.cuts.push_back({today.id, line.rule, line.under_wanted, line.under,
                                       line.under_limit});
    }
    const members::Rulebook book = members::rulebook(*today.snapshot, today.id);
    out.tier.under = std::move(replayed.under);
    out.tier.card = members::rolled(std::move(history->card), book, now);
    tiers::note(out.tier.card, book.program, book.tiers, now, book.zone);
    out.tier.by_hand = tiers::is_by_hand(out.tier.card);
    return out;
}

void want_rescore(work::Batch& batch, projects::ProjectNumber project, const Book& today,
                  const Rescored& seen) {
    for (const Rescored::Change& change : seen.orders)
        batch.get<orders::Set>().want_id(project, orders::OrderId(change.id));
    if (today.program != nullptr && today.program->earning.limits.budget)
        batch.get<counters::Set>().want(project, today.id);
    for (const earning::Rule& rule : today.rules.all)
        if (rule.program == today.id && rule.limits.budget)
            batch.get<counters::Set>().want(project, rule.id);
}

bool rescore(const projects::Context& context, ledger::Card& card, const Rescored& seen) {
    auto& orders = context.batch.get<orders::Set>();
    if (card.seq != seen.seq) return false;
    for (const Rescored::Change& change : seen.orders) {
        const orders::Order* order = orders.find(context.project, orders::OrderId(change.id));
        if (order == nullptr || order->version != change.version) return false;
    }
    if (!fits_budgets(context, seen, card.program)) return false;
    members::roll(context, card);
    if (has_moved_on(context, card, seen.tier)) return false;
    if (seen.orders.empty() && seen.events.empty()) {
        move_tier(context, card, seen.tier);
        return true;
    }
    const std::int64_t version = context.snapshot->version();
    Sums sums;
    struct Fresh {
        orders::Order* order;
        RawId rule;
        Points points, back;
    };
    std::vector<Fresh> fresh;
    for (const Rescored::Change& change : seen.orders) {
        orders::Order* order = orders.find(context.project, orders::OrderId(change.id));
        orders::Decision& decision = *order->decision;
        renew_decision(decision, card.program, version, change);
        for (const Rescored::Line& line : change.lines) {
            const auto award = std::ranges::find_if(decision.awards, [&](const orders::Award& one) {
                return one.program == card.program && one.rule == line.rule;
            });
            if (award == decision.awards.end()) {
                sums.more += line.now - line.now_back;
                fresh.push_back({order, line.rule, line.now, line.now_back});
                continue;
            }
            renew(context, card, *award, line, award->taken_expired, sums);
            award->taken_back = line.now_back;
        }
        orders.touch(*order);
        count_for_limits(context, card, change);
    }
    std::vector<events::Event> renewed;
    std::vector<std::pair<std::size_t, Rescored::Line>> fresh_events;
    for (const Rescored::Change& change : seen.events) {
        auto event = events::load_event(context.batch.tx, context.project, events::EventId(change.id));
        CHECK(event.has_value());
        if (!event->decision)
            event->decision.emplace(events::Decision{version, earning::engine_version,
                                                     event->created_at, {}, {}, {}, {}});
        json::object facts = change.facts;
        facts["v"] = version;
        event->decision->facts[ledger::ProgramId(card.program).text()] = std::move(facts);
        replace_cuts(event->decision->cuts, card.program, change.cuts);
        for (const Rescored::Line& line : change.lines) {
            const auto award =
                std::ranges::find_if(event->decision->awards, [&](const events::Award& one) {
                    return one.program == card.program && one.rule == line.rule;
                });
            if (award == event->decision->awards.end()) {
                sums.more += line.now;
                fresh_events.emplace_back(renewed.size(), line);
                continue;
            }
            Points ended;
            renew(context, card, *award, line, ended, sums);
        }
        count_for_limits(context, card, change);
        renewed.push_back(*std::move(event));
    }
    const Posted posted =
        post_difference(context, card, sums,
                        {{"was", seen.was.value}, {"now", seen.now.value}, {"v", version}});
    for (const Fresh& one : fresh)
        one.order->decision->awards.push_back({card.id, card.program, one.rule, posted.lot,
                                               one.points, one.back, Points(), Points(),
                                               posted.entry, std::nullopt});
    for (const auto& [place, line] : fresh_events)
        renewed[place].decision->awards.push_back(
            {card.id, card.program, line.rule, posted.lot, line.now, posted.entry});
    for (const events::Event& event : renewed) events::save_decision(context.batch.tx, event);
    move_tier(context, card, seen.tier);
    context.batch.get<ledger::Set>().touch(card);
    return true;
}

}  // namespace perennial::flows
