#include "app/flows/order_earning.hpp"

#include <fmt/format.h>

#include "app/flows/order_facts.hpp"
#include "modules/earning/decide.hpp"
#include "modules/members/commands.hpp"

namespace perennial::flows {
namespace {

const ErrorCode points_out_of_range{"points_out_of_range", ErrorKind::rejected,
                                    "Points out of range"};

bool applies(const earning::Proportion::Applicable& to, const earning::ItemFacts& item) {
    if (to.object == "product") return to.id == item.product_id || to.id == item.product_source_id;
    if (to.object == "sku") return to.id == item.sku_id || to.id == item.sku_source_id;
    return item.collections != nullptr &&
           std::ranges::find(*item.collections, to.id) != item.collections->end();
}

// The facts read that are not the order's own, per program: enough to decide the same again.
json::object stored_facts(const earning::CustomerFacts& f, const ledger::Card& card,
                          bool with_metadata) {
    json::object out;
    if (!card.tier.is_nil()) out["tier"] = card.tier.text();
    out["points"] = f.points;
    out["orders_count"] = f.orders_count;
    out["orders_amount"] = f.orders_amount;
    if (f.last_order_at) out["last_order_at"] = f.last_order_at->ms;
    out["created_at"] = f.created_at.ms;
    if (with_metadata) {
        if (!f.metadata.empty()) out["metadata"] = f.metadata;
        if (!f.country.empty()) out["country"] = json::string_view(f.country);
        if (!f.city.empty()) out["city"] = json::string_view(f.city);
        if (!f.birthdate.empty()) out["birthdate"] = json::string_view(f.birthdate);
    }
    return out;
}

bool reads_customer(const std::vector<const earning::Rule*>& rules) {
    auto reads = [](const std::optional<cel::Program>& program) {
        return program && std::ranges::any_of(program->reads(), [](const std::string& path) {
                   return path.starts_with("customer");
               });
    };
    return std::ranges::any_of(rules, [&](const earning::Rule* rule) {
        return reads(rule->condition) || reads(rule->formula) ||
               (rule->proportion &&
                rule->proportion->measure == earning::Measure::customer_metadata);
    });
}

const std::vector<const earning::Rule*>& order_rules(const projects::Snapshot& snapshot,
                                                     const ledger::ProgramId& program) {
    static const std::vector<const earning::Rule*> none;
    const auto& rules = snapshot.get<earning::Rules>().on_order_paid;
    const auto found = rules.find(program);
    return found == rules.end() ? none : found->second;
}

std::int64_t number(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string_view text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

}  // namespace

void earn(const projects::Context& context, orders::Order& order, customers::Customer& customer) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const auto& tiers = snapshot.get<tiers::Tiers>();
    order.decision.emplace();
    orders::Decision& decision = *order.decision;
    decision.definitions = snapshot.version();
    decision.engine = earning::engine_version;
    decision.at = context.now;

