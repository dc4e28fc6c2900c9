#include "modules/rewards/audit.hpp"

#include <fmt/format.h>

#include "modules/campaigns/document.hpp"
#include "modules/rewards/donations.hpp"
#include "modules/rewards/redemption_store.hpp"

namespace perennial::rewards {
namespace {

using Key = std::pair<projects::ProjectNumber, RawId>;

struct Kept {
    std::map<Key, std::int64_t> pieces;  // by reward
    std::map<Key, std::int64_t> given;   // by recipient
};

// The donation of a row's body; a body that cannot be read gave nothing, and so fits nothing.
void add_donation(Kept& kept, projects::ProjectNumber project, std::string_view body) {
    boost::system::error_code broken;
    const json::value parsed = json::parse(body, broken);
    if (broken || !parsed.is_object()) return;
    const json::value* amount = parsed.get_object().if_contains("donation");
    if (amount == nullptr || !amount->is_int64()) return;
    const json::object& donation =
        campaigns::object_of(campaigns::object_of(parsed.get_object(), "reward"), "donation");
    kept.given[{project, recipient_id(campaigns::text_of(donation, "recipient"))}] +=
        amount->get_int64();
}

Kept read_rows(db::Tx& tx) {
    Kept kept;
    for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket)
        tx.query("SELECT project, reward, status, body FROM redemptions WHERE bucket = ?", {bucket},
                 [&](const db::Row& row) {
                     const auto project = static_cast<projects::ProjectNumber>(row.integer(0));
                     const auto status = static_cast<RedemptionStatus>(row.integer(2));
                     const bool is_kept = status == RedemptionStatus::succeeded ||
                                          status == RedemptionStatus::open;
                     if (!is_kept && status != RedemptionStatus::rolled_back) return;
                     kept.pieces[{project, row.id(1)}] += is_kept ? 1 : 0;
                     if (is_kept) add_donation(kept, project, row.text(3));
                 });
    return kept;
}

}  // namespace

void audit(db::Tx& tx, FunctionRef<void(std::string)> finding) {
    Kept kept = read_rows(tx);
    for (const auto& [key, count] : kept.pieces) {
        std::int64_t used = 0;
        tx.query("SELECT used FROM counters WHERE bucket = ? AND project = ? AND id = ?",
                 {tx.bucket(key.second.place()), key.first, key.second},
                 [&](const db::Row& row) { used = row.integer(0); });
        if (used != count)
            finding(fmt::format("reward {}: its counter says {} pieces, its redemptions make it {}",
                                RewardId(key.second).text(), used, count));
    }
    std::set<projects::ProjectNumber> projects;
    tx.query("SELECT DISTINCT project FROM donation_recipients WHERE bucket >= 0", {}, [&](const db::Row& row) {
        projects.insert(static_cast<projects::ProjectNumber>(row.integer(0)));
    });
    for (const projects::ProjectNumber project : projects)
        for (const Recipient& recipient : list_recipients(tx, project, "", INT32_MAX, 0))
            if (const std::int64_t given = kept.given[{project, recipient.id}];
                given != recipient.given.value)
                finding(fmt::format("donations to {}: the sum says {}, the redemptions make it {}",
                                    recipient.name, recipient.given.value, given));
}

}  // namespace perennial::rewards
