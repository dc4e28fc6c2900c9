#include "modules/rewards/redemption.hpp"

#include "modules/campaigns/document.hpp"

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

json::value metadata_or_null(const json::object& metadata) {
    return metadata.empty() ? json::value(nullptr) : json::value(metadata);
}

}  // namespace

std::string Redemption::text_id() const {
    return is_rollback() ? std::string(rollback_prefix) + id.hex() : id.text();
}

std::optional<RedemptionId> parse_redemption_id(std::string_view text) {
    if (text.starts_with(rollback_prefix)) {
        if (const auto raw = RawId::from_hex(text.substr(rollback_prefix.size())))
            return RedemptionId(*raw);
        return std::nullopt;
    }
    return RedemptionId::parse(text);
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
    out["result"] = "SUCCESS";
    out["status"] = r.status == RedemptionStatus::rolled_back ? "ROLLED_BACK" : "SUCCEEDED";
    if (r.status == RedemptionStatus::rolled_back) {
        json::object rollback{{"id", std::string(rollback_prefix) + r.other.hex()},
                              {"date", r.rolled_back_at.value_or(r.created_at).iso()}};
        out["related_redemptions"] =
            json::object{{"rollbacks", json::array{std::move(rollback)}}};
    }
    out["order"] = view.order ? json::value(*std::move(view.order)) : json::value(nullptr);
    out["channel"] = {{"channel_id", r.app_id.empty() ? r.channel : r.app_id},
                      {"channel_type", "API"}};
    if (!view.customer.empty()) out["customer"] = std::move(view.customer);
    out["related_object_type"] = "voucher";
    out["related_object_id"] = r.card.text();
    if (!view.voucher.empty()) out["voucher"] = std::move(view.voucher);
    out["reward"] = reward_json(r, view);
    out["loyalty_card"] = json::object{{"points", sign * r.points.value}};
    return out;
}

}  // namespace perennial::rewards
