#include "app/flows/merge_customers.hpp"

#include "modules/campaigns/definitions.hpp"
#include "modules/claims/store.hpp"
#include "modules/consents/store.hpp"
#include "modules/earning/usage.hpp"
#include "modules/events/store.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/queries.hpp"
#include "modules/orders/store.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

using customers::Customer;
using ledger::EntryKind;
using ledger::LotChange;

claims::Word code_word(const ledger::Card& card) {
    return {card.project, claims::Kind::code, card.code};
}

// From which lot of the old card to which of the new one.
using LotMap = std::map<std::uint32_t, std::uint32_t>;

void fill_gaps(const Customer& from, Customer& to) {
    auto fill = [](const std::optional<std::string>& have, std::optional<std::string>& want) {
        if (have && !have->empty() && (!want || want->empty())) want = have;
    };
    fill(from.name, to.name);
    fill(from.email, to.email);
    fill(from.phone, to.phone);
    auto join = [](const std::string& have, std::string& want) {
        if (have.empty()) return;
        json::object all = want.empty() ? json::object() : json::parse(want).as_object();
        const json::value other = json::parse(have);
        for (const auto& [key, value] : other.as_object())
            if (!all.contains(key) || all[key].is_null()) all[key] = value;
        want = json::serialize(all);
    };
    join(from.profile, to.profile);
    join(from.metadata, to.metadata);
}

// Gives all that a card holds and owes to another of the same program.
LotMap move_points(const projects::Context& context, ledger::Card& from, ledger::Card& to) {
    LotMap lots;
    ledger::Posting out{EntryKind::transfer_out, {}, {}, context.now, {}, {}};
    ledger::Posting in{EntryKind::transfer_in, {}, {}, context.now, {}, {}};
    ledger::Posting pending_out{EntryKind::pending_cancellation, {}, {}, context.now, {}, {}};
    ledger::Posting pending_in{EntryKind::pending_accrual, {}, {}, context.now, {}, {}};
    std::uint32_t next = to.next_lot;
    for (const bool pending : {false, true})
        for (const ledger::Lot& lot : from.lots) {
            if (lot.pending() != pending) continue;
            lots[lot.number] = next;
            (pending ? pending_out : out)
                .lots.push_back({LotChange::Op::take, lot.number, lot.left, {}, {}, {}});
            (pending ? pending_in : in)
                .lots.push_back({LotChange::Op::open, next++, lot.left, lot.earned_at,
                                 lot.activates_at, lot.expires_at});
            (pending ? pending_out.pending : out.points) -= lot.left;
            (pending ? pending_in.pending : in.points) += lot.left;
        }
    if (!from.debt.is_zero()) {
        out.lots.push_back({LotChange::Op::debt, 0, -from.debt, {}, {}, {}});
        out.points += from.debt;
        in.lots.push_back({LotChange::Op::debt, 0, from.debt, {}, {}, {}});
        in.points -= from.debt;
    }
    // Debts are paid from what there is: first from what has come.
    Points owed = to.debt + from.debt;
    const auto come = in.lots;
    auto pay = [&](std::uint32_t lot, Points left) {
        const Points part = std::min(left, owed);
        if (part.is_zero()) return;
        in.lots.push_back({LotChange::Op::take, lot, part, {}, {}, {}});
        in.lots.push_back({LotChange::Op::debt, 0, -part, {}, {}, {}});
        owed -= part;
    };
    for (const LotChange& change : come)
        if (change.op == LotChange::Op::open) pay(change.lot, change.points);
    for (const ledger::Lot& lot : to.lots)
        if (!lot.pending()) pay(lot.number, lot.left);

    auto why = [&](const ledger::Card& other) {
        members::Why made{"transfer", other.id};
        made.more["card"] = other.id.text();
        made.more["reason"] = "Customers merged";
        return made;
    };
    if (!out.lots.empty()) {
        const ledger::EntryId sent = members::post(context, from, std::move(out), why(to));
        members::Why come_in = why(from);
        come_in.more["entry"] = sent.text();
        members::post(context, to, std::move(in), std::move(come_in));
    }
    if (!pending_out.lots.empty()) {
        members::post(context, from, std::move(pending_out), why(to));
        members::post(context, to, std::move(pending_in), why(from));
    }
    return lots;
}

