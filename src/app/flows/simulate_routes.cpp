#include "app/flows/simulate_routes.hpp"

#include <fmt/format.h>

#include "app/flows/earning_limits.hpp"
#include "app/flows/order_building.hpp"
#include "app/flows/order_facts.hpp"
#include "app/flows/rule_look_json.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/catalog/queries.hpp"
#include "modules/members/commands.hpp"
#include "modules/projects/requests.hpp"

namespace perennial::flows {
namespace {

using projects::ReadContext;

/// What is looked at: an order, or an event.
struct Wish {
    customers::Change customer;
    std::optional<OrderInput> order;
    std::string event;
    json::object metadata;
};

struct Person {
    customers::Customer customer;
    bool known = false;
};

Result<Person> person_of(const Wish& wish, const ReadContext& context) {
    Person person;
    std::optional<customers::Customer> found;
    if (wish.customer.id) {
        found = customers::load_customer(context.tx, context.project, *wish.customer.id);
        if (!found) return campaigns::refuse_unknown("customer", wish.customer.id->text());
    } else if (!wish.customer.source_id.empty()) {
        found = customers::load_customer(context.tx, context.project,
                                         std::string_view(wish.customer.source_id));
    }
    if (found) {
        person.customer = *std::move(found);
        person.known = true;
    } else {
        person.customer.project = context.project;
        person.customer.created_at = context.now;
        if (!wish.customer.source_id.empty())
            person.customer.source_id = wish.customer.source_id;
    }
    customers::apply(wish.customer, person.customer, context.now);
    return person;
}

template <class Row, class Load>
std::optional<Row> first_of(const std::string& id, const std::string& source, Load load) {
    for (const std::string* name : {&id, &source})
        if (!name->empty())
            if (std::optional<Row> row = load(*name)) return row;
    return std::nullopt;
}

// The order as placing it would build it. Nothing is made in the catalog: what an item says of a
// product that is not there counts for the item alone.
Result<orders::Order> order_of(const OrderInput& in, const ReadContext& context) {
    orders::Order order;
    if (in.id || !in.source_id.empty()) {
        auto known = in.id ? orders::load_order(context.tx, context.project, *in.id)
                           : orders::load_order(context.tx, context.project,
                                                std::string_view(in.source_id));
        if (known) order = *std::move(known);
        else if (!in.source_id.empty()) order.source_id = in.source_id;
    }
    const Money kept_discount = own_discount(order);
    order.decision.reset();
    order.project = context.project;
    order.created_at = context.now;
    order.status = orders::Status::paid;
    if (in.items) {
        order.items.clear();
        for (const ItemInput& input : *in.items) {
            std::optional<catalog::Product> product;
            std::optional<catalog::Sku> sku;
            if (needs_catalog(input, *context.snapshot)) {
                sku = first_of<catalog::Sku>(
                    input.names.sku_id, input.names.sku_source_id, [&](const std::string& name) {
                        return catalog::load_sku(context.tx, context.project,
                                                 std::string_view(name));
                    });
                product = first_of<catalog::Product>(
                    input.names.product_id, input.names.product_source_id,
                    [&](const std::string& name) {
                        return catalog::load_product(context.tx, context.project,
                                                     std::string_view(name));
                    });
                if (!product && sku && !input.names.names_product())
                    product = catalog::load_product(context.tx, context.project, sku->product);
            }
            TRY(item, build_item(input, product ? &*product : nullptr, sku ? &*sku : nullptr,
                                 *context.snapshot));
            order.items.push_back(std::move(item));
        }
    }
    TRY_VOID(add_up(order, in, kept_discount));
    order.returned_amount = order.amount_returned();
    if (in.metadata)
        for (const auto& [key, value] : *in.metadata) order.metadata[key] = value;
    return order;
}

/// What one program would do.
struct ProgramLook {
    const campaigns::Program* program = nullptr;
    bool is_member = false;
    ledger::Card before;
    ledger::Card after;
    std::vector<RuleLook> rules;
    Points points;
};

const std::vector<const earning::Rule*>& rules_of(const projects::Snapshot& snapshot,
                                                  const campaigns::Program& program,
                                                  const Wish& wish) {
    static const std::vector<const earning::Rule*> none;
    const auto& rules = snapshot.get<earning::Rules>();
    if (wish.order) {
        const auto found = rules.on_order_paid.find(program.id);
        return found == rules.on_order_paid.end() ? none : found->second;
    }
    const auto found = rules.on_event.find({program.id, wish.event});
    return found == rules.on_event.end() ? none : found->second;
}

// The card as the customer has it now, or as joining would make it.
ledger::Card card_of(const Person& person, const campaigns::Program& program,
                     const members::Rulebook& book, const ReadContext& context, bool& is_member) {
    const customers::CardRef* ref = person.customer.card_of(program.id);
    std::optional<ledger::Card> stored;
    if (ref != nullptr)
        stored = ledger::load_card(context.tx, context.project, ledger::CardId(ref->card));
    is_member = stored.has_value();
    if (stored) return members::rolled(*std::move(stored), book, context.now);
    ledger::Card card;
    card.project = context.project;
    card.program = program.id;
    card.created_at = context.now;
    if (program.initial_points.value > 0)
        if (auto posting =
                ledger::credit(card, ledger::EntryKind::addition, program.initial_points,
                               context.now,
                               campaigns::expires_at(program.expiration, context.now, book.zone)))
            ledger::apply(*posting, card);
    if (auto move = tiers::evaluate(card, program, book.tiers, context.now, book.zone)) {
        ledger::apply(ledger::tier_change(move->to, context.now), card);
        members::apply_move(*move, card);
    }
    return card;
}

void credit(const earning::Rule& rule, Points points, const members::Rulebook& book, Timestamp now,
            ledger::Card& card) {
    const campaigns::ExpirationRule& ends =
        rule.expiration ? *rule.expiration : book.program.expiration;
    std::optional<Timestamp> activates_at;
    if (rule.pending_days > 0)
        activates_at = book.zone.start_of(book.zone.local_date(now).plus_days(rule.pending_days));
    const auto posting = ledger::credit(
        card, activates_at ? ledger::EntryKind::pending_accrual : ledger::EntryKind::accrual,
        points, now, campaigns::expires_at(ends, activates_at.value_or(now), book.zone),
        activates_at);
    if (!posting) return;
    ledger::apply(*posting, card);
    if (!activates_at) tiers::count_points(card, book.program, points, now, book.zone);
}

ProgramLook look_at(const campaigns::Program& program, const Wish& wish, const Person& person,
                    const orders::Order* order, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const members::Rulebook book = members::rulebook(snapshot, program.id);
    ProgramLook look;
    look.program = &program;
    look.before = card_of(person, program, book, context, look.is_member);
    look.after = look.before;
    const tiers::Tier* tier =
        look.before.tier.is_nil() ? nullptr : book.tiers.find(look.before.tier);

    OrderView view;
    if (order != nullptr) fill_kept(view, *order);
    earning::EventFacts event;
    event.name = wish.event;
    event.metadata = wish.metadata;
    const TimeZone& zone = snapshot.zone();
    const std::string date = zone.local_date(context.now).iso();
    const earning::ContextFacts surroundings{context.now, zone.local_hour(context.now),
                                             zone.local_date(context.now).weekday(), date,
                                             context.actor.channel};
    members::CustomerView who;
    members::fill(who, person.customer, &look.before, book.tiers);
    const earning::Terms terms{tier, snapshot.get<earning::Rules>().multipliers,
                               program.earning.multiply_all};
    for (const earning::Rule* rule : rules_of(snapshot, program, wish)) {
        RuleLook& one = look.rules.emplace_back();
        one.rule = rule;
        one.tier = tier;
        if (order != nullptr && nothing_left(*order)) {
            one.outcome.reason = earning::Outcome::Reason::below_step;
            continue;
        }
        one.outcome = earning::evaluate(
            *rule,
            {&who.facts, order ? &view.facts : nullptr, order ? nullptr : &event, &surroundings},
            terms, applies, context.now, &one.condition, &one.formula);
        earning::cut(one.outcome, rule->limits, program.earning.limits,
                     [&](earning::Scope scope, earning::Span span) {
                         const Points before = used_before(
                             context.tx, context.project, look.before.id, program, *rule, zone,
                             scope, span, context.now);
                         return scope == earning::Scope::program ? before + look.points : before;
                     });
        if (one.outcome.reason != earning::Outcome::Reason::earned) continue;
        look.points += one.outcome.points;
        credit(*rule, one.outcome.points, book, context.now, look.after);
    }
    if (order != nullptr) {
        tiers::count_spend(look.after, program, order->kept_amount(), context.now, zone);
        if (!nothing_left(*order)) tiers::count_orders(look.after, program, 1, context.now, zone);
    }
    if (auto move = tiers::evaluate(look.after, program, book.tiers, context.now, zone)) {
        ledger::apply(ledger::tier_change(move->to, context.now), look.after);
        members::apply_move(*move, look.after);
    }
    return look;
}

json::value tier_json(const ledger::Card& card, const tiers::Tiers& tiers) {
    const tiers::Tier* tier = card.tier.is_nil() ? nullptr : tiers.find(card.tier);
    if (tier == nullptr) return nullptr;
    return json::object{{"id", tier->id.text()}, {"name", tier->name}};
}

json::object program_json(const ProgramLook& look, const tiers::Tiers& tiers) {
    // Nobody's card earns nothing: then the points are what joining would bring.
    const bool earns = look.is_member ? look.before.active : look.program->auto_join;
    json::object out{{"id", look.program->id.text()},
                     {"name", look.program->name},
                     {"is_member", look.is_member},
                     {"earns", earns},
                     {"points", earns ? look.points.value : 0},
                     {"points_if_member", look.points.value}};
    if (look.is_member) {
        out["member_id"] = look.before.id.text();
        out["member_code"] = look.before.code;
    }
    const ledger::Card& after = earns ? look.after : look.before;
    out["balance_before"] = look.before.balance.value;
    out["balance_after"] = after.balance.value;
    out["pending_before"] = look.before.pending.value;
    out["pending_after"] = after.pending.value;
    out["tier_before"] = tier_json(look.before, tiers);
    out["tier_after"] = tier_json(after, tiers);
    json::array rules;
    for (const RuleLook& rule : look.rules) rules.push_back(look_json(rule));
    out["earning_rules"] = std::move(rules);
    return out;
}

Result<Wish> read_wish(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    Wish wish;
    JsonReader customer = reader.reader("customer");
    wish.customer = customers::read_change(customer);
    if (reader.has("order")) {
        JsonReader order = reader.reader("order");
        wish.order = read_order(order);
        if (!wish.customer.names_someone()) wish.customer = wish.order->customer;
    }
    wish.event = reader.text("event", 300).value_or("");
    if (const json::object* metadata = reader.object("metadata")) wish.metadata = *metadata;
    if (wish.order.has_value() == !wish.event.empty())
        reader.wrong("order", "required", "say either an order or the name of an event");
    if (!issues.empty()) return issues.refuse();
    return wish;
}

// Refuses: invalid_payload, not_found (a customer id that nobody has), invalid_order.
Result<http::Response> simulate(const http::Request& request, const ReadContext& context) {
    TRY(wish, read_wish(request));
    TRY(person, person_of(wish, context));
    std::optional<orders::Order> order;
    if (wish.order) {
        TRY(built, order_of(*wish.order, context));
        order = std::move(built);
    }
    json::object out{{"object", "simulation"}, {"at", context.now.iso()}};
    out["customer_id"] = person.known ? json::value(person.customer.id.text()) : json::value();
    if (order) {
        out["amount"] = order->amount.value;
        out["total_amount"] = order->total_amount().value;
    }
    std::int64_t points = 0;
    json::array programs;
    const auto& tiers = context.snapshot->get<tiers::Tiers>();
    for (const campaigns::Program& program : context.snapshot->get<campaigns::Programs>().all) {
        if (!program.runs_at(context.now)) continue;
        json::object one =
            program_json(look_at(program, wish, person, order ? &*order : nullptr, context), tiers);
        points += one["points"].as_int64();
        programs.push_back(std::move(one));
    }
    out["points"] = points;
    out["programs"] = std::move(programs);
    return http::json_response(to_text(out));
}

// The compatible estimate: what a member would get for the order in one program. Refuses as simulate,
// and not_found (the program).
Result<http::Response> estimate(const http::Request& request, const ReadContext& context) {
    TRY(definition, campaigns::need_program(*context.snapshot, request.path_params.at(0)));
    TRY(wish, read_wish(request));
    TRY(person, person_of(wish, context));
    std::optional<orders::Order> order;
    if (wish.order) {
        TRY(built, order_of(*wish.order, context));
        order = std::move(built);
    }
    const campaigns::Program* program =
        context.snapshot->get<campaigns::Programs>().find(campaigns::ProgramId(definition->id));
    CHECK(program != nullptr);
    Points points;
    if (program->runs_at(context.now))
        points = look_at(*program, wish, person, order ? &*order : nullptr, context).points;
    const json::object out{{"campaign",
                            json::object{{"id", program->id.text()},
                                         {"name", program->name},
                                         {"object", "campaign"}}},
                           {"points_estimation", points.value}};
    return http::json_response(to_text(out));
}

constexpr const char* simulate_body =
    R"({"customer":{"source_id":"anna"},"order":{"items":[{"product_id":"latte","quantity":2,"price":380}]}})";
constexpr const char* simulate_answer =
    R"({"object":"simulation","at":"2026-05-01T10:00:00.000Z","customer_id":null,"amount":760,)"
    R"("total_amount":760,"points":7,"programs":[{"id":"camp_019a7f3e20004f1b8d5c3b2a19080706",)"
    R"("name":"Circle","is_member":false,"earns":true,"points":7,"points_if_member":7,)"
    R"("balance_before":0,"balance_after":7,"pending_before":0,"pending_after":0,)"
    R"("tier_before":null,"tier_after":null,"earning_rules":[{"id":)"
    R"("ern_019a7f3e20004f1b8d5c3b2a19080706","name":"Per euro","outcome":"earned","points":7,)"
    R"("explanation":"7 points"}]}]})";

}  // namespace

projects::Routes simulate_routes() {
    using enum http::Method;
    return {{post, "/v1/simulate", projects::Permission::read,
             {"Explain",
              "What an order or an event would earn, per program and rule, with reasons; writes "
              "nothing",
              simulate_body, simulate_answer},
             simulate},
            {post, "/v1/loyalties/{campaignId}/qualifications", projects::Permission::read,
             {"Loyalties", "Estimate the points that a member would get for an order",
              R"({"customer":{"source_id":"anna"},"order":{"amount":2000}})",
              R"({"campaign":{"id":"camp_019a7f3e20004f1b8d5c3b2a19080706","name":"Circle",)"
              R"("object":"campaign"},"points_estimation":20})"},
             estimate}};
}

}  // namespace perennial::flows
