#include "modules/members/codec.hpp"

#include <fmt/format.h>

#include <charconv>

#include "modules/campaigns/document.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/members/queries.hpp"

namespace perennial::members {
namespace {

using campaigns::text_of;

constexpr std::string_view bucket_prefix = "lopb_";
constexpr std::string_view pending_prefix = "lopp_";

std::string lot_id(std::string_view prefix, const ledger::CardId& card, std::uint32_t lot) {
    return fmt::format("{}{}{:08x}", prefix, card.hex(), lot);
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value(nullptr);
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object empty_list() {
    return {{"object", "list"}, {"total", 0}, {"data_ref", "data"}, {"data", json::array()}};
}

// What never ends has no date.
std::optional<Timestamp> shown_end(const ledger::Card& card, const ledger::Lot& lot) {
    const auto end = card.end_of(lot);
    return end == ledger::never_ends ? std::nullopt : end;
}

json::object points_json(const ledger::Card& card, const TimeZone& zone) {
    json::object out{{"points", card.credited.value}, {"balance", card.balance.value}};
    std::optional<Timestamp> next;
    for (const ledger::Lot& lot : card.lots)
        if (const auto end = shown_end(card, lot); !lot.pending() && end && (!next || *end < *next))
            next = end;
    if (next) {
        Points ending;
        for (const ledger::Lot& lot : card.lots)
            if (!lot.pending() && shown_end(card, lot) == next) ending += lot.left;
        out["next_expiration_date"] = last_day(*next, zone);
        out["next_expiration_points"] = ending.value;
    }
    out["pending_points"] = card.pending.value;
    out["expired_points"] = card.expired.value;
    out["subtracted_points"] = card.subtracted.value;
    return out;
}

json::object link(const std::optional<Related::Thing>& thing, std::string_view name) {
    return {{"id", thing->id}, {name, thing->name}};
}

// By hand; all else follows from rules.
bool is_manual(ledger::EntryKind kind) {
    switch (kind) {
        case ledger::EntryKind::addition:
        case ledger::EntryKind::removal:
        case ledger::EntryKind::transfer_in:
        case ledger::EntryKind::transfer_out: return true;
        default: return false;
    }
}

void put_related(json::object& details, const Related& related) {
    if (related.order) details["order"] = link(related.order, "source_id");
    if (related.earning_rule)
        details["earning_rule"] = {
            {"id", related.earning_rule->id},
            {"source", json::object{{"banner", related.earning_rule->name}}}};
    if (related.event) {
        details["event"] = link(related.event, "type");
        details["custom_event"] = link(related.event, "type");
    }
    if (related.tier) details["loyalty_tier"] = link(related.tier, "name");
    if (related.reward) details["reward"] = link(related.reward, "name");
}

}  // namespace

std::string bucket_id(const ledger::CardId& card, std::uint32_t lot) {
    return lot_id(bucket_prefix, card, lot);
}

std::string pending_id(const ledger::CardId& card, std::uint32_t lot) {
    return lot_id(pending_prefix, card, lot);
}

std::optional<std::uint32_t> lot_of_pending(std::string_view id, const ledger::CardId& card) {
    const std::string start = std::string(pending_prefix) + card.hex();
    if (id.size() != start.size() + 8 || !id.starts_with(start)) return std::nullopt;
    std::uint32_t lot = 0;
    const char* const end = id.data() + id.size();
    const auto [stop, code] = std::from_chars(end - 8, end, lot, 16);
    if (code != std::errc() || stop != end) return std::nullopt;
    return lot;
}

std::optional<ledger::CardId> card_of_pending(std::string_view id) {
    if (id.size() != pending_prefix.size() + 40 || !id.starts_with(pending_prefix))
        return std::nullopt;
    const auto raw = RawId::from_hex(id.substr(pending_prefix.size(), 32));
    if (!raw || !lot_of_pending(id, ledger::CardId(*raw))) return std::nullopt;
    return ledger::CardId(*raw);
}

std::string last_day(Timestamp expires_at, const TimeZone& zone) {
    return zone.local_date(expires_at + -1).iso();
}

namespace {

// Points with what they are worth and how they are called.
json::object loyalty_card_json(const ledger::Card& card, const Rulebook& book) {
    json::object out = points_json(card, book.zone);
    if (const auto value = campaigns::value_of(book.program, card.balance))
        out["balance_value"] = value->value;
    if (!book.program.currency_names.empty()) {
        json::object texts;
        for (const auto& [language, forms] : book.program.currency_names)
            texts[language] = campaigns::points_text(book.program, language, card.balance);
        out["balance_texts"] = std::move(texts);
    }
    return out;
}

}  // namespace

json::object card_json(const ledger::Card& card, const Rulebook& book, std::int64_t redemptions) {
    json::object out = embedded_json(card, book.program.name);
    out.erase("object");
    for (const std::string_view name : {"category", "category_id"}) out[name] = nullptr;
    out["categories"] = json::array();
    for (const std::string_view name : {"discount", "gift"}) out[name] = nullptr;
    out["loyalty_card"] = loyalty_card_json(card, book);
    for (const std::string_view name : {"start_date", "expiration_date", "validity_timeframe",
                                        "validity_day_of_week", "validity_hours"})
        out[name] = nullptr;
    out["active"] = card.active;
    out["additional_info"] = nullptr;
    out["metadata"] = card.metadata.empty() ? json::value(json::object())
                                            : json::parse(card.metadata);
    out["is_referral_code"] = false;
    const bool held = !card.customer.is_nil();
    out["holder_id"] = held ? json::value("cust_" + card.customer.hex()) : json::value(nullptr);
    out["referrer_id"] = nullptr;
    out["created_at"] = card.created_at.iso();
    out["updated_at"] = time_or_null(card.updated_at);
    out["publish"] = {{"object", "list"},
                      {"count", held ? 1 : 0},
                      {"url", fmt::format("/v1/vouchers/{}/publications?page=1&limit=10",
                                          card.code)}};
    out["redemption"] = {{"object", "list"},
                         {"quantity", nullptr},
                         {"redeemed_quantity", redemptions},
                         {"redeemed_points", card.redeemed.value},
                         {"url", fmt::format("/v1/vouchers/{}/redemptions?page=1&limit=10",
                                             card.code)}};
    out["validation_rules_assignments"] = empty_list();
    out["object"] = "voucher";
    return out;
}

json::object embedded_json(const ledger::Card& card, std::string_view campaign) {
    return {{"id", card.id.text()},
            {"code", card.code},
            {"campaign", campaign},
            {"campaign_id", card.program.text()},
            {"type", "LOYALTY_CARD"},
            {"object", "voucher"}};
}

json::object simple_json(const ledger::Card& card, const Rulebook& book) {
    json::object out = embedded_json(card, book.program.name);
    out["loyalty_card"] = loyalty_card_json(card, book);
    out["is_referral_code"] = false;
    if (!card.customer.is_nil()) out["holder_id"] = "cust_" + card.customer.hex();
    out["created_at"] = card.created_at.iso();
    return out;
}

json::object balance_json(const ledger::Card& card, std::string_view name, Points points,
                          Points total, Points balance) {
    return {{name, points.value},
            {"total", total.value},
            {"balance", balance.value},
            {"type", "loyalty_card"},
            {"object", "balance"},
            {"operation_type", "MANUAL"},
            {"related_object", {{"type", "voucher"}, {"id", card.id.text()}}}};
}

json::object bucket_json(const ledger::Card& card, const ledger::Lot& lot, const TimeZone& zone) {
    json::object out{{"id", bucket_id(card.id, lot.number)},
                     {"voucher_id", card.id.text()},
                     {"campaign_id", card.program.text()},
                     {"bucket", json::object{{"total_points", lot.left.value}}},
                     {"status", "ACTIVE"}};
    if (const auto end = shown_end(card, lot)) out["expires_at"] = last_day(*end, zone);
    out["created_at"] = lot.earned_at.iso();
    out["updated_at"] = nullptr;
    out["object"] = "loyalty_points_bucket";
    return out;
}

json::object bucket_json(const ledger::Card& card, const ExpiredLot& lot, const TimeZone& zone) {
    return {{"id", bucket_id(card.id, lot.lot)},
            {"voucher_id", card.id.text()},
            {"campaign_id", card.program.text()},
            {"bucket", {{"total_points", lot.points.value}}},
            {"status", "EXPIRED"},
            {"expires_at", last_day(lot.expired_at, zone)},
            {"created_at", lot.earned_at.iso()},
            {"updated_at", lot.expired_at.iso()},
            {"object", "loyalty_points_bucket"}};
}

json::object detail_of(const ledger::Entry& entry) {
    if (entry.detail.empty()) return {};
    return json::parse(entry.detail).as_object();
}

bool is_transaction(const ledger::Entry& entry) {
    return !ledger::transaction_type(entry.kind).empty() &&
           text_of(detail_of(entry), "by") != "enrolment";
}

json::object transaction_json(const ledger::Entry& entry, const Related& related) {
    const json::object detail = detail_of(entry);
    const std::string_view by = text_of(detail, "by");
    const std::string_view source = text_of(detail, "source");
    json::object details;
    details["balance"] = {
        {"type", "loyalty_card"},
        {"total", entry.credited.value},
        {"object", "balance"},
        {"points", entry.points.value},
        {"balance", entry.balance.value},
        {"operation_type", is_manual(entry.kind) ? "MANUAL" : "AUTOMATIC"},
        {"related_object", {{"id", entry.card.text()}, {"type", "voucher"}}}};
    put_related(details, related);
    if (related.other_card)
        details[entry.kind == ledger::EntryKind::transfer_in ? "source_voucher"
                                                             : "destination_voucher"] =
            *related.other_card;
    if (by == "redemption" || by == "rollback")
        details["redemption"] = json::object{{"id", text_of(detail, "redemption")}};
    if (by == "rollback") details["rollback"] = json::object{{"id", text_of(detail, "rollback")}};
    return {{"id", entry.id.text()},
            {"source_id", text_or_null(text_of(detail, "source_id"))},
            {"voucher_id", entry.card.text()},
            {"campaign_id", entry.program.text()},
            {"source", by == "due" ? json::value(nullptr)
                                   : json::value(source.empty() ? "API" : source)},
            {"reason", text_or_null(text_of(detail, "reason"))},
            {"type", ledger::transaction_type(entry.kind)},
            {"details", std::move(details)},
            {"related_transaction_id", text_or_null(text_of(detail, "entry"))},
            {"created_at", entry.effective_at.iso()}};
}

json::object pending_json(const ledger::Card& card, const ledger::Lot& lot,
                          const ledger::Entry& made, const Related& related,
                          const TimeZone& zone) {
    CHECK(lot.pending());
    json::object details;
    put_related(details, related);
    return {{"id", pending_id(card.id, lot.number)},
            {"voucher_id", card.id.text()},
            {"campaign_id", card.program.text()},
            {"customer_id", card.customer.is_nil() ? json::value(nullptr)
                                                   : json::value("cust_" + card.customer.hex())},
            {"order_id", related.order ? json::value(related.order->id) : json::value(nullptr)},
            {"points", lot.left.value},
            {"activates_at", zone.local_date(*lot.activates_at).iso()},
            {"details", std::move(details)},
            {"created_at", made.effective_at.iso()},
            {"object", "pending_points"}};
}

}  // namespace perennial::members