// What counted for the tier on the card that goes counts on the one that stays.
void join_counts(const ledger::Card& from, ledger::Card& to) {
    if (from.period_start > to.period_start) {
        to.period_start = from.period_start;
        to.period_points = from.period_points;
        to.period_spend = from.period_spend;
        to.tier_state.period_orders = from.tier_state.period_orders;
    } else if (from.period_start == to.period_start) {
        to.period_points += from.period_points;
        to.period_spend += from.period_spend;
        to.tier_state.period_orders += from.tier_state.period_orders;
    }
    auto& days = to.tier_state.days;
    for (const ledger::TierState::Day& day : from.tier_state.days) {
        const auto at = std::ranges::lower_bound(days, day.day, {}, &ledger::TierState::Day::day);
        if (at == days.end() || at->day != day.day) {
            days.insert(at, day);
            continue;
        }
        at->points += day.points;
        at->spend += day.spend;
        at->orders += day.orders;
    }
    to.tier_state.counted_at = std::max(to.tier_state.counted_at, from.tier_state.counted_at);
}

// The higher tier of the two stays, for as long as it was held.
void join_tiers(const projects::Context& context, const ledger::Card& from, ledger::Card& to) {
    const members::Rulebook book = members::rulebook(*context.snapshot, to.program);
    const auto move = tiers::take_over(to, from, book.program, book.tiers, context.now);
    if (!move) return;
    members::Why why{"transfer", from.id, members::detail_of(*move)};
    why.more["card"] = from.id.text();
    why.more["reason"] = "Customers merged";
    why.more["v"] = context.snapshot->version();
    members::post(context, to, ledger::tier_change(move->to, context.now), std::move(why));
    members::apply_move(*move, to);
}

// What was redeemed with the card that goes is found by the one that stays.
void note_joined(const projects::Context& context, const ledger::Card& from,
                 const ledger::Card& to) {
    int n = 0;
    while (!claims::find(context.batch.tx, members::joined_word(context.project, to.id, n)).is_nil())
        ++n;
    const claims::Word word = members::joined_word(context.project, to.id, n);
    claims::Set claims;
    claims.want(word);
    claims.load(context.batch);
    if (!claims.claim(context.batch, word, from.id))
        throw db::Failure(db::Failure::Kind::retry, "another card was joined meanwhile");
}

// Orders of the source: to the new holder, and their awards to where the points are now.
void move_orders(const projects::Context& context, const Customer& source, const Customer& into,
                 const std::map<RawId, std::pair<RawId, LotMap>>& moved_cards) {
    auto& orders = context.batch.get<orders::Set>();
    for (orders::OrderId id(source.last_order); !id.is_nil();) {
        orders::Order* order = orders.find(context.project, id);
        CHECK(order != nullptr);
        order->customer = into.id;
        if (order->decision)
            for (orders::Award& award : order->decision->awards)
                if (const auto moved = moved_cards.find(award.card); moved != moved_cards.end()) {
                    const auto& [card, lots] = moved->second;
                    const auto lot = lots.find(award.lot);
                    if (award.lot != 0) award.before.push_back({award.card, award.lot});
                    award.card = card;
                    award.lot = lot == lots.end() ? 0 : lot->second;  // 0: used up
                }
        orders.touch(*order);
        id = order->previous;
    }
}

// The survivor's chains lead on into the other's.
void join_chains(const projects::Context& context, Customer& source, Customer& into) {
    work::Batch& batch = context.batch;
    auto& orders = batch.get<orders::Set>();
    if (into.last_order.is_nil()) {
        into.last_order = source.last_order;
    } else if (!source.last_order.is_nil()) {
        orders::Order* oldest = nullptr;
        for (orders::OrderId id(into.last_order); !id.is_nil(); id = oldest->previous) {
            oldest = orders.find(context.project, id);
            CHECK(oldest != nullptr);
        }
        oldest->previous = orders::OrderId(source.last_order);
        orders.touch(*oldest);
    }
    if (into.last_event.is_nil()) {
        into.last_event = source.last_event;
    } else if (!source.last_event.is_nil()) {
        events::EventId oldest;
        events::walk_events(batch.tx, context.project, events::EventId(into.last_event),
                            [&](const events::Event& event) {
                                oldest = event.id;
                                return true;
                            });
        events::lead_on(batch.tx, context.project, oldest, events::EventId(source.last_event));
    }
    into.orders_count += source.orders_count;
    into.orders_amount += source.orders_amount;
    if (source.last_order_at && (!into.last_order_at || *into.last_order_at < *source.last_order_at)) {
        into.last_order_at = source.last_order_at;
        into.last_order_amount = source.last_order_amount;
    }
}

}  // namespace

void want(const MergeCustomers& command, work::Batch& batch, projects::ProjectNumber project) {
    auto& customers = batch.get<customers::Set>();
    customers.want_existing(batch, project, command.into);
    customers.want_existing(batch, project, command.source);
}

void want_more(const MergeCustomers& command, work::Batch& batch,
               projects::ProjectNumber project) {
    auto& customers = batch.get<customers::Set>();
    for (const std::string* word : {&command.into, &command.source})
        if (const Customer* customer = customers.find_existing(batch, project, *word)) {
            members::want_cards(batch, *customer);
            batch.get<orders::Set>().load_chain(batch, project,
                                                orders::OrderId(customer->last_order));
        }
}

