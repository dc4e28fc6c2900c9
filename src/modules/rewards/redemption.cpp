#include "modules/rewards/redemption.hpp"

#include <fmt/format.h>

#include "modules/campaigns/document.hpp"
#include "modules/rewards/donations.hpp"

namespace perennial::rewards {
namespace {

using campaigns::array_of;
using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;

void put_id(json::object& out, std::string_view name, const RawId& id) {
    if (!id.is_nil()) out[name] = id.hex();
}

RawId id_of(const json::object& from, std::string_view name) {
    return RawId::from_hex(text_of(from, name)).value_or(RawId{});
}

std::optional<Timestamp> moment_of(const json::object& from, std::string_view name) {
    const auto ms = integer_of(from, name);
    return ms ? std::optional(Timestamp{*ms}) : std::nullopt;
}

void put_text(json::object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) out[name] = text;
}

// [lot, points, earned at, end or null]
json::array steps_json(const std::vector<ledger::LotChange>& steps) {
    json::array out;
    for (const ledger::LotChange& step : steps) {
        CHECK(step.op == ledger::LotChange::Op::put);
        out.push_back(json::array{
            step.lot, step.points.value, step.earned_at.ms,
            step.expires_at ? json::value(step.expires_at->ms) : json::value(nullptr)});
    }
    return out;
}

std::vector<ledger::LotChange> steps_of(const json::array& stored) {
    std::vector<ledger::LotChange> out;
    for (const json::value& value : stored) {
        const json::array& step = value.as_array();
        ledger::LotChange change;
        change.op = ledger::LotChange::Op::put;
        change.lot = step.at(0).to_number<std::uint32_t>();
        change.points = Points(step.at(1).to_number<std::int64_t>());
        change.earned_at = {step.at(2).to_number<std::int64_t>()};
        if (!step.at(3).is_null()) change.expires_at = {step.at(3).to_number<std::int64_t>()};
        out.push_back(change);
    }
    return out;
}

json::object reward_json(const Redemption& r, RedemptionView& view) {
    json::object out = r.shown;
    out["id"] = r.reward.text();
    out["assignment_id"] = r.assignment.text();
    out["loyalty_tier_id"] = r.tier.is_nil() ? json::value(nullptr) : json::value(r.tier.text());
    if (!view.product.empty()) out["product"] = std::move(view.product);
    if (!view.sku.empty()) out["sku"] = std::move(view.sku);
    out["object"] = "reward";
    return out;
}

json::value time_or_null(const std::optional<Timestamp>& at) {
    return at ? json::value(at->iso()) : json::value(nullptr);
}

// Ours: how far a redemption is that somebody has to complete.
json::object fulfilment_json(const Redemption& r) {
    const std::string_view status = r.status == RedemptionStatus::open   ? "PENDING"
                                    : r.status == RedemptionStatus::succeeded ? "COMPLETED"
                                    : r.expired                               ? "EXPIRED"
                                    : r.completed_at                          ? "COMPLETED"
                                                                              : "CANCELED";
    return {{"status", status},
            {"expires_at", time_or_null(r.held_until)},
            {"completed_at", time_or_null(r.completed_at)}};
}

json::object donation_json(const Redemption& r) {
    return {{"recipient", text_of(object_of(r.shown, "donation"), "recipient")},
            {"amount", r.donation.value},
            {"receipt", r.receipt}};
}

std::string_view status_name(RedemptionStatus status) {
    switch (status) {
        case RedemptionStatus::rolled_back: return "ROLLED_BACK";
        case RedemptionStatus::failed:
        case RedemptionStatus::failed_rollback: return "FAILED";
        default: return "SUCCEEDED";
    }
}

constexpr std::string_view rollback_prefix = "rr_";
constexpr std::string_view failed_prefix = "rf_";
constexpr std::string_view failed_rollback_prefix = "rrf_";

void replace_all(std::string& text, std::string_view what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
}

json::value metadata_or_null(const json::object& metadata) {
    return metadata.empty() ? json::value(nullptr) : json::value(metadata);
}

}  // namespace

