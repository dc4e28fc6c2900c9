#include "modules/members/commands.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/claims/store.hpp"
#include "modules/members/auto_redeem.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/kept_facts.hpp"
#include "modules/members/lookup.hpp"
#include "modules/members/profile.hpp"
#include "modules/members/reminders.hpp"
#include "modules/members/tell.hpp"
#include "modules/members/yearly.hpp"

namespace perennial::members {
namespace {

// The claim is made on the spot: once in a member's life, so no reason to load it in bulk.
bool claim(const projects::Context& context, const std::string& code, const ledger::CardId& card) {
    claims::Set claims;
    const claims::Word word{context.project, claims::Kind::code, code};
    claims.want_or_claim(word, card);
    claims.load(context.batch);
    return claims.find(word) == card;
}

std::string claim_code(const projects::Context& context, const campaigns::Program& program,
                       const ledger::CardId& card) {
    for (int attempt = 0;; ++attempt) {
        CHECK(attempt < 100);
        std::string code = campaigns::make_code(program.code_config, context.batch.ids);
        if (claim(context, code, card)) return code;
    }
}

void tell_notices(const projects::Context& context, ledger::Card& card, const Rulebook& book) {
    if (book.program.reminder_days.empty() && !card.remind_at) return;
    const std::vector<Notice> notices = due_notices(card, book, context.now);
    for (const Notice& notice : notices)
        tell_notice(context, card, notice.end, notice.days, notice.points);
    if (note_told(card, book, notices, context.now)) context.batch.get<ledger::Set>().touch(card);
}

bool by_hand(std::string_view by) {
    return by == "manual" || by == "adjustment" || by == "transfer";
}

earning::ContextFacts context_facts(const projects::Context& context, std::string& date) {
    const TimeZone& zone = context.snapshot->zone();
    const Date day = zone.local_date(context.now);
    date = day.iso();
    return {context.now, zone.local_hour(context.now), day.weekday(), date, context.actor.channel};
}

}  // namespace

Rulebook rulebook(const projects::Snapshot& snapshot, const ledger::ProgramId& id) {
    // Cards outlive their program: without one nothing is earned, but what they hold still falls due.
    static const campaigns::Program deleted = [] {
        campaigns::Program none;
        none.active = false;
        return none;
    }();
    const campaigns::Program* program = snapshot.get<campaigns::Programs>().find(id);
    return {program ? *program : deleted, snapshot.get<tiers::Tiers>(), snapshot.zone(),
            &snapshot.get<earning::Rules>()};
}

void want_cards(work::Batch& batch, const customers::Customer& customer) {
    for (const customers::CardRef& ref : customer.cards)
        batch.get<ledger::Set>().want(customer.project, ledger::CardId(ref.card));
}

void load_cards(work::Batch& batch, const customers::Customer& customer) {
    want_cards(batch, customer);
    batch.get<ledger::Set>().load(batch);
}

ledger::Card* card_of(const projects::Context& context, const customers::Customer& customer,
                      const campaigns::Program& program) {
    const customers::CardRef* ref = customer.card_of(program.id);
    if (ref == nullptr) return nullptr;
    ledger::Card* card =
        context.batch.get<ledger::Set>().find(context.project, ledger::CardId(ref->card));
    CHECK(card != nullptr);
    return card;
}

Result<ledger::Card*> need_card(const projects::Context& context, const std::string& campaign,
                                const std::string& member) {
    const projects::Definition* program = nullptr;
    if (!campaign.empty()) {
        TRY(found, campaigns::need_program(*context.snapshot, campaign));
        program = found;
    }
    ledger::Card* card =
        context.batch.get<Lookup>().find(context.batch, context.project, member);
    // The cards of a deleted program are kept for the ledger, and are nobody's to use.
    if (card == nullptr || (program != nullptr && RawId(card->program) != program->id) ||
        context.snapshot->get<campaigns::Programs>().find(card->program) == nullptr)
        return campaigns::refuse_unknown("voucher", member);
    return card;
}

ledger::Card& enrol(const projects::Context& context, customers::Customer& customer,
                    const campaigns::Program& program, const std::string& code) {
    work::Batch& batch = context.batch;
    ledger::Card card;
    card.project = context.project;
    card.id = batch.make_id<ledger::CardId>(customer.id.place());
    card.program = program.id;
    card.customer = customer.id;
    if (!code.empty() && !claim(context, code, card.id))
        throw projects::LateRefusal{
            Error{&error::voucher_already_published,
                  fmt::format("The code {} is the card of somebody else", code)}};
    card.code = code.empty() ? claim_code(context, program, card.id) : code;
    card.created_at = context.now;
    ledger::Card& made = batch.get<ledger::Set>().create(batch, std::move(card));
    customer.cards.push_back({program.id, made.id});
    batch.get<customers::Set>().touch_activity(customer);
    const Rulebook book = rulebook(*context.snapshot, program.id);
    if (program.initial_points.value > 0) {
        auto posting = ledger::credit(
            made, ledger::EntryKind::addition, program.initial_points, context.now,
            campaigns::expires_at(program.expiration, context.now, book.zone));
        CHECK(posting.has_value());
        post(context, made, std::move(*posting), {"enrolment", made.id});
    }
    projects::or_roll_back(settle(context, made, &customer));
    learn_birthday(context, made, book, book.zone.local_date(context.now));
    earn_for_joining(context, made, customer);
    made.updated_at.reset();
    return made;
}

ledger::EntryId post(const projects::Context& context, ledger::Card& card, ledger::Posting posting,
                     Why why) {
    json::object detail = std::move(why.more);
    detail["by"] = json::string_view(why.by);
    if (context.actor.channel != "API") detail["source"] = context.actor.channel;
    // Who did it, where somebody did.
    if (by_hand(why.by) && !context.actor.app_id.empty()) detail["key"] = context.actor.app_id;
    const json::value* move = detail.if_contains("move");
    const std::string moved(move ? std::string_view(move->get_string()) : std::string_view());
    card.updated_at = context.now;
    const Rulebook book = rulebook(*context.snapshot, card.program);
    keep_alive(card, book, posting);
    const ledger::EntryId entry = context.batch.get<ledger::Set>().post(
        context.batch, card, posting, {why.cause, json::serialize(detail)}, context.recorded_at);
    tell(context, card, posting, entry, why.by, moved);
    await_auto_redeem(context, card, posting.effective_at);
    if (!book.program.reminder_days.empty() || card.remind_at)
        note_told(card, book, {}, context.now);
    return entry;
}

json::object detail_of(const tiers::Move& move) {
    json::object out;
    switch (move.kind) {
        case tiers::Move::Kind::grace:
            out["notice"] = "grace";
            out["until"] = move.until->iso();
            break;
        case tiers::Move::Kind::waiting:
            out["notice"] = move.next.is_nil() ? "next_canceled" : "next";
            if (!move.next.is_nil()) out["tier"] = move.next.text();
            if (move.next_at) out["at"] = move.next_at->iso();
            break;
        default:
            out["move"] = json::string_view(tiers::event_name(move.kind));
            if (move.until) out["until"] = move.until->iso();
    }
    return out;
}

void roll(const projects::Context& context, ledger::Card& card) {
    const Rulebook book = rulebook(*context.snapshot, card.program);
    auto& cards = context.batch.get<ledger::Set>();
    if (learn_birthday(context, card, book, std::nullopt)) cards.touch(card);
    const auto day = card.yearly_at;
    roll_forward(card, book, context.now, [&](Step step) {
        json::object more = step.move ? detail_of(*step.move) : json::object();
        if (step.move) {
            // At the end of a period what counted in it, of which nothing counts any more, decided.
            const Timestamp at = step.posting.effective_at;
            const bool ends = card.tier_until == at;
            more["counted"] = counted_json(tiers::standing_at(
                card, book.program, Timestamp{ends ? at.ms - 1 : at.ms}, book.zone));
            more["v"] = context.snapshot->version();
        }
        if (step.rule != nullptr) {
            more["rule"] = step.rule->id.text();
            more["event"] = step.rule->event;
            more["v"] = context.snapshot->version();
            json::object facts{{"points", card.balance.value}};
            if (!card.tier.is_nil()) facts["tier"] = card.tier.text();
            more["facts"] = std::move(facts);
        }
        if (step.held) {
            const ledger::EntryId entry =
                post(context, card, std::move(step.posting),
                     {"rollback", step.held->redemption, json::parse(step.held->detail).as_object()});
            card.find_held(step.held->redemption)->returned = entry;
            return;
        }
        post(context, card, std::move(step.posting), {"due", card.id, std::move(more)});
        if (step.move) apply_move(*step.move, card);
    });
    tell_notices(context, card, book);
    if (tiers::note(card, book.program, book.tiers, context.now, book.zone) ||
        card.yearly_at != day)
        cards.touch(card);
}

bool learn_birthday(const projects::Context& context, ledger::Card& card, const Rulebook& book,
                    std::optional<Date> known) {
    if (!card.yearly_at && !book.rules->on_yearly.contains(card.program)) return false;
    const customers::Customer* holder =
        card.customer.is_nil()
            ? nullptr
            : context.batch.get<customers::Set>().find(context.project,
                                                       customers::CustomerId(card.customer));
    if (holder == nullptr) return false;
    CustomerView view;
    fill(view, *holder, nullptr, book.tiers);
    return note_birthday(card, book, view.birthdate, known, holder->updated_at);
}

Result<Credited> credit_earned(const projects::Context& context, ledger::Card& card,
                               const earning::Rule& rule, Points points, Why why) {
    const Rulebook book = rulebook(*context.snapshot, card.program);
    const campaigns::ExpirationRule& ends =
        rule.expiration ? *rule.expiration : book.program.expiration;
    std::optional<Timestamp> activates_at;
    Timestamp counts_from = context.now;
    if (rule.pending_days > 0) {
        activates_at =
            book.zone.start_of(book.zone.local_date(context.now).plus_days(rule.pending_days));
        counts_from = *activates_at;
    }
    const std::uint32_t lot = card.next_lot;
    const auto expires_at = campaigns::expires_at(ends, counts_from, book.zone);
    TRY(posting, ledger::credit(card,
                                activates_at ? ledger::EntryKind::pending_accrual
                                             : ledger::EntryKind::accrual,
                                points, context.now, expires_at, activates_at));
    why.more["rule"] = rule.id.text();
    why.more["v"] = context.snapshot->version();
    const ledger::EntryId entry = post(context, card, std::move(posting), std::move(why));
    if (!activates_at)
        tiers::count_points(card, book.program, points, context.now, book.zone);
    return Credited{lot, entry, expires_at};
}

void fill(CustomerView& view, const customers::Customer& customer, const ledger::Card* card,
          const tiers::Tiers& tiers) {
    earning::CustomerFacts& f = view.facts;
    view.id = customer.id.text();
    f.id = view.id;
    if (customer.source_id) f.source_id = *customer.source_id;
    if (customer.name) f.name = *customer.name;
    if (customer.email) f.email = *customer.email;
    if (card != nullptr) {
        f.points = card->balance.value;
        if (const tiers::Tier* tier = card->tier.is_nil() ? nullptr : tiers.find(card->tier)) {
            f.tier = tier->name;
            f.benefits = tiers::benefits_of(*tier);
        }
    }
    f.orders_count = customer.orders_count;
    f.orders_amount = customer.orders_amount.value;
    f.last_order_at = customer.last_order_at;
    f.created_at = customer.created_at;
    if (!customer.metadata.empty()) f.metadata = json::parse(customer.metadata).as_object();
    if (!customer.profile.empty()) {
        const json::value profile = json::parse(customer.profile);
        auto text = [](const json::object& from, std::string_view key) {
            const json::value* value = from.if_contains(key);
            return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                          : std::string();
        };
        view.birthdate = text(profile.as_object(), "birthdate");
        if (const json::value* address = profile.as_object().if_contains("address");
            address != nullptr && address->is_object()) {
            view.country = text(address->get_object(), "country");
            view.city = text(address->get_object(), "city");
        }
        f.birthdate = view.birthdate;
        f.country = view.country;
        f.city = view.city;
    }
}

void earn_by(const projects::Context& context, ledger::Card& card,
             const customers::Customer& customer, const earning::Rule& rule, Why why) {
    CustomerView view;
    fill(view, customer, &card, context.snapshot->get<tiers::Tiers>());
    std::string date;
    const earning::ContextFacts surroundings = context_facts(context, date);
    const earning::Outcome outcome = earning::evaluate(
        rule, {&view.facts, nullptr, nullptr, &surroundings}, {},
        [](const auto&, const auto&) { return false; }, context.now);
    if (outcome.reason != earning::Outcome::Reason::earned) return;
    if (rule.condition || rule.formula || rule.proportion)
        why.more["facts"] = stored_facts(view.facts, card, true);
    projects::or_roll_back(credit_earned(context, card, rule, outcome.points, std::move(why)));
}

Result<void> settle(const projects::Context& context, ledger::Card& card,
                    const customers::Customer* customer) {
    const Rulebook book = rulebook(*context.snapshot, card.program);
    const auto& rules = context.snapshot->get<earning::Rules>();
    constexpr int rounds_max = 4;
    bool fired = false;
    for (int round = 0; round < rounds_max; ++round) {
        auto move = tiers::evaluate(card, book.program, book.tiers, context.now, book.zone);
        if (!move) break;
        json::object more = detail_of(*move);
        more["v"] = context.snapshot->version();
        more["counted"] =
            counted_json(tiers::standing_at(card, book.program, context.now, book.zone));
        post(context, card, ledger::tier_change(move->to, context.now),
             {"tier", card.id, std::move(more)});
        apply_move(*move, card);
        await_auto_redeem(context, card, context.now);
        if (fired || customer == nullptr || tiers::event_name(move->kind).empty()) continue;
        fired = true;
        earning::Trigger trigger{};
        switch (move->kind) {
            case tiers::Move::Kind::joined: trigger = earning::Trigger::tier_joined; break;
            case tiers::Move::Kind::left: trigger = earning::Trigger::tier_left; break;
            case tiers::Move::Kind::upgraded: trigger = earning::Trigger::tier_upgraded; break;
            case tiers::Move::Kind::downgraded: trigger = earning::Trigger::tier_downgraded; break;
            case tiers::Move::Kind::prolonged: trigger = earning::Trigger::tier_prolonged; break;
            case tiers::Move::Kind::grace:
            case tiers::Move::Kind::waiting: break;
        }
        const auto found = rules.on_tier.find({card.program, trigger});
        if (found == rules.on_tier.end()) continue;
        for (const earning::Rule* rule : found->second) {
            if (rule->tier && *rule->tier != (move->to.is_nil() ? move->from : move->to)) continue;
            earn_by(context, card, *customer, *rule, {"tier", card.id});
        }
    }
    if (tiers::note(card, book.program, book.tiers, context.now, book.zone))
        context.batch.get<ledger::Set>().touch(card);
    return {};
}

}  // namespace perennial::members