    OrderView view;
    fill(view, order, false);
    const TimeZone& zone = snapshot.zone();
    const std::string date = zone.local_date(context.now).iso();
    const earning::ContextFacts surroundings{context.now, zone.local_hour(context.now),
                                             zone.local_date(context.now).weekday(), date,
                                             context.actor.channel};
    for (const campaigns::Program& program : snapshot.get<campaigns::Programs>().all) {
        if (!program.runs_at(context.now)) continue;
        ledger::Card* card = members::card_of(context, customer, program);
        if (card == nullptr) {
            if (!program.auto_join) continue;
            card = &members::enrol(context, customer, program);
        }
        if (!card->active) continue;
        members::roll(context, *card);
        const auto& rules = order_rules(snapshot, program.id);
        const tiers::Tier* tier = card->tier.is_nil() ? nullptr : tiers.find(card->tier);
        members::CustomerView who;
        if (!rules.empty()) {
            members::fill(who, customer, card, tiers);
            if (reads_customer(rules))
                decision.facts[program.id.text()] = stored_facts(who.facts, *card, true);
            else if (tier != nullptr)
                decision.facts[program.id.text()] = {{"tier", card->tier.text()}};
        }
        for (const earning::Rule* rule : rules) {
            const earning::Outcome outcome = earning::evaluate(
                *rule, {&who.facts, &view.facts, nullptr, &surroundings}, tier,
                applies,
                context.now);
            if (outcome.reason == earning::Outcome::Reason::out_of_range)
                throw projects::LateRefusal{Error{
                    &points_out_of_range,
                    fmt::format("Earning rule {} gives more points than a card can hold ({})",
                                rule->id.text(), value_max)}};
            if (outcome.reason != earning::Outcome::Reason::earned) continue;
            members::Why why{"order", order.id};
            if (outcome.points != outcome.base) why.more["base"] = outcome.base.value;
            const members::Credited made = projects::or_roll_back(
                members::credit_earned(context, *card, *rule, outcome.points, std::move(why)));
            decision.awards.push_back({card->id, program.id, rule->id, made.lot, outcome.points,
                                       Points(), made.entry, made.expires_at});
        }
        tiers::count_spend(*card, program, order.total_amount(), context.now, zone);
        tiers::count_orders(*card, program, 1, context.now, zone);
        context.batch.get<ledger::Set>().touch(*card);
        projects::or_roll_back(members::settle(context, *card, &customer));
    }
}

std::vector<RuleLook> look_again(const projects::Snapshot& snapshot, const orders::Order& order,
                                 const ledger::ProgramId& program, bool kept) {
    CHECK(order.decision.has_value());
    const auto& tiers = snapshot.get<tiers::Tiers>();
    const Timestamp at = order.decision->at;
    OrderView view;
    fill(view, order, kept);
    earning::CustomerFacts customer;
    const tiers::Tier* tier = nullptr;
    const std::string customer_id = order.customer.text();
    customer.id = customer_id;
    if (const json::value* stored = order.decision->facts.if_contains(program.text())) {
        const json::object& facts = stored->as_object();
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
    }
    const TimeZone& zone = snapshot.zone();
    const std::string date = zone.local_date(at).iso();
    const earning::ContextFacts surroundings{at, zone.local_hour(at),
                                             zone.local_date(at).weekday(), date, ""};
    const bool nothing_left = kept && (order.status == orders::Status::canceled ||
                                       (view.facts.items.empty() && !order.items.empty()));
    std::vector<RuleLook> out;
    for (const earning::Rule* rule : order_rules(snapshot, program)) {
        RuleLook& look = out.emplace_back();
        look.rule = rule;
        look.tier = tier;
        if (nothing_left) {
            look.outcome.reason = earning::Outcome::Reason::below_step;
            continue;
        }
        look.outcome = earning::evaluate(
            *rule, {&customer, &view.facts, nullptr, &surroundings}, tier,
            applies, at,
            &look.condition, &look.formula);
    }
    return out;
}

void take_back_spend(const projects::Context& context, const orders::Order& order,
                     const customers::Customer& customer, Money less) {
    if (!order.decision) return;
    auto& cards = context.batch.get<ledger::Set>();
    const bool nothing_kept =
        order.status == orders::Status::canceled || order.kept_amount().is_zero();
    for (const customers::CardRef& ref : customer.cards)
        if (ledger::Card* card = cards.find(context.project, ledger::CardId(ref.card))) {
            const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
            // Counted where the order was: a period that is over takes nothing from the running one.
            members::roll(context, *card);
            tiers::count_spend(*card, book.program, -less, order.decision->at, book.zone);
            if (nothing_kept && !less.is_zero())
                tiers::count_orders(*card, book.program, -1, order.decision->at, book.zone);
            cards.touch(*card);
            projects::or_roll_back(members::settle(context, *card, &customer));
        }
}

TakenBack take_back(const projects::Context& context, orders::Order& order,
                    customers::Customer& customer, const projects::SnapshotPtr& decided_under,
                    std::string_view reason) {
    TakenBack out;
    if (!order.decision) return out;
    auto& cards = context.batch.get<ledger::Set>();
    std::map<RawId, std::vector<RuleLook>> looks;
    std::vector<ledger::Card*> touched;
    for (orders::Award& award : order.decision->awards) {
        auto [place, fresh] = looks.try_emplace(award.program);
        if (fresh)
            place->second =
                look_again(*decided_under, order, ledger::ProgramId(award.program), true);
        Points keeps;
        for (const RuleLook& look : place->second)
            if (look.rule->id == award.rule) keeps = look.outcome.points;
        const Points back = award.points - keeps - award.taken_back;
        if (back.value <= 0) continue;
        ledger::Card* card = cards.find(context.project, ledger::CardId(award.card));
        CHECK(card != nullptr);
        if (std::ranges::find(touched, card) == touched.end()) {
            members::roll(context, *card);
            touched.push_back(card);
        }
        const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
        Points expired;
        if (award.expires_at && *award.expires_at <= context.now)
            expired = cards.expired_of_lot(context.batch, *card, award.lot);
        ledger::TakenBack taken = ledger::take_back(*card, award.lot, back, expired,
                                                    book.program.allow_debt, context.now);
        json::object more{{"rule", earning::RuleId(award.rule).text()},
                          {"reason", json::string_view(reason)}};
        if (!taken.shortfall.is_zero()) more["shortfall"] = taken.shortfall.value;
        if (!taken.already_expired.is_zero()) more["expired"] = taken.already_expired.value;
        if (taken.pending) {
            out.points -= taken.pending->pending;
            members::post(context, *card, std::move(*taken.pending), {"order", order.id, more});
        }
        if (taken.active) {
            out.points -= taken.active->points;
            tiers::count_points(*card, book.program, taken.active->points, order.decision->at,
                                book.zone);
            members::post(context, *card, std::move(*taken.active), {"order", order.id, more});
        }
        out.expired += taken.already_expired;
        out.shortfall += taken.shortfall;
        award.taken_back += back;
    }
    for (ledger::Card* card : touched) projects::or_roll_back(members::settle(context, *card, &customer));
    return out;
}

}  // namespace perennial::flows