std::string Redemption::text_id() const {
    switch (status) {
        case RedemptionStatus::rollback: return std::string(rollback_prefix) + id.hex();
        case RedemptionStatus::failed: return std::string(failed_prefix) + id.hex();
        case RedemptionStatus::failed_rollback:
            return std::string(failed_rollback_prefix) + id.hex();
        default: return id.text();
    }
}

std::optional<RedemptionId> parse_redemption_id(std::string_view text) {
    for (const std::string_view prefix : {rollback_prefix, failed_prefix, failed_rollback_prefix})
        if (text.starts_with(prefix)) {
            if (const auto raw = RawId::from_hex(text.substr(prefix.size())))
                return RedemptionId(*raw);
            return std::nullopt;
        }
    return RedemptionId::parse(text);
}

RedemptionId failure_id(const Redemption& failed, Place place) {
    const std::int64_t minute = failed.created_at.ms - failed.created_at.ms % minute_ms;
    const std::string what = fmt::format(
        "{} {} {} {} {} {} {}", failed.project, failed.card.hex(), failed.reward.hex(),
        failed.other.hex(), failed.failure, failed.failure_message, minute);
    return RedemptionId(RawId::make(minute, place, stable_hash(what)));
}

std::string receipt_text(const json::object& donation, Money amount, Points points,
                         const std::string& currency, Date date, const RedemptionId& id) {
    std::string text(text_of(donation, "receipt"));
    if (text.empty())
        text = "Receipt {id}: on {date} you gave {amount} to {recipient}, with {points} points.";
    // The recipient last: its name may hold braces.
    replace_all(text, "{id}", id.text());
    replace_all(text, "{date}", date.iso());
    replace_all(text, "{amount}",
                fmt::format("{}.{:02} {}", amount.value / minor_units, amount.value % minor_units,
                            currency));
    replace_all(text, "{points}", std::to_string(points.value));
    replace_all(text, "{recipient}", std::string(text_of(donation, "recipient")));
    return text;
}

json::array missing_json(const std::vector<Missing>& all, const tiers::Tiers& tiers) {
    json::array out;
    for (const Missing& missing : all) {
        json::object one{{"key", missing_key(missing.what)}, {"message", missing.message}};
        if (missing.what == Missing::What::points) one["points"] = missing.amount;
        if (missing.what == Missing::What::order_amount) one["amount"] = missing.amount;
        if (missing.at) one["date"] = missing.at->iso();
        if (!missing.tiers.empty()) {
            json::array of;
            for (const ledger::TierId& id : missing.tiers) {
                const tiers::Tier* tier = tiers.find(id);
                of.push_back(json::object{
                    {"id", id.text()},
                    {"name", tier ? json::value(tier->name) : json::value(nullptr)}});
            }
            one["tiers"] = std::move(of);
        }
        out.push_back(std::move(one));
    }
    return out;
}

std::string body_text(const Redemption& r) {
    json::object out;
    put_id(out, "entry", r.entry);
    put_id(out, "other", r.other);
    put_id(out, "assignment", r.assignment);
    put_id(out, "tier", r.tier);
    put_id(out, "order", r.order);
    if (!r.discount.is_zero()) out["discount"] = r.discount.value;
    if (!r.refund_steps.empty()) out["steps"] = steps_json(r.refund_steps);
    if (!r.donation.is_zero()) out["donation"] = r.donation.value;
    put_text(out, "receipt", r.receipt);
    put_id(out, "given_card", r.given_card);
    if (r.given_lot != 0) out["given_lot"] = r.given_lot;
    if (!r.given.is_zero()) out["given"] = r.given.value;
    if (r.held_until) out["held_until"] = r.held_until->ms;
    if (r.completed_at) out["completed_at"] = r.completed_at->ms;
    if (r.expired) out["expired"] = true;
    put_text(out, "failure_message", r.failure_message);
    if (!r.missing.empty()) out["missing"] = r.missing;
    out["reward"] = r.shown;
    if (!r.metadata.empty()) out["metadata"] = r.metadata;
    put_text(out, "reason", r.reason);
    put_text(out, "app", r.app_id);
    put_text(out, "channel", r.channel);
    return to_text(out);
}