Result<Customer*> merge_customers(const MergeCustomers& command,
                                  const projects::Context& context) {
    work::Batch& batch = context.batch;
    auto& customers = batch.get<customers::Set>();
    auto& ledger = batch.get<ledger::Set>();
    Customer* into = customers.find_existing(batch, context.project, command.into);
    if (into == nullptr) return campaigns::refuse_unknown("customer", command.into);
    Customer* source = customers.find_existing(batch, context.project, command.source);
    if (source == nullptr) return campaigns::refuse_unknown("customer", command.source);
    if (source == into) {
        if (command.source != into->id.text() && command.source != into->source_id) return into;
        Issues issues;
        issues.add("/source", "conflict", "is the customer who would stay");
        return issues.refuse();
    }
    if (!fits(int128_t{into->orders_amount.value} + source->orders_amount.value)) {
        Issues issues;
        issues.add("/source", "range",
                   fmt::format("the orders of both must sum up to at most {}", value_max));
        return issues.refuse();
    }
    std::map<RawId, std::pair<RawId, LotMap>> moved;
    std::vector<ledger::Card*> changed;
    for (const customers::CardRef& ref : source->cards) {
        ledger::Card* from = ledger.find(context.project, ledger::CardId(ref.card));
        CHECK(from != nullptr);
        members::roll(context, *from);
        const customers::CardRef* own = into->card_of(ref.program);
        if (own == nullptr) {
            from->customer = into->id;
            from->updated_at = context.now;
            ledger.touch(*from);
            into->cards.push_back(ref);
            continue;
        }
        ledger::Card* to = ledger.find(context.project, ledger::CardId(own->card));
        CHECK(to != nullptr);
        members::roll(context, *to);
        moved[from->id] = {to->id, move_points(context, *from, *to)};
        join_counts(*from, *to);
        join_tiers(context, *from, *to);
        batch.get<earning::Usage>().join(batch, context.project, from->id, to->id);
        from->customer = into->id;
        from->active = false;
        from->updated_at = context.now;
        ledger.touch(*from);
        claims::Set claims;
        claims.want(code_word(*from));
        claims.load(batch);
        if (!claims.claim(batch, code_word(*from), to->id))
            throw db::Failure(db::Failure::Kind::retry, "the code was claimed meanwhile");
        note_joined(context, *from, *to);
        changed.push_back(to);
    }
    move_orders(context, *source, *into, moved);
    // What either agreed to, in the order in which it was said.
    const auto agreed = consents::list_changes(batch.tx, context.project, source->id, INT32_MAX);
    consents::erase(batch.tx, context.project, source->id);
    consents::save_changes(batch.tx, context.project, into->id, agreed);
    join_chains(context, *source, *into);
    fill_gaps(*source, *into);
    into->updated_at = context.now;
    customers.touch_profile(*into);
    customers.merge(batch, *source, *into);
    for (ledger::Card* card : changed)
        projects::or_roll_back(members::settle(context, *card, into));
    webhooks::emit(context, webhooks::EventType::customer_updated, *into, into->id.text(), [&] {
        return json::object{{"customer", {{"id", into->id.text()}, {"object", "customer"}}}};
    });
    return into;
}

Result<void> need_not_joined(const projects::Context& context, const ledger::Card& card) {
    if (card.active) return {};
    const RawId leads_to = claims::find(context.batch.tx, code_word(card));
    if (leads_to.is_nil() || leads_to == card.id) return {};
    return refuse(members::error::voucher_disabled,
                  fmt::format("The card went into {} when customers were merged",
                              ledger::CardId(leads_to).text()));
}

void pass_on(const projects::Context& context, ledger::Card& card) {
    if (card.active) return;
    work::Batch& batch = context.batch;
    const RawId leads_to = claims::find(batch.tx, code_word(card));
    if (leads_to.is_nil() || leads_to == card.id) return;
    auto& ledger = batch.get<ledger::Set>();
    auto& customers = batch.get<customers::Set>();
    const ledger::CardId id(leads_to);
    ledger.want(context.project, id);
    if (!card.customer.is_nil())
        customers.want_id(context.project, customers::CustomerId(card.customer));
    customers.load(batch);
    ledger.load(batch);
    ledger::Card* to = ledger.find(context.project, id);
    if (to == nullptr || to->program != card.program) return;
    members::roll(context, *to);
    move_points(context, card, *to);
    projects::or_roll_back(members::settle(
        context, *to,
        to->customer.is_nil()
            ? nullptr
            : customers.find(context.project, customers::CustomerId(to->customer))));
}

}  // namespace perennial::flows
