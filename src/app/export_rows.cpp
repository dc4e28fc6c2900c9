#include "app/export_rows.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/flows/entry_finder.hpp"
#include "modules/customers/codec.hpp"
#include "modules/members/queries.hpp"
#include "modules/rewards/redemption_store.hpp"

namespace perennial::app {
namespace {

using projects::ReadContext;

constexpr std::int64_t slice_rows = 500;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}
json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value(nullptr);
}

std::string_view table_of(const exports::Object& object) {
    if (object.name == "customer") return "customers";
    if (object.name == "order") return "orders";
    if (object.name == "redemption") return "redemptions";
    if (object.name == "voucher_transactions") return "entries";
    return "cards";
}

// Makes the rows of one id. Each kind of object has its own function below.
struct Maker {
    const ReadContext& context;
    flows::EntryFinder finder{context};
    std::vector<json::object> rows;

    std::string campaign(const ledger::ProgramId& program) const {
        const auto* found =
            context.snapshot->find(projects::definition_kind::campaign, program);
        return found == nullptr ? std::string() : found->name;
    }
    ledger::Card as_of_now(const ledger::Card& card) const {
        return members::rolled(card, members::rulebook(*context.snapshot, card.program),
                               context.now);
    }
    std::optional<customers::Customer> holder(const RawId& id) const {
        if (id.is_nil()) return std::nullopt;
        return customers::load_customer(context.tx, context.project, customers::CustomerId(id));
    }

    void customer(const RawId& id) {
        const auto found = holder(id);
        // The row of somebody who was merged leads to another, who has a row of their own.
        if (!found || found->erased || RawId(found->id) != id) return;
        const json::object loyalty =
            members::loyalty_of(context.tx, *context.snapshot, *found, context.now);
        const std::int64_t points = loyalty.at("points").as_int64();
        const json::object shown = customers::to_json(*found, loyalty);
        json::object row;
        for (const char* name : {"name", "id", "description", "email", "source_id", "phone",
                                 "birthday", "birthdate", "created_at", "updated_at", "metadata"})
            row[name] = shown.at(name);
        for (const char* name : {"city", "state", "line_1", "line_2", "country", "postal_code"})
            row[fmt::format("address_{}", name)] =
                shown.at("address").is_object() ? shown.at("address").at(name) : json::value();
        const json::object& summary = shown.at("summary").as_object();
        for (const auto& [name, value] : summary.at("redemptions").as_object())
            if (value.is_int64()) row["redemptions_" + std::string(name)] = value;
        for (const auto& [name, value] : summary.at("orders").as_object())
            row["orders_" + std::string(name)] = value;
        row["loyalty_points"] = points;
        row["loyalty_referred_customers"] = 0;
        rows.push_back(std::move(row));
    }

    void order(const RawId& id) {
        const auto found =
            orders::load_order(context.tx, context.project, orders::OrderId(id));
        if (!found) return;
        Money of_items;
        for (const orders::Item& item : found->items) of_items += item.discount_amount;
        rows.push_back({{"id", found->id.text()},
                        {"source_id", text_or_null(found->source_id)},
                        {"created_at", found->created_at.iso()},
                        {"updated_at", time_or_null(found->updated_at)},
                        {"status", orders::status_name(found->status)},
                        {"amount", found->amount.value},
                        {"discount_amount", (found->discount_amount - of_items).value},
                        {"items_discount_amount", of_items.value},
                        {"total_discount_amount", found->discount_amount.value},
                        {"total_amount", found->total_amount().value},
                        {"customer_id", found->customer.is_nil()
                                            ? json::value()
                                            : json::value(found->customer.text())},
                        {"referrer_id", nullptr},
                        {"metadata", found->metadata}});
    }