void read_body_text(std::string_view text, Redemption& r) {
    const json::value parsed = json::parse(text);
    const json::object& body = parsed.as_object();
    r.entry = ledger::EntryId(id_of(body, "entry"));
    r.other = RedemptionId(id_of(body, "other"));
    r.assignment = AssignmentId(id_of(body, "assignment"));
    r.tier = ledger::TierId(id_of(body, "tier"));
    r.order = id_of(body, "order");
    r.discount = Money(integer_of(body, "discount", 0));
    r.refund_steps = steps_of(array_of(body, "steps"));
    r.donation = Money(integer_of(body, "donation", 0));
    r.receipt = text_of(body, "receipt");
    r.given_card = ledger::CardId(id_of(body, "given_card"));
    r.given_lot = static_cast<std::uint32_t>(integer_of(body, "given_lot", 0));
    r.given = Points(integer_of(body, "given", 0));
    r.held_until = moment_of(body, "held_until");
    r.completed_at = moment_of(body, "completed_at");
    r.expired = campaigns::boolean_of(body, "expired", false);
    r.failure_message = text_of(body, "failure_message");
    r.missing = array_of(body, "missing");
    r.shown = object_of(body, "reward");
    r.metadata = object_of(body, "metadata");
    r.reason = text_of(body, "reason");
    r.app_id = text_of(body, "app");
    r.channel = text_of(body, "channel");
}

json::object to_json(const Redemption& r, RedemptionView view) {
    const std::int64_t sign = r.is_rollback() ? -1 : 1;
    json::object out{{"id", r.text_id()},
                     {"object", r.is_rollback() ? "redemption_rollback" : "redemption"},
                     {"date", r.created_at.iso()},
                     {"customer_id", r.customer.is_nil() ? json::value(nullptr)
                                                         : json::value("cust_" + r.customer.hex())},
                     {"tracking_id", nullptr},
                     {"metadata", metadata_or_null(r.metadata)},
                     {"amount", sign * r.points.value}};
    if (r.is_rollback()) {
        out["redemption"] = r.other.text();
        out["reason"] = r.reason.empty() ? json::value(nullptr) : json::value(r.reason);
    }
    out["result"] = r.is_failed() ? "FAILURE" : "SUCCESS";
    out["status"] = status_name(r.status);
    if (r.is_failed()) {
        out["failure_code"] = r.failure;
        out["failure_message"] = r.failure_message;
        out["missing"] = r.missing;
    }
    if (r.status == RedemptionStatus::rolled_back) {
        json::object rollback{{"id", std::string(rollback_prefix) + r.other.hex()},
                              {"date", r.rolled_back_at.value_or(r.created_at).iso()}};
        out["related_redemptions"] =
            json::object{{"rollbacks", json::array{std::move(rollback)}}};
    }
    if (r.held_until && !r.is_rollback()) out["fulfilment"] = fulfilment_json(r);
    if (!r.donation.is_zero()) out["donation"] = donation_json(r);
    out["order"] = view.order ? json::value(*std::move(view.order)) : json::value(nullptr);
    out["channel"] = {{"channel_id", r.app_id.empty() ? r.channel : r.app_id},
                      {"channel_type", r.channel == "AUTO_REDEEM" ? "AUTO_REDEEM" : "API"}};
    if (!view.customer.empty()) out["customer"] = std::move(view.customer);
    out["related_object_type"] = "voucher";
    out["related_object_id"] = r.card.text();
    if (!view.voucher.empty()) out["voucher"] = std::move(view.voucher);
    out["reward"] = reward_json(r, view);
    out["loyalty_card"] = json::object{{"points", sign * r.points.value}};
    return out;
}

}  // namespace perennial::rewards
