#include "app/flows/explain_events.hpp"

#include <fmt/format.h>

#include "app/flows/entry_finder.hpp"
#include "app/flows/explain_rules.hpp"
#include "app/flows/give_points.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/events/store.hpp"
#include "modules/members/queries.hpp"
#include "modules/tiers/codec.hpp"

namespace perennial::flows {
namespace {

using campaigns::integer_of;
using campaigns::text_of;
using ledger::EntryKind;
using projects::ReadContext;

/// The surroundings of a decision; `date` outlives the facts.
earning::ContextFacts surroundings_of(Timestamp at, const TimeZone& zone, std::string_view channel,
                                      std::string& date) {
    const Date day = zone.local_date(at);
    date = day.iso();
    return {at, zone.local_hour(at), day.weekday(), date, channel};
}

bool no_item(const earning::Applicable&, const earning::ItemFacts&) { return false; }

std::vector<RuleLook> look_again(const projects::Snapshot& snapshot, const events::Event& event,
                                 const campaigns::Program& program, const json::object& facts) {
    const events::Decision& decision = *event.decision;
    const auto& all = snapshot.get<earning::Rules>();
    std::vector<RuleLook> out;
    const auto rules = all.on_event.find({program.id, event.name});
    if (rules == all.on_event.end()) return out;
    earning::CustomerFacts customer;
    const std::string customer_id = event.customer.text();
    customer.id = customer_id;
    const tiers::Tier* tier = read_stored(facts, snapshot.get<tiers::Tiers>(), customer);
    earning::EventFacts what;
    what.name = event.name;
    what.metadata = event.metadata;
    std::string date;
    const auto around = surroundings_of(decision.at, snapshot.zone(), decision.channel, date);
    for (const earning::Rule* rule : rules->second) {
        RuleLook& look = out.emplace_back();
        look.rule = rule;
        look.tier = tier;
        look.outcome = earning::evaluate(*rule, {&customer, nullptr, &what, &around},
                                         terms_of(program, all, tier), no_item, decision.at,
                                         &look.condition, &look.formula);
    }
    return out;
}

// The rule of joining, of a profile, of a day of the year or of a change of tier, as it was.
json::value rule_of_entry(const ledger::Entry& entry, const ledger::Card& card,
                          const json::object& detail, const ReadContext& context) {
    const auto id = earning::RuleId::parse(text_of(detail, "rule"));
    const auto version = integer_of(detail, "v", 0);
    if (!id || version == 0) return nullptr;
    const auto snapshot = context.cache.load_at(context.tx, context.project, version);
    const earning::Rule* rule =
        snapshot == nullptr ? nullptr : snapshot->get<earning::Rules>().find(*id);
    if (rule == nullptr) return nullptr;
    RuleLook look;
    look.rule = rule;
    earning::CustomerFacts customer;
    const std::string customer_id = customers::CustomerId(card.customer).text();
    customer.id = customer_id;
    if (const json::value* facts = detail.if_contains("facts"); facts && facts->is_object())
        look.tier = read_stored(facts->get_object(), snapshot->get<tiers::Tiers>(), customer);
    const bool of_a_day = text_of(detail, "by") == "due";
    const std::string_view source = text_of(detail, "source");
    std::string date;
    const auto around =
        surroundings_of(entry.effective_at, snapshot->zone(),
                        of_a_day ? "SYSTEM" : source.empty() ? "API" : source, date);
    // Only days of the year are multiplied by the tier; promotions are for orders and events.
    if (!of_a_day) look.tier = nullptr;
    look.outcome = earning::evaluate(*rule, {&customer, nullptr, nullptr, &around},
                                     {look.tier, {}, false}, no_item, entry.effective_at,
                                     &look.condition, &look.formula);
    const Points credited = entry.points + entry.pending;
    const bool matches = look.outcome.points == credited;
    json::object out = look_json(look);
    out["credited"] = credited.value;
    out["matches"] = matches;
    return out;
}

// Why this tier: what counted when it was decided, what the tier asks for, and the next one.
json::value tier_of_entry(const ledger::Entry& entry, const json::object& detail,
                          const ledger::ProgramId& program_id, const ReadContext& context) {
    if (entry.kind != EntryKind::tier_change) return nullptr;
    const auto version = integer_of(detail, "v", 0);
    const auto then = version == 0
                          ? nullptr
                          : context.cache.load_at(context.tx, context.project, version);
    const projects::Snapshot& snapshot = then == nullptr ? *context.snapshot : *then;
    const auto& tiers = snapshot.get<tiers::Tiers>();
    const tiers::Tier* to = entry.tier.is_nil() ? nullptr : tiers.find(entry.tier);
    json::object out = tiers::link_json(to);
    if (to == nullptr && !entry.tier.is_nil()) out["id"] = entry.tier.text();
    for (const std::string_view name : {"move", "notice", "until", "at", "by_hand", "retier"})
        if (const json::value* value = detail.if_contains(json::string_view(name)))
            out[json::string_view(name)] = *value;
    const json::value* counted = detail.if_contains("counted");
    const campaigns::Program* program = snapshot.get<campaigns::Programs>().find(program_id);
    if (counted == nullptr || !counted->is_object() || program == nullptr) return out;
    const tiers::Standing standing = members::counted_from(counted->get_object());
    out["counted"] = *counted;
    if (to != nullptr) out["needs"] = tiers::needs_json(tiers::needs_of(*to, *program, standing));
    if (const tiers::Tier* next = tiers.above(*program, to)) {
        json::object ahead = tiers::link_json(next);
        ahead["needs"] = tiers::needs_json(tiers::needs_of(*next, *program, standing));
        out["next"] = std::move(ahead);
    }
    return out;
}

// What left, by the entry that had brought it.
json::array lots_of_entry(const ledger::Entry& entry, const ledger::Card& card,
                          const ReadContext& context) {
    json::array out;
    std::size_t unknown = 0;
    for (const ledger::LotChange& step : entry.lots) {
        if (step.op != ledger::LotChange::Op::take && step.op != ledger::LotChange::Op::put)
            continue;
        const std::int64_t sign = step.op == ledger::LotChange::Op::take ? -1 : 1;
        out.push_back(json::object{{"lot", step.lot}, {"points", sign * step.points.value}});
        ++unknown;
    }
    if (unknown == 0) return out;
    ledger::walk_entries(context.tx, card, entry.previous, [&](const ledger::Entry& older) {
        for (const ledger::LotChange& step : older.lots) {
            if (step.op != ledger::LotChange::Op::open) continue;
            for (json::value& one : out) {
                json::object& lot = one.get_object();
                if (lot["lot"].to_number<std::uint32_t>() != step.lot || lot.contains("earned_at"))
                    continue;
                lot["earned_at"] = step.earned_at.iso();
                lot["expires_at"] =
                    step.expires_at && step.expires_at != ledger::never_ends
                        ? json::value(step.expires_at->iso())
                        : json::value(nullptr);
                lot["transaction_id"] = older.id.text();
                --unknown;
            }
        }
        return unknown > 0;
    });
    return out;
}

// Where the decision behind the entry is explained.
std::string decision_of(std::string_view by, const ledger::Entry& entry) {
    const auto at = [&](std::string_view word, const std::string& id) {
        return fmt::format("/v1/explain?{}={}", word, id);
    };
    if (by == "order") return at("order", orders::OrderId(entry.cause).text());
    if (by == "event") return at("event", events::EventId(entry.cause).text());
    if (by == "redemption" || by == "rollback") return at("redemption", "r_" + entry.cause.hex());
    return {};
}

// Who or what made it.
json::object cause_of(const ledger::Entry& entry, const json::object& detail, EntryFinder& finder) {
    json::object out{{"by", json::string_view(text_of(detail, "by"))}};
    for (const std::string_view name :
         {"key", "source", "reason", "source_id", "event", "redemption", "reward", "reward_name", "card",
          "entry", "limit", "expired", "shortfall"})
        if (const json::value* value = detail.if_contains(json::string_view(name)))
            out[json::string_view(name)] = *value;
    const members::Related related = finder.related(entry);
    if (related.order)
        out["order"] = json::object{{"id", related.order->id}, {"source_id", related.order->name}};
    return out;
}

}  // namespace

Result<http::Response> explain_event(const std::string& text, const ReadContext& context) {
    const auto id = events::EventId::parse(text);
    const auto event =
        id ? events::load_event(context.tx, context.project, *id) : std::nullopt;
    if (!event) return campaigns::refuse_unknown("event", text);
    json::object out{{"object", "explanation"},
                     {"event_id", event->id.text()},
                     {"event", event->name},
                     {"customer_id", event->customer.text()},
                     {"created_at", event->created_at.iso()},
                     {"decided", event->decision.has_value()}};
    if (!event->decision) {
        out["explanation"] =
            "No rule for this event was in a program that ran and of which the customer was a member.";
        return http::json_response(to_text(out));
    }
    const events::Decision& decision = *event->decision;
    out["decided_at"] = decision.at.iso();
    out["definitions_version"] = decision.definitions;
    out["engine_version"] = decision.engine;
    out["facts"] = decision.facts;
    std::int64_t credited = 0;
    for (const events::Award& award : decision.awards) credited += award.points.value;
    out["points"] = credited;
    const auto snapshot = context.cache.load_at(context.tx, context.project, decision.definitions);
    json::array programs;
    for (const campaigns::Program& program : snapshot->get<campaigns::Programs>().all) {
        const json::value* facts = decision.facts.if_contains(program.id.text());
        if (facts == nullptr || !facts->is_object()) continue;
        json::array rules;
        for (RuleLook& look : look_again(*snapshot, *event, program, facts->get_object()))
            rules.push_back(rule_json(std::move(look), decision, program.id));
        programs.push_back(json::object{{"id", program.id.text()},
                                        {"name", program.name},
                                        {"earning_rules", std::move(rules)}});
    }
    out["programs"] = std::move(programs);
    return http::json_response(to_text(out));
}

Result<http::Response> explain_transaction(const std::string& text, const ReadContext& context) {
    const auto id = ledger::EntryId::parse(text);
    const auto entry = id ? ledger::load_entry(context.tx, context.project, *id) : std::nullopt;
    if (!entry) return campaigns::refuse_unknown("transaction", text);
    const auto card = ledger::load_card(context.tx, context.project, entry->card);
    CHECK(card.has_value());
    const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
    const json::object detail = members::detail_of(*entry);
    const std::string_view by = text_of(detail, "by");
    EntryFinder finder(context);
    const members::Statement line =
        members::make_statement({*entry}, {}, std::nullopt, entry->effective_at, finder.names(),
                                {entry->balance - entry->points, Points(), {}});
    json::object out{{"object", "explanation"},
                     {"transaction_id", entry->id.text()},
                     {"member_id", card->id.text()},
                     {"code", card->code},
                     {"program", book.program.name},
                     {"at", entry->effective_at.iso()},
                     {"recorded_at", entry->recorded_at.iso()},
                     {"points", entry->points.value},
                     {"pending", entry->pending.value},
                     {"balance_after", entry->balance.value}};
    if (!line.lines.empty()) {
        out["type"] = line.lines.front().type;
        out["explanation"] = line.lines.front().reason;
    }
    out["cause"] = cause_of(*entry, detail, finder);
    const std::string decision = decision_of(by, *entry);
    if (!decision.empty()) out["decision"] = decision;
    else if (json::value rule = rule_of_entry(*entry, *card, detail, context); !rule.is_null())
        out["earning_rule"] = std::move(rule);
    if (json::value tier = tier_of_entry(*entry, detail, card->program, context); !tier.is_null())
        out["tier"] = std::move(tier);
    if (json::array lots = lots_of_entry(*entry, *card, context); !lots.empty())
        out["lots"] = std::move(lots);
    return http::json_response(to_text(out));
}

}  // namespace perennial::flows