    void redemption(const RawId& id) {
        const auto found =
            rewards::load_redemption(context.tx, context.project, rewards::RedemptionId(id));
        if (!found) return;
        const auto card = ledger::load_card(context.tx, context.project, found->card);
        const auto who = holder(found->customer);
        const std::int64_t sign = found->is_rollback() ? -1 : 1;
        json::object row{{"id", found->text_id()},
                         {"object", found->is_rollback() ? "redemption_rollback" : "redemption"},
                         {"date", found->created_at.iso()},
                         {"created_at", found->created_at.iso()},
                         {"voucher_code", card ? json::value(card->code) : json::value()},
                         {"campaign", campaign(found->program)},
                         {"loyalty_points", sign * found->points.value},
                         {"result", "SUCCESS"},
                         {"metadata", found->metadata}};
        if (!found->customer.is_nil()) row["customer_id"] = "cust_" + found->customer.hex();
        if (who) {
            row["customer_source_id"] = text_or_null(who->source_id);
            row["customer_name"] = text_or_null(who->name);
        }
        if (!found->order.is_nil()) row["order_id"] = orders::OrderId(found->order).text();
        rows.push_back(std::move(row));
    }

    void voucher(const RawId& id) {
        const auto stored =
            ledger::load_card(context.tx, context.project, ledger::CardId(id));
        if (!stored) return;
        const ledger::Card card = as_of_now(*stored);
        const auto who = holder(card.customer);
        json::object row{{"code", card.code},
                         {"voucher_type", "LOYALTY_CARD"},
                         {"value", card.credited.value},
                         {"campaign", campaign(card.program)},
                         {"campaign_id", card.program.text()},
                         {"loyalty_balance", card.balance.value},
                         {"active", card.active},
                         {"id", card.id.text()},
                         {"is_referral_code", false},
                         {"created_at", card.created_at.iso()},
                         {"updated_at", time_or_null(card.updated_at)}};
        row["metadata"] = card.metadata.empty() ? json::value(json::object())
                                                : json::parse(card.metadata);
        if (!card.customer.is_nil()) row["customer_id"] = "cust_" + card.customer.hex();
        if (who) row["customer_source_id"] = text_or_null(who->source_id);
        rows.push_back(std::move(row));
    }

    void points_expiration(const RawId& id) {
        const auto stored =
            ledger::load_card(context.tx, context.project, ledger::CardId(id));
        if (!stored) return;
        const members::Rulebook book = members::rulebook(*context.snapshot, stored->program);
        const members::Member member{*stored, members::rolled(*stored, book, context.now), book};
        const auto add = [&](const json::object& bucket) {
            const json::value* end = bucket.if_contains("expires_at");
            rows.push_back({{"id", bucket.at("id")},
                            {"campaign_id", bucket.at("campaign_id")},
                            {"voucher_id", bucket.at("voucher_id")},
                            {"points", bucket.at("bucket").at("total_points")},
                            {"status", bucket.at("status")},
                            {"expires_at", end == nullptr ? json::value() : *end}});
        };
        for (const ledger::Lot& lot : members::list_buckets(member.card))
            add(members::bucket_json(member.card, lot, book.zone));
        for (const members::ExpiredLot& lot : members::list_expired(context.tx, member, context.now))
            add(members::bucket_json(member.card, lot, book.zone));
    }

    void transaction(const RawId& id) {
        const auto entry =
            ledger::load_entry(context.tx, context.project, ledger::EntryId(id));
        if (!entry || !members::is_transaction(*entry)) return;
        json::object row = members::transaction_json(*entry, finder.related(*entry));
        row["balance"] = entry->balance.value;
        row["amount"] = entry->points.value;
        rows.push_back(std::move(row));
    }

    const std::vector<json::object>& make(const exports::Object& object, const RawId& id) {
        rows.clear();
        if (object.name == "customer") customer(id);
        else if (object.name == "order") order(id);
        else if (object.name == "redemption") redemption(id);
        else if (object.name == "voucher") voucher(id);
        else if (object.name == "points_expiration") points_expiration(id);
        else transaction(id);
        return rows;
    }
};

}  // namespace

ExportRows::ExportRows(Engine& engine, projects::ProjectNumber project, const exports::Wish& wish)
    : engine_(engine), project_(project), wish_(wish), keys_(wish.descending) {}

