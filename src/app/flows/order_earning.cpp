#include "app/flows/order_earning.hpp"

#include <fmt/format.h>

#include <ranges>

#include "app/flows/give_points.hpp"
#include "app/flows/order_facts.hpp"
#include "modules/earning/decide.hpp"

namespace perennial::flows {

bool reads_customer(const std::vector<const earning::Rule*>& rules,
                    const std::vector<earning::Multiplier>& multipliers) {
    auto reads = [](const std::optional<cel::Program>& program) {
        return program && std::ranges::any_of(program->reads(), [](const std::string& path) {
                   return path.starts_with("customer");
               });
    };
    return std::ranges::any_of(rules, [&](const earning::Rule* rule) {
        return reads(rule->condition) || reads(rule->formula) ||
               (rule->proportion &&
                (rule->proportion->measure == earning::Measure::customer_metadata ||
                 reads(rule->proportion->formula)));
    }) || std::ranges::any_of(multipliers, [&](const earning::Multiplier& one) {
        return reads(one.condition);
    });
}

const std::vector<const earning::Rule*>& order_rules(const projects::Snapshot& snapshot,
                                                     const ledger::ProgramId& program) {
    static const std::vector<const earning::Rule*> none;
    const auto& rules = snapshot.get<earning::Rules>().on_order_paid;
    const auto found = rules.find(program);
    return found == rules.end() ? none : found->second;
}

earning::Terms terms_of(const campaigns::Program& program, const earning::Rules& rules,
                        const tiers::Tier* tier) {
    return {tier, rules.multipliers, program.earning.multiply_all};
}

namespace {

std::int64_t number(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string_view text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// One program's rules on the order, as of `at`; its tier before multiplies. The tier is decided later.
void earn_in(const projects::Context& context, const orders::Order& order,
             orders::Decision& decision, const OrderView& view, const customers::Customer& customer,
             ledger::Card& card, const campaigns::Program& program, Timestamp at) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const auto& tiers = snapshot.get<tiers::Tiers>();
    const auto& all_rules = snapshot.get<earning::Rules>();
    const auto& rules = order_rules(snapshot, program.id);
    if (rules.empty() || nothing_left(order)) return;
    std::string date;
    const earning::ContextFacts surroundings =
        context_facts(at, snapshot.zone(), context.actor.channel, date);
    const tiers::Tier* tier = card.tier.is_nil() ? nullptr : tiers.find(card.tier);
    members::CustomerView who;
    members::fill(who, customer, &card, tiers);
    if (reads_customer(rules, all_rules.multipliers))
        decision.facts[program.id.text()] = members::stored_facts(who.facts, card, true);
    else if (tier != nullptr)
        decision.facts[program.id.text()] = {{"tier", card.tier.text()}};
    Allowance allowance(context, card, program);
    for (const earning::Rule* rule : rules) {
        earning::Outcome outcome =
            earning::evaluate(*rule, {&who.facts, &view.facts, nullptr, &surroundings},
                              terms_of(program, all_rules, tier), applies, at);
        const auto made = give(context, card, *rule, outcome, allowance, {"order", order.id},
                               decision.cuts);
        if (made)
            decision.awards.push_back({card.id, program.id, rule->id, made->lot, outcome.points,
                                       Points(), Points(), Points(), made->entry,
                                       made->expires_at});
    }
}

}  // namespace

void earn(const projects::Context& context, orders::Order& order, customers::Customer& customer) {
    const projects::Snapshot& snapshot = *context.snapshot;
    order.decision.emplace();
    orders::Decision& decision = *order.decision;
    decision.definitions = snapshot.version();
    decision.engine = earning::engine_version;
    decision.at = context.now;
    decision.returned = order.returned_by_item();

    OrderView view;
    fill_kept(view, order);
    for (const campaigns::Program& program : snapshot.get<campaigns::Programs>().all) {
        if (!program.runs_at(context.now)) continue;
        ledger::Card* card = members::card_of(context, customer, program);
        if (card == nullptr) {
            if (!program.auto_join) continue;
            card = &members::enrol(context, customer, program);
            claim_earlier_orders(context, customer, *card, program, order.id);
        }
        if (!card->active) {
            decision.facts[program.id.text()] = {{"off", true}};
            continue;
        }
        members::roll(context, *card);
        earn_in(context, order, decision, view, customer, *card, program, context.now);
        tiers::count_spend(*card, program, order.kept_amount(), context.now, snapshot.zone());
        if (!nothing_left(order))
            tiers::count_orders(*card, program, 1, context.now, snapshot.zone());
        context.batch.get<ledger::Set>().touch(*card);
        projects::or_roll_back(members::settle(context, *card, &customer));
    }
}

void claim_earlier_orders(const projects::Context& context, customers::Customer& customer,
                          ledger::Card& card, const campaigns::Program& program,
                          const orders::OrderId& but) {
    if (program.earning.days_before_joining == 0) return;
    auto& orders = context.batch.get<orders::Set>();
    const TimeZone& zone = context.snapshot->zone();
    const Timestamp since = zone.start_of(
        zone.local_date(context.now).plus_days(-program.earning.days_before_joining));
    std::vector<orders::Order*> found;
    for (orders::OrderId id(customer.last_order); !id.is_nil();) {
        if (orders.find(context.project, id) == nullptr) {
            orders.want_id(context.project, id);
            orders.load(context.batch);
        }
        orders::Order* order = orders.find(context.project, id);
        CHECK(order != nullptr);
        if (order->created_at < since) break;
        // One that was not to earn (an import without earning) has no decision, and is left alone.
        if (order->id != but && orders::counts(order->status) && order->decision &&
            order->paid_at && *order->paid_at >= since)
            found.push_back(order);
        id = order->previous;
    }
    for (orders::Order* order : std::ranges::reverse_view(found)) {
        orders::Decision& decision = *order->decision;
        decision.claims.push_back({program.id, context.snapshot->version(),
                                   earning::engine_version, *order->paid_at, context.now,
                                   order->returned_by_item()});
        OrderView view;
        fill_kept(view, *order);
        earn_in(context, *order, decision, view, customer, card, program, *order->paid_at);
        tiers::count_spend(card, program, order->kept_amount(), context.now, zone);
        if (!nothing_left(*order)) tiers::count_orders(card, program, 1, context.now, zone);
        orders.touch(*order);
    }
    if (found.empty()) return;
    context.batch.get<ledger::Set>().touch(card);
    projects::or_roll_back(members::settle(context, card, &customer));
}

const tiers::Tier* read_stored(const json::object& facts, const tiers::Tiers& tiers,
                               earning::CustomerFacts& customer) {
    const tiers::Tier* tier = nullptr;
    if (auto id = ledger::TierId::parse(text(facts, "tier"))) tier = tiers.find(*id);
    if (tier != nullptr) {
        customer.tier = tier->name;
        customer.benefits = tiers::benefits_of(*tier);
    }
    customer.points = number(facts, "points");
    customer.orders_count = number(facts, "orders_count");
    customer.orders_amount = number(facts, "orders_amount");
    if (facts.contains("last_order_at"))
        customer.last_order_at = Timestamp{number(facts, "last_order_at")};
    customer.created_at = {number(facts, "created_at")};
    if (const json::value* metadata = facts.if_contains("metadata"))
        customer.metadata = metadata->as_object();
    customer.country = text(facts, "country");
    customer.city = text(facts, "city");
    customer.birthdate = text(facts, "birthdate");
    return tier;
}

std::vector<RuleLook> look_again(const projects::Snapshot& snapshot, const orders::Order& order,
                                 const ledger::ProgramId& program, bool kept) {
    CHECK(order.decision.has_value());
    const auto& tiers = snapshot.get<tiers::Tiers>();
    const orders::Decision::Claim under = order.decision->under(program);
    const Timestamp at = under.at;
    OrderView view;
    if (kept)
        fill_kept(view, order);
    else
        fill_as_decided(view, order, under.returned);
    earning::CustomerFacts customer;
    const tiers::Tier* tier = nullptr;
    const std::string customer_id = order.customer.text();
    customer.id = customer_id;
    if (const json::value* stored = order.decision->facts.if_contains(program.text()))
        tier = read_stored(stored->as_object(), tiers, customer);
    std::string date;
    const earning::ContextFacts surroundings = context_facts(at, snapshot.zone(), "", date);
    const bool nothing = (kept && nothing_left(order)) ||
                         (view.facts.items.empty() && !order.items.empty());
    const campaigns::Program* found = snapshot.get<campaigns::Programs>().find(program);
    std::vector<RuleLook> out;
    for (const earning::Rule* rule : order_rules(snapshot, program)) {
        RuleLook& look = out.emplace_back();
        look.rule = rule;
        look.tier = tier;
        if (nothing) {
            look.outcome.reason = earning::Outcome::Reason::below_step;
            continue;
        }
        look.outcome = earning::evaluate(
            *rule, {&customer, &view.facts, nullptr, &surroundings},
            found ? terms_of(*found, snapshot.get<earning::Rules>(), tier) : earning::Terms{tier},
            applies, at, &look.condition, &look.formula);
    }
    return out;
}

bool was_off(const orders::Decision& decision, const RawId& program) {
    if (decision.facts.empty()) return false;
    const json::value* facts = decision.facts.if_contains(ledger::ProgramId(program).text());
    return facts != nullptr && facts->is_object() && facts->get_object().contains("off");
}

void take_back_spend(const projects::Context& context, const orders::Order& order,
                     const customers::Customer& customer, Money less, bool had_lines) {
    if (!order.decision) return;
    auto& cards = context.batch.get<ledger::Set>();
    const bool is_gone = had_lines && nothing_left(order);
    const projects::SnapshotPtr then =
        context.cache.load_at(context.batch.tx, context.project, order.decision->definitions);
    for (const customers::CardRef& ref : customer.cards) {
        ledger::Card* card = cards.find(context.project, ledger::CardId(ref.card));
        if (card == nullptr) continue;
        // Only where the order counted: not on a card that was made later and did not claim it, that was
        // disabled, or of a program that did not run.
        const orders::Decision::Claim under = order.decision->under(card->program);
        if (under.claimed_at < card->created_at || was_off(*order.decision, card->program)) continue;
        const campaigns::Program* program = then->get<campaigns::Programs>().find(card->program);
        if (under.claimed_at == order.decision->at &&
            (program == nullptr || !program->runs_at(under.at)))
            continue;
        const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
        members::roll(context, *card);
        tiers::count_spend(*card, book.program, -less, under.claimed_at, book.zone);
        if (is_gone)
            tiers::count_orders(*card, book.program, -1, under.claimed_at, book.zone);
        cards.touch(*card);
    }
}

namespace {

// When an award's points began to count: when they were given, or became spendable.
Timestamp counted_at(const earning::Rule* rule, Timestamp decided, const TimeZone& zone) {
    if (rule == nullptr || rule->pending_days == 0) return decided;
    return zone.start_of(zone.local_date(decided).plus_days(rule->pending_days));
}

}  // namespace

ledger::LotStory story_of(const projects::Context& context, const ledger::Card& card,
                          const orders::Award& award) {
    auto& cards = context.batch.get<ledger::Set>();
    ledger::LotStory story;
    const auto add = [&](const ledger::Card& of, std::uint32_t lot) {
        const ledger::LotStory more = cards.story_of_lot(context.batch, of, lot);
        story.expired += more.expired;
        story.taken_by_hand += more.taken_by_hand;
        if (!story.activated_at) story.activated_at = more.activated_at;
    };
    if (award.lot != 0) add(card, award.lot);
    for (const orders::Award::Place& place : award.before)
        if (const auto closed = ledger::load_card(context.batch.tx, context.project,
                                                  ledger::CardId(place.card)))
            add(*closed, place.lot);
    return story;
}

TakenBack take_back(const projects::Context& context, orders::Order& order,
                    customers::Customer& customer, std::string_view reason) {
    TakenBack out;
    if (!order.decision) return out;
    auto& cards = context.batch.get<ledger::Set>();
    std::map<RawId, std::vector<RuleLook>> looks;
    std::vector<projects::SnapshotPtr> snapshots;  // whose rules the looks point to
    std::vector<ledger::Card*> touched;
    for (orders::Award& award : order.decision->awards) {
        const orders::Decision::Claim under = order.decision->under(award.program);
        const projects::SnapshotPtr decided_under =
            context.cache.load_at(context.batch.tx, context.project, under.definitions);
        auto [place, fresh] = looks.try_emplace(award.program);
        if (fresh) {
            snapshots.push_back(decided_under);
            place->second =
                look_again(*decided_under, order, ledger::ProgramId(award.program), true);
        }
        Points keeps;
        const earning::Rule* rule = nullptr;
        for (const RuleLook& look : place->second)
            if (look.rule->id == award.rule) {
                // A limit gave less then: what remains cannot be worth more than that.
                keeps = std::min(look.outcome.points, award.points);
                rule = look.rule;
            }
        const Points back = award.points - keeps - award.taken_back;
        if (back.value <= 0) continue;
        ledger::Card* card = cards.find(context.project, ledger::CardId(award.card));
        CHECK(card != nullptr);
        if (std::ranges::find(touched, card) == touched.end()) {
            members::roll(context, *card);
            touched.push_back(card);
        }
        const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
        const ledger::Lot* lot = card->find_lot(award.lot);
        const bool pended = rule != nullptr && rule->pending_days > 0;
        ledger::LotStory story;
        if (lot == nullptr || pended) story = story_of(context, *card, award);
        // Without its lot it was used up, or expired by its end or by inactivity.
        const Points expired = lot == nullptr
                                   ? std::max(Points(), story.expired - award.taken_expired)
                                   : Points();
        // What somebody took by hand while it pended is back already; what still pends comes first.
        const Points waits = lot != nullptr && lot->pending() ? std::min(lot->left, back) : Points();
        const Points by_hand = std::clamp(story.taken_by_hand - award.taken_by_hand, Points(),
                                          back - waits);
        award.taken_by_hand += by_hand;
        ledger::TakenBack taken;
        if (by_hand != back)
            taken = ledger::take_back(*card, award.lot, back - by_hand, expired,
                                      book.program.allow_debt, context.now);
        json::object more{{"rule", earning::RuleId(award.rule).text()},
                          {"reason", json::string_view(reason)}};
        if (!taken.shortfall.is_zero()) more["shortfall"] = taken.shortfall.value;
        if (!taken.already_expired.is_zero()) more["expired"] = taken.already_expired.value;
        // What it had counted for the tier, where it had counted: all but what never became spendable.
        const Points counted = back - by_hand - waits;
        if (!counted.is_zero())
            tiers::count_points(
                *card, book.program, -counted,
                story.activated_at.value_or(counted_at(rule, under.claimed_at, book.zone)),
                book.zone);
        if (taken.pending) {
            out.points -= taken.pending->pending;
            members::post(context, *card, std::move(*taken.pending), {"order", order.id, more});
        }
        if (taken.active) {
            out.points -= taken.active->points;
            members::post(context, *card, std::move(*taken.active), {"order", order.id, more});
        }
        out.expired += taken.already_expired;
        out.shortfall += taken.shortfall;
        award.taken_back += back;
        award.taken_expired += taken.already_expired;
        const campaigns::Program* program = decided_under->get<campaigns::Programs>().find(
            ledger::ProgramId(award.program));
        if (rule != nullptr && program != nullptr)
            give_back_room(context, *card, *program, *rule, back, under.claimed_at);
    }
    // Also where nothing but its spend and the order itself counted (take_back_spend).
    for (const customers::CardRef& ref : customer.cards) {
        ledger::Card* card = cards.find(context.project, ledger::CardId(ref.card));
        if (card == nullptr || std::ranges::find(touched, card) != touched.end()) continue;
        if (order.decision->under(card->program).claimed_at < card->created_at) continue;
        members::roll(context, *card);
        touched.push_back(card);
    }
    for (ledger::Card* card : touched) projects::or_roll_back(members::settle(context, *card, &customer));
    return out;
}

}  // namespace perennial::flows
