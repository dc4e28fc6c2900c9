#include "app/flows/explain_routes.hpp"

#include <fmt/format.h>

#include "app/flows/answer_examples.hpp"
#include "app/flows/explain_events.hpp"
#include "app/flows/explain_rules.hpp"
#include "app/flows/order_earning.hpp"
#include "app/flows/redemption_parts.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/tiers/codec.hpp"

namespace perennial::flows {
namespace {

json::value end_json(const std::optional<Timestamp>& end) {
    return end && end != ledger::never_ends ? json::value(end->iso()) : json::value(nullptr);
}

Error not_found(std::string_view what, std::string_view id) {
    Error error{&error::not_found, fmt::format("Cannot find {} with id {}", what, id)};
    error.resource_id = id;
    error.resource_type = what;
    return error;
}

// Why a program gave nothing for an order for which its rules have points.
std::string why_not_credited(const orders::Order& order, const orders::Decision::Claim& under,
                             const campaigns::Program& program,
                             const projects::ReadContext& context) {
    const auto holder = customers::load_customer(context.tx, context.project,
                                                 customers::CustomerId(order.customer));
    const customers::CardRef* ref = holder ? holder->card_of(program.id) : nullptr;
    const auto card = ref ? ledger::load_card(context.tx, context.project, ledger::CardId(ref->card))
                          : std::nullopt;
    // At one moment of the business clock the machine's clock says which came first.
    if (!card || under.claimed_at < card->created_at ||
        (under.claimed_at == card->created_at && order.id.time_ms() < card->id.time_ms()))
        return "the customer was no member of the program when the order was decided";
    return was_off(*order.decision, program.id)
               ? "the card was disabled when the order was decided"
               : "the rule read what orders do not keep (context.channel), or the card was disabled";
}

Result<http::Response> explain_order(const std::string& id, const projects::ReadContext& context) {
    auto order = orders::load_order(context.tx, context.project, id);
    if (!order) return std::unexpected(not_found("order", id));
    json::object out;
    out["object"] = "explanation";
    out["order_id"] = order->id.text();
    out["source_id"] = order->source_id ? json::value(*order->source_id) : json::value(nullptr);
    out["status"] = json::string_view(orders::status_name(order->status));
    out["amount"] = order->amount.value;
    out["total_amount"] = order->total_amount().value;
    if (!order->decision) {
        out["decided"] = false;
        out["explanation"] =
            order->customer.is_nil()
                ? "The order has no customer, so nobody earned."
            : orders::counts(order->status)
                ? "The order was imported without earning."
                : fmt::format("The order is {}: it earns when it becomes PAID.",
                              orders::status_name(order->status));
        return http::json_response(to_text(out));
    }
    const orders::Decision& decision = *order->decision;
    out["decided"] = true;
    out["decided_at"] = decision.at.iso();
    out["definitions_version"] = decision.definitions;
    out["engine_version"] = decision.engine;
    out["facts"] = decision.facts;
    std::vector<projects::SnapshotPtr> snapshots;
    const auto definitions_of = [&](std::int64_t version) {
        return snapshots.emplace_back(context.cache.load_at(context.tx, context.project, version));
    };
    const auto snapshot = definitions_of(decision.definitions);
    json::array programs;
    std::int64_t credited = 0;
    for (const orders::Award& award : decision.awards) credited += award.points.value;
    // The order's lines as they were decided: what came back later is told per rule.
    for (const campaigns::Program& program : snapshot->get<campaigns::Programs>().all) {
        const bool awarded = std::ranges::any_of(decision.awards, [&](const orders::Award& award) {
            return award.program == program.id;
        });
        const orders::Decision::Claim under = decision.under(program.id);
        if (!awarded && !program.runs_at(under.at)) continue;
        json::object one;
        one["id"] = program.id.text();
        one["name"] = program.name;
        json::array rules;
        const auto rulebook = definitions_of(under.definitions);
        const std::string why_not = awarded ? "" : why_not_credited(*order, under, program, context);
        if (under.claimed_at != under.at) one["claimed_at"] = under.claimed_at.iso();
        for (RuleLook& look : look_again(*rulebook, *order, program.id, false))
            rules.push_back(rule_json(std::move(look), decision, program.id, why_not));
        one["earning_rules"] = std::move(rules);
        programs.push_back(std::move(one));
    }
    out["points"] = credited;
    out["programs"] = std::move(programs);
    return http::json_response(to_text(out));
}

// The entry that made the tier what it is; nil when none is written down.
ledger::EntryId last_tier_change(const projects::ReadContext& context, const ledger::Card& card) {
    ledger::EntryId found;
    ledger::walk_entries(context.tx, card, {}, [&](const ledger::Entry& entry) {
        if (entry.kind == ledger::EntryKind::tier_change) found = entry.id;
        return found.is_nil();
    });
    return found;
}

Result<http::Response> explain_member(const std::string& id, const projects::ReadContext& context) {
    auto stored = ledger::load_card(context.tx, context.project, id);
    if (!stored) return std::unexpected(not_found("member", id));
    const members::Rulebook book = members::rulebook(*context.snapshot, stored->program);
    const ledger::Card card = members::rolled(*stored, book, context.now);
    json::object out;
    out["object"] = "explanation";
    out["member_id"] = card.id.text();
    out["code"] = card.code;
    out["program"] = book.program.name;
    out["at"] = context.now.iso();
    out["balance"] = card.balance.value;
    out["pending"] = card.pending.value;
    out["credited"] = card.credited.value;
    out["redeemed"] = card.redeemed.value;
    out["expired"] = card.expired.value;
    out["subtracted"] = card.subtracted.value;
    out["debt"] = card.debt.value;
    out["explanation"] =
        fmt::format("{} credited - {} redeemed - {} expired - {} taken back or removed = {}",
                    card.credited.value, card.redeemed.value, card.expired.value,
                    card.subtracted.value, card.balance.value);
    const tiers::Standing standing =
        tiers::standing_at(card, book.program, context.now, book.zone);
    const tiers::Tier* tier = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
    if (tier != nullptr) {
        json::object held = tiers::link_json(tier);
        if (card.tier_since) held["since"] = card.tier_since->iso();
        if (card.tier_until) held["until"] = card.tier_until->iso();
        held["counts"] = standing.of(book.program.tier_policy.metric);
        held["needs"] = tiers::needs_json(tiers::needs_of(*tier, book.program, standing));
        if (const auto entry = last_tier_change(context, *stored); !entry.is_nil())
            held["transaction_id"] = entry.text();
        out["tier"] = std::move(held);
    }
    if (const tiers::Tier* next = book.tiers.above(book.program, tier)) {
        json::object ahead = tiers::link_json(next);
        ahead["needs"] = tiers::needs_json(tiers::needs_of(*next, book.program, standing));
        out["next_tier"] = std::move(ahead);
    }
    json::array lots;
    for (const ledger::Lot& lot : card.lots) {
        json::object one{{"lot", lot.number}, {"points", lot.left.value},
                         {"earned_at", lot.earned_at.iso()}};
        if (lot.activates_at) one["activates_at"] = lot.activates_at->iso();
        one["expires_at"] =
            end_json(lot.expires_at);
        lots.push_back(std::move(one));
    }
    out["lots"] = std::move(lots);
    return http::json_response(to_text(out));
}

// What keeps the member from the reward now; as far as it is still offered.
json::value missing_now(const rewards::Redemption& redemption,
                        const projects::ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const auto& all = snapshot.get<rewards::Rewards>();
    const rewards::Reward* reward = all.find(redemption.reward);
    const rewards::Assignment* assignment = all.assigned(redemption.program, redemption.reward);
    const auto member = members::find_member(context, "", redemption.card.text());
    if (reward == nullptr || assignment == nullptr || !member) return nullptr;
    std::optional<customers::Customer> holder;
    if (!member->card.customer.is_nil())
        holder = customers::load_customer(context.tx, context.project,
                                          customers::CustomerId(member->card.customer));
    const RewardMember seen(snapshot, holder ? &*holder : nullptr, member->card, context.now,
                            context.actor.channel);
    const rewards::RedemptionFacts facts =
        facts_of(snapshot, member->book, member->card, *reward, assignment,
                 counters::used(context.tx, context.project, reward->id), &seen);
    return rewards::missing_json(rewards::what_is_missing(facts, context.now),
                                 snapshot.get<tiers::Tiers>());
}

// Which lots paid, at which price, and what was left.
void put_payment(json::object& out, const rewards::Redemption& redemption,
                 const projects::ReadContext& context) {
    if (const auto entry = ledger::load_entry(context.tx, context.project, redemption.entry))
        out["balance_after"] = entry->balance.value;
    json::array lots;
    for (const ledger::LotChange& step : redemption.refund_steps)
        lots.push_back(json::object{{"lot", step.lot},
                                    {"points", step.points.value},
                                    {"earned_at", step.earned_at.iso()},
                                    {"expires_at", end_json(step.expires_at)}});
    out["lots"] = std::move(lots);
    const auto& all = context.snapshot->get<rewards::Rewards>();
    json::object price{{"paid", redemption.points.value}};
    if (const rewards::Assignment* assignment = all.find_assignment(redemption.assignment))
        price["assignment"] = assignment->points.value;
    if (const tiers::Tier* tier =
            redemption.tier.is_nil()
                ? nullptr
                : context.snapshot->get<tiers::Tiers>().find(redemption.tier))
        price["tier"] = tier->name;
    out["price"] = std::move(price);
}

Result<http::Response> explain_redemption(const std::string& text,
                                          const projects::ReadContext& context) {
    const auto id = rewards::parse_redemption_id(text);
    const auto redemption =
        id ? rewards::load_redemption(context.tx, context.project, *id) : std::nullopt;
    if (!redemption || redemption->text_id() != text)
        return std::unexpected(not_found("redemption", text));
    json::object out{{"object", "explanation"},
                     {"redemption_id", text},
                     {"member_id", redemption->card.text()},
                     {"reward_id", redemption->reward.text()},
                     {"at", redemption->created_at.iso()},
                     {"points", redemption->points.value}};
    out["decided"] = !redemption->is_failed();
    if (redemption->is_failed()) {
        out["failure_code"] = redemption->failure;
        out["explanation"] = redemption->failure_message;
        out["missing"] = redemption->missing;
    } else {
        put_payment(out, *redemption, context);
    }
    if (redemption->status == rewards::RedemptionStatus::failed)
        out["missing_now"] = missing_now(*redemption, context);
    return http::json_response(to_text(out));
}

Result<http::Response> explain(const http::Request& request, const projects::ReadContext& context) {
    http::QueryReader query(request.query);
    const auto order = query.text("order", 255);
    const auto member = query.text("member", 255);
    const auto redemption = query.text("redemption", 255);
    const auto event = query.text("event", 255);
    const auto transaction = query.text("transaction", 255);
    if (order.has_value() + member.has_value() + redemption.has_value() + event.has_value() +
            transaction.has_value() !=
        1)
        query.wrong("order", "required",
                    "say one of order=…, event=…, member=…, redemption=… and transaction=…");
    if (!query.ok()) return query.refuse();
    if (redemption) return explain_redemption(*redemption, context);
    if (event) return explain_event(*event, context);
    if (transaction) return explain_transaction(*transaction, context);
    return order ? explain_order(*order, context) : explain_member(*member, context);
}

}  // namespace

projects::Routes explain_routes() {
    return {{http::Method::get, "/v1/explain", projects::Permission::read,
             {"Explain",
              "Why an order or event gave the points it gave, rule by rule; what a member's balance "
              "is made of and what the tiers ask for; what paid for a redemption or kept a member "
              "from it; who or what made an entry (points given, ended, moved, a change of tier)",
              "", examples::explanation, {"order", "event", "member", "redemption", "transaction"}},
             explain}};
}

}  // namespace perennial::flows
