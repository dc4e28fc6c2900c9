#include "app/flows/retier.hpp"

#include <set>

#include "app/flows/backtest.hpp"
#include "app/flows/order_facts.hpp"
#include "modules/async_actions/async_actions.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/orders/store.hpp"
#include "modules/tiers/replay.hpp"

namespace perennial::flows {
namespace {

using projects::Permission;

// What was decided anew counts by its awards: its entries are of then.
bool is_pending(const ledger::Card& card, std::uint32_t number) {
    const auto lot = std::ranges::find(card.lots, number, &ledger::Lot::number);
    return lot != card.lots.end() && lot->pending();
}

/// A lot of the card, or of one that went into it when customers were merged.
using LotPlace = std::pair<RawId, std::uint32_t>;

std::vector<LotPlace> places_of(const orders::Award& award) {
    std::vector<LotPlace> out;
    for (const orders::Award::Place& place : award.before) out.emplace_back(place.card, place.lot);
    if (award.lot != 0) out.emplace_back(award.card, award.lot);
    return out;
}

std::vector<ledger::Card> cards_of(db::Tx& tx, const ledger::Card& card) {
    std::vector<ledger::Card> out{card};
    for (const ledger::CardId& id : members::with_joined(tx, card.project, card.id))
        if (id != card.id)
            if (auto joined = ledger::load_card(tx, card.project, id)) out.push_back(*std::move(joined));
    return out;
}

// Of the order's first holder, whose place its id has: since when the program counted their orders.
Timestamp counts_since(const orders::Order& order, const std::vector<ledger::Card>& cards) {
    const auto own = std::ranges::find(cards, order.id.place(),
                                       [](const ledger::Card& card) { return card.id.place(); });
    return own == cards.end() ? cards.front().created_at : own->created_at;
}

std::vector<tiers::Fact> facts_of(db::Tx& tx, const ledger::Card& card,
                                  const customers::Customer& holder) {
    const std::vector<ledger::Card> cards = cards_of(tx, card);
    std::vector<tiers::Fact> facts;
    std::set<RawId> decided;
    std::set<RawId> anew;
    std::set<LotPlace> lots_anew;
    std::map<LotPlace, std::size_t> award_of;
    std::vector<Points> back;  ///< by award: what returns took of it once it had counted
    const auto when = [&](Timestamp at) { return std::max(at, card.created_at); };
    const auto add_award = [&](Timestamp at, std::uint32_t lot, Points points) {
        if (!points.is_zero() && !is_pending(card, lot))
            facts.push_back({when(at), at, {}, points, {}, 0});
    };
    orders::walk_orders(
        tx, card.project, orders::OrderId(holder.last_order), [&](orders::Order& order) {
            if (!order.decision) return true;
            const orders::Decision::Claim under = order.decision->under(card.program);
            const Timestamp at = under.claimed_at;
            if (at < counts_since(order, cards)) return true;
            decided.insert(order.id);
            if (orders::counts(order.status) && !nothing_left(order))
                facts.push_back({when(at), at, {}, {}, order.kept_amount(), 1});
            const bool is_anew =
                under.definitions != order.decision->definitions && under.claimed_at == under.at;
            if (is_anew) anew.insert(order.id);
            for (const orders::Award& award : order.decision->awards) {
                if (award.program != card.program) continue;
                const std::vector<LotPlace> places = places_of(award);
                if (is_anew) {
                    lots_anew.insert(places.begin(), places.end());
                    add_award(at, award.lot, award.points - award.taken_back);
                    continue;
                }
                for (const LotPlace& place : places) award_of[place] = back.size();
                back.push_back(award.taken_back - award.taken_by_hand);
            }
            return true;
        });
    events::walk_events(tx, card.project, events::EventId(holder.last_event),
                        [&](const events::Event& event) {
                            if (!event.decision ||
                                version_of(event, card.program) == event.decision->definitions)
                                return true;
                            anew.insert(event.id);
                            for (const events::Award& award : event.decision->awards)
                                if (award.program == card.program) {
                                    lots_anew.emplace(award.card, award.lot);
                                    add_award(event.created_at, award.card == card.id ? award.lot : 0,
                                              award.points);
                                }
                            return true;
                        });
    std::vector<std::vector<ledger::Entry>> chains(cards.size());
    for (std::size_t i = 0; i < cards.size(); ++i) {
        if (cards[i].head.is_nil()) continue;
        ledger::walk_entries(tx, cards[i], cards[i].head, [&](const ledger::Entry& entry) {
            if (entry.kind != ledger::EntryKind::tier_change) chains[i].push_back(entry);
            if (entry.kind == ledger::EntryKind::pending_cancellation && decided.contains(entry.cause))
                for (const ledger::LotChange& change : entry.lots)
                    if (const auto award = award_of.find({cards[i].id, change.lot});
                        award != award_of.end() && change.op == ledger::LotChange::Op::take)
                        back[award->second] -= change.points;
            return true;
        });
        std::ranges::reverse(chains[i]);
    }
    for (std::size_t i = 0; i < cards.size(); ++i) {
        Timestamp last = card.created_at;
        for (const ledger::Entry& entry : chains[i]) {
            tiers::Fact fact{std::max(last, entry.effective_at), entry.effective_at, {}, {}, {}, 0};
            if (cards[i].id == card.id) fact.balance = entry.balance;
            last = fact.at;
            const std::optional<LotPlace> place =
                entry.lots.empty() ? std::nullopt
                                   : std::optional<LotPlace>({cards[i].id, entry.lots.front().lot});
            const bool is_anew =
                anew.contains(entry.cause) ||
                entry.detail.find("\"by\":\"rescore\"") != std::string::npos ||
                (entry.kind == ledger::EntryKind::activation && place && lots_anew.contains(*place));
            if (is_anew) {
                facts.push_back(fact);
                continue;
            }
            if (entry.kind == ledger::EntryKind::accrual) fact.points = entry.points;
            if (entry.kind == ledger::EntryKind::activation) fact.points = -entry.pending;
            if (!fact.points.is_zero() && place)
                if (const auto award = award_of.find(*place); award != award_of.end())
                    fact.points -= std::clamp(back[award->second], Points(), fact.points);
            if (entry.kind == ledger::EntryKind::cancellation && !decided.contains(entry.cause))
                fact.points = entry.points;
            facts.push_back(fact);
        }
    }
    std::ranges::stable_sort(facts, {}, &tiers::Fact::at);
    return facts;
}

Result<projects::Command> enqueue(const http::Request& request, bool preview) {
    bool rescore = false;
    std::optional<std::string> from;
    if (!request.body.empty()) {
        TRY(body, parse_json(request.body));
        Issues issues;
        JsonReader reader(body, issues);
        rescore = reader.boolean("rescore").value_or(false);
        from = read_moment(reader, "from");
        if (from && !rescore)
            reader.wrong("from", "not_allowed", "is for `rescore`: tiers look at all of the past");
        if (!issues.empty()) return issues.refuse();
    }
    return campaigns::alone([id = request.path_params.at(0), preview, rescore,
                             from](const projects::Context& context) -> Result<http::Response> {
        TRY(program, campaigns::need_program(*context.snapshot, id));
        json::object payload{{"program", ledger::ProgramId(program->id).text()},
                             {"preview", preview},
                             {"rescore", rescore}};
        if (from) payload["from"] = moment_of(*from, context.snapshot->zone()).ms;
        return async_actions::accepted(async_actions::enqueue(
            context, "CAMPAIGN.VOUCHERS_UPDATE", "retier", to_text(payload)));
    });
}

}  // namespace

std::optional<Retiered> look_at_tier(db::Tx& tx, const projects::Snapshot& snapshot,
                                     projects::ProjectNumber project, const ledger::CardId& id,
                                     Timestamp now) {
    auto stored = ledger::load_card(tx, project, id);
    if (!stored || !stored->active || stored->customer.is_nil()) return std::nullopt;
    const auto holder =
        customers::load_customer(tx, project, customers::CustomerId(stored->customer));
    if (!holder) return std::nullopt;
    const members::Rulebook book = members::rulebook(snapshot, stored->program);
    Retiered out;
    out.under = tiers::replay(*stored, facts_of(tx, *stored, *holder), book.program, book.tiers,
                              now, book.zone);
    out.card = members::rolled(*std::move(stored), book, now);
    tiers::note(out.card, book.program, book.tiers, now, book.zone);
    out.by_hand = tiers::is_by_hand(out.card);
    return out;
}

bool has_moved_on(const projects::Context& context, const ledger::Card& card,
                  const Retiered& seen) {
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    return members::rolled(card, book, context.now).tier != seen.card.tier ||
           card.credited != seen.card.credited || card.balance != seen.card.balance ||
           card.period_spend != seen.card.period_spend ||
           card.tier_state.days != seen.card.tier_state.days;
}

void move_tier(const projects::Context& context, ledger::Card& card, const Retiered& seen) {
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    const bool stays = tiers::is_by_hand(card);
    ledger::Card under = seen.under;
    if (stays) {
        // What comes after it is what this history leads to.
        const tiers::Tier* given = book.tiers.find(card.tier);
        if (given == nullptr) return;
        const bool at_least =
            card.tier_state.hold == ledger::TierState::Hold::by_hand_at_least;
        tiers::apply(tiers::by_hand(under, book.program, book.tiers, *given, card.tier_until, at_least,
                                    context.now, book.zone),
                     under);
    }
    if (!stays && card.tier != under.tier) {
        const tiers::Tier* before = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
        const tiers::Tier* after = under.tier.is_nil() ? nullptr : book.tiers.find(under.tier);
        tiers::Move move;
        move.kind = after == nullptr              ? tiers::Move::Kind::left
                    : before == nullptr           ? tiers::Move::Kind::joined
                    : after->from > before->from  ? tiers::Move::Kind::upgraded
                                                  : tiers::Move::Kind::downgraded;
        move.from = card.tier;
        move.to = under.tier;
        move.until = under.tier_until;
        json::object more = members::detail_of(move);
        more["retier"] = true;
        more["v"] = context.snapshot->version();
        members::post(context, card, ledger::tier_change(under.tier, context.now),
                      {"tier", card.program, std::move(more)});
        card.tier_since = under.tier.is_nil() ? std::nullopt : std::optional(context.now);
    }
    const bool same = card.tier_until == under.tier_until &&
                      card.period_start == under.period_start &&
                      card.period_points == under.period_points &&
                      card.period_spend == under.period_spend && card.tier_state == under.tier_state;
    if (same) return;
    card.tier_until = under.tier_until;
    card.period_start = under.period_start;
    card.period_points = under.period_points;
    card.period_spend = under.period_spend;
    card.tier_state = under.tier_state;
    context.batch.get<ledger::Set>().touch(card);
}

projects::Routes retier_routes() {
    using http::Method;
    const std::string path = "/v1/loyalties/{campaignId}/retier";
    constexpr const char* body = R"({"rescore":true,"from":"2026-01-01"})";
    constexpr const char* answer = R"({"async_action_id":"aa_019a7f3e20004f1b8d5c3b2a19080706"})";
    return {{Method::post, path + "/preview", Permission::write,
             {"Loyalties",
              "Look at every member's tier under the program of today and, with rescore, at the points of "
              "their orders and events (ours): who would gain and lose is in the async action's result",
              body, answer},
             nullptr,
             [](const http::Request& request, projects::ProjectNumber, const projects::Actor&) {
                 return enqueue(request, true);
             }},
            {Method::post, path, Permission::write,
             {"Loyalties",
              "Move every member to the tier of the program of today and, with rescore, decide their orders "
              "and events anew and post the difference (ours)",
              body, answer},
             nullptr,
             [](const http::Request& request, projects::ProjectNumber, const projects::Actor&) {
                 return enqueue(request, false);
             }}};
}

}  // namespace perennial::flows
