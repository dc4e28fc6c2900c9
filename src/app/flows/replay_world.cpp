#include "app/flows/replay_world.hpp"

#include <algorithm>

#include "app/flows/order_facts.hpp"
#include "app/flows/replay_course.hpp"
#include "modules/campaigns/document.hpp"

namespace perennial::flows {
namespace {

const campaigns::Program& program_of(const Book& book) {
    static const campaigns::Program none;
    return book.program ? *book.program : none;
}

}  // namespace

ReplayWorld::ReplayWorld(const History& history, const ReplayWish& wish, ReplayPerson& person,
                         Replayed& out)
    : wish_(wish),
      change_(wish.change),
      zone_(wish.change.snapshot->zone()),
      person_(person),
      out_(out),
      lives_(wish.change.program != nullptr && (wish.change.has_tiers || wish.change.needs_entries)),
      life_(history.card, program_of(wish.change), wish.change.tiers, zone_) {}

const tiers::Tier* ReplayWorld::tier() const {
    return !lives_ || life_.card.tier.is_nil() ? nullptr : change_.tiers.find(life_.card.tier);
}

void ReplayWorld::fork(const Used& used) {
    is_forked_ = true;
    out_.tier_at_start = tier_was_;
    used_ = used;
    if (!lives_) return;
    ledger::Card& card = life_.card;
    const bool lived = card.created_at < wish_.from;
    if (!card.tier.is_nil() && change_.tiers.find(card.tier) == nullptr) {
        card.tier = ledger::TierId();
        card.tier_since.reset();
        card.tier_until.reset();
        card.tier_state.hold = ledger::TierState::Hold::none;
    }
    const Timestamp at = lived ? wish_.from : card.created_at;
    if (lived && !card.tier.is_nil())
        tiers::note(card, *change_.program, change_.tiers, at, zone_);
    else
        settle(at);
}

void ReplayWorld::end(Timestamp at) {
    if (lives_ && is_forked_) {
        advance(at);
        if (wish_.as_always) tiers::note(life_.card, *change_.program, change_.tiers, at, zone_);
    }
    out_.tier_was = tier_was_;
    out_.tier_under = lives_ && is_forked_ ? life_.card.tier : tier_was_;
    out_.under = std::move(life_.card);
}

void ReplayWorld::moved(const tiers::Move& move) {
    if (move.from != move.to) out_.moves_under.push_back({move.at, move.from, move.to});
}

void ReplayWorld::advance(Timestamp at) {
    if (!lives_) return;
    const auto tell = [&](const tiers::Move& move) { moved(move); };
    while (!waiting_.empty() && waiting_.front().at <= at) {
        const Waiting next = waiting_.front();
        waiting_.erase(waiting_.begin());
        if (is_forked_) life_.go_to(next.at + -1, tell);
        add(next.points, next.at);
        if (is_forked_ && change_.has_tiers) life_.decide(next.at, tell);
    }
    if (is_forked_) life_.go_to(at, tell);
}

void ReplayWorld::settle(Timestamp at) {
    if (!lives_ || !change_.has_tiers) return;
    std::optional<tiers::Move> first;
    const auto tell = [&](const tiers::Move& move) {
        moved(move);
        if (!first && !tiers::event_name(move.kind).empty()) first = move;
    };
    life_.decide(at, tell);
    if (!first || !wish_.fires_tier_rules) return;
    const tiers::Move started = *first;
    if (earn(started, at)) life_.decide(at, tell);
}

// What the earning rules of a tier's move give.
bool ReplayWorld::earn(const tiers::Move& move, Timestamp at) {
    const auto trigger = static_cast<earning::Trigger>(
        static_cast<int>(earning::Trigger::tier_joined) + static_cast<int>(move.kind));
    bool earned = false;
    for (const earning::Rule* rule : change_.of_tier(trigger)) {
        if (rule->tier && *rule->tier != (move.to.is_nil() ? move.from : move.to)) continue;
        person_.be_of_today(tier(), life_.card.balance, change_.tiers);
        std::string date;
        const earning::ContextFacts surroundings = context_facts(at, zone_, "", date);
        const earning::Outcome outcome = earning::evaluate(
            *rule, {&person_.facts(), nullptr, nullptr, &surroundings}, {},
            [](const auto&, const auto&) { return false; }, at);
        if (outcome.reason != earning::Outcome::Reason::earned) continue;
        ReplayLine& line = out_.lines.emplace_back();
        line.of = ReplayLine::Of::tier;
        line.at = at;
        line.rule = rule->id;
        line.under = outcome.points;
        add(outcome.points, at);
        earned = true;
    }
    return earned;
}

void ReplayWorld::add(Points points, Timestamp at) {
    life_.card.balance += points;
    tiers::count_points(life_.card, *change_.program, points, at, zone_);
}

void ReplayWorld::take(const ledger::Entry& entry) {
    const bool in_period = entry.effective_at >= wish_.from;
    if (entry.kind == ledger::EntryKind::tier_change) {
        if (in_period && entry.tier != tier_was_)
            out_.moves_were.push_back({entry.effective_at, tier_was_, entry.tier});
        tier_was_ = entry.tier;
        const bool by_hand = entry.detail.find("\"by_hand\":") != std::string::npos;
        if (lives_ && !wish_.as_always && (!is_forked_ || by_hand)) follow(entry);
        return;
    }
    const bool of_tier =
        entry.kind == ledger::EntryKind::accrual && text_in(entry.detail, "by") == "tier";
    if (of_tier && in_period) {
        ReplayLine& line = out_.lines.emplace_back();
        line.of = ReplayLine::Of::tier;
        line.at = entry.effective_at;
        if (const auto rule =
                campaigns::parse_id(text_in(entry.detail, "rule"), earning::RuleTag::prefix))
            line.rule = *rule;
        line.was = line.then = entry.points;
        if (!wish_.fires_tier_rules) line.under = entry.points;
    }
    if (!lives_) return;
    advance(entry.effective_at);
    if (of_tier && is_forked_ && wish_.fires_tier_rules) return;
    if (entry.kind == ledger::EntryKind::accrual || entry.kind == ledger::EntryKind::activation)
        add(entry.points, entry.effective_at);
    else
        life_.card.balance += entry.points;
    if (is_forked_) settle(entry.effective_at);
}

// The tier as it was: before the period, and given by hand.
void ReplayWorld::follow(const ledger::Entry& entry) {
    ledger::Card& card = life_.card;
    ledger::TierState& state = card.tier_state;
    const ledger::TierId before = card.tier;
    if (is_forked_) advance(entry.effective_at);
    const auto until = Timestamp::parse(text_in(entry.detail, "until"));
    const std::string_view notice = text_in(entry.detail, "notice");
    life_.changed();
    if (notice == "next" || notice == "next_canceled") {
        state.next = ledger::TierId::parse(text_in(entry.detail, "tier")).value_or(ledger::TierId());
        state.next_at = Timestamp::parse(text_in(entry.detail, "at"));
        return;
    }
    if (entry.tier != card.tier) card.tier_since = entry.effective_at;
    card.tier = entry.tier;
    card.tier_until = until;
    state.hold = notice == "grace" ? ledger::TierState::Hold::grace
                 : entry.detail.find("\"by_hand\":true") != std::string::npos
                     ? ledger::TierState::Hold::by_hand
                     : ledger::TierState::Hold::none;
    if (state.next == entry.tier) state.next = ledger::TierId(), state.next_at.reset();
    if (is_forked_ && before != card.tier)
        out_.moves_under.push_back({entry.effective_at, before, card.tier});
}

void ReplayWorld::credit(const earning::Rule* rule, Points points, Timestamp at,
                         std::uint32_t order) {
    if (!lives_ || points.is_zero()) return;
    if (rule == nullptr || rule->pending_days == 0) return add(points, at);
    const Timestamp active = zone_.start_of(zone_.local_date(at).plus_days(rule->pending_days));
    const auto place = std::ranges::upper_bound(waiting_, active, {}, &Waiting::at);
    waiting_.insert(place, {active, order, points});
}

void ReplayWorld::take_back(std::uint32_t order, Points back, Points not_there,
                            Timestamp counted_at) {
    for (Waiting& waiting : waiting_)
        if (waiting.order == order) {
            const Points part = std::min(back, waiting.points);
            waiting.points -= part;
            back -= part;
        }
    if (back.is_zero()) return;
    add(-back, counted_at);
    keep(std::min(back, not_there));
}

void ReplayWorld::keep(Points not_there) { life_.card.balance += not_there; }

void ReplayWorld::count(Money spend, int orders, Timestamp at) {
    if (!lives_) return;
    tiers::count_spend(life_.card, *change_.program, spend, at, zone_);
    if (orders != 0) tiers::count_orders(life_.card, *change_.program, orders, at, zone_);
}

void ReplayWorld::see_person(const json::object* stored) {
    if (!change_.reads_customer) {
        person_.be_stored(nullptr, change_.tiers);
    } else if (stored != nullptr && stored->contains("created_at")) {
        person_.be_stored(stored, change_.tiers);
        person_.put_tier(tier());
        if (lives_) person_.put_points(life_.card.balance);
    } else {
        ++out_.with_person_of_today;
        person_.be_of_today(tier(), life_.card.balance, change_.tiers);
    }
}

}  // namespace perennial::flows