void ExportRows::read(FunctionRef<void(const ReadContext&)> body) {
    const projects::Actor actor{"export", projects::Role::viewer, "API"};
    engine_.database().read([&](db::Tx& tx) {
        const auto snapshot = engine_.cache().load(tx, project_);
        CHECK(snapshot != nullptr);
        body({tx, snapshot, project_, actor, snapshot->project().now(machine_now()),
              engine_.cache()});
    });
}

std::vector<RawId> ExportRows::ids_after(std::int64_t bucket, const RawId& after) {
    const std::string_view table = table_of(*wish_.object);
    const auto campaign = table == "entries" || table == "cards" ? wish_.only("campaign_id")
                                                                 : std::nullopt;
    const auto program = campaign ? ledger::ProgramId::parse(*campaign) : std::nullopt;
    const std::string sql = fmt::format(
        "SELECT id FROM {} WHERE bucket = ? AND project = ? AND id > ?{} ORDER BY id LIMIT ?", table,
        program ? " AND program = ?" : "");
    std::vector<db::Value> values{bucket, project_, after};
    if (program) values.emplace_back(*program);
    values.emplace_back(slice_rows);
    std::vector<RawId> out;
    engine_.database().read([&](db::Tx& tx) {
        tx.query(sql, std::span<const db::Value>(values),
                 [&](const db::Row& row) { out.push_back(row.id(0)); });
    });
    return out;
}

// One card's history is read along its chain.
std::optional<std::vector<RawId>> ExportRows::ids_of_one_card() {
    const std::string_view table = table_of(*wish_.object);
    const auto voucher = table == "entries" || wish_.object->name == "points_expiration"
                             ? wish_.only("voucher_id")
                             : std::nullopt;
    if (!voucher) return std::nullopt;
    std::vector<RawId> ids;
    engine_.database().read([&](db::Tx& tx) {
        const auto id = ledger::CardId::parse(*voucher);
        const auto card = id ? ledger::load_card(tx, project_, *id) : std::nullopt;
        if (!card) return;
        if (table == "cards") {
            ids.push_back(card->id);
            return;
        }
        ledger::walk_entries(tx, *card, {}, [&](const ledger::Entry& entry) {
            ids.push_back(entry.id);
            return true;
        });
    });
    return ids;
}

void ExportRows::look_at(const std::vector<RawId>& ids) {
    read([&](const ReadContext& context) {
        Maker maker{context};
        for (const RawId& id : ids) {
            std::uint32_t number = 0;
            for (const json::object& row : maker.make(*wish_.object, id)) {
                const json::value* sort = row.if_contains(wish_.order_by);
                if (wish_.matches(row))
                    keys_.add({sort == nullptr ? json::value() : *sort, id, number});
                ++number;
            }
        }
    });
}

bool ExportRows::find(FunctionRef<bool()> goes_on) {
    if (auto of_card = ids_of_one_card()) {
        look_at(*of_card);
    } else {
        for (std::int64_t bucket = 0; bucket < engine_.database().buckets(); ++bucket) {
            RawId after;
            for (;;) {
                if (!goes_on()) return false;
                const std::vector<RawId> ids = ids_after(bucket, after);
                if (ids.empty()) break;
                after = ids.back();
                look_at(ids);
                if (std::ssize(ids) < slice_rows) break;
            }
        }
    }
    keys_.sort();
    return true;
}

std::string ExportRows::next_lines() {
    std::string out;
    if (next_ == 0) exports::append_header(out, wish_);
    std::vector<SortedKeys::Key> slice;
    while (std::ssize(slice) < slice_rows) {
        auto key = keys_.next();
        if (!key) break;
        slice.push_back(*std::move(key));
    }
    next_ += slice.size();
    const std::size_t header = out.size();
    read([&](const ReadContext& context) {
        out.resize(header);  // the read may be repeated
        Maker maker{context};
        for (const SortedKeys::Key& key : slice) {
            const auto& rows = maker.make(*wish_.object, key.id);
            if (key.number < rows.size()) exports::append_line(out, wish_, rows[key.number]);
        }
    });
    return out;
}

}  // namespace perennial::app
