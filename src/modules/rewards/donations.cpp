#include "modules/rewards/donations.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "modules/sums/store.hpp"

namespace perennial::rewards {
namespace {

const db::Insert insert_recipients{
    "donation_recipients",
    {"bucket", "project", "id", "name", "settled", "created_at"},
    {"bucket", "project", "id"}};
constexpr std::string_view given_sum = "donation.given";
constexpr std::string_view count_sum = "donation.count";
constexpr std::string_view recipient_columns =
    "SELECT id, name, settled, created_at FROM donation_recipients ";

void add_sums(db::Tx& tx, projects::ProjectNumber project, Recipient& recipient) {
    recipient.given = Money(sums::total(tx, project, given_sum, recipient.id));
    recipient.donations = sums::total(tx, project, count_sum, recipient.id);
}

Recipient read_recipient(const db::Row& row) {
    Recipient out;
    out.id = row.id(0);
    out.name = row.text(1);
    out.settled = Money(row.integer(2));
    out.created_at = row.time(3);
    return out;
}

}  // namespace

std::uint64_t stable_hash(std::string_view bytes) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i) out = (out << 8) | digest[i];
    return out;
}

RawId recipient_id(std::string_view name) {
    return RawId::make(0, place_of(name), stable_hash(name));
}

void DonationSet::add(work::Batch& batch, projects::ProjectNumber project,
                      const std::string& recipient, Money amount, Place place, Timestamp now) {
    const RawId id = recipient_id(recipient);
    auto& sums = batch.get<sums::Set>();
    sums.add(project, given_sum, id, place, amount.value);
    sums.add(project, count_sum, id, place, amount.value < 0 ? -1 : 1);
    recipients_.try_emplace(fmt::format("{} {}", project, recipient),
                            New{project, recipient, now});
}

void DonationSet::save(work::Batch& batch) {
    if (recipients_.empty()) return;
    // In one order everywhere: another server may be adding the same ones.
    std::map<std::tuple<std::int64_t, projects::ProjectNumber, RawId>, const New*> ordered;
    for (const auto& [key, made] : recipients_) {
        const RawId id = recipient_id(made.name);
        ordered[{batch.tx.bucket(id.place()), made.project, id}] = &made;
    }
    db::Rows rows(6);
    for (const auto& [key, made] : ordered)
        rows.add({std::get<0>(key), made->project, std::get<2>(key), made->name, 0,
                  made->created_at});
    batch.tx.insert(insert_recipients, rows);
    recipients_.clear();
}

std::vector<Recipient> list_recipients(db::Tx& tx, projects::ProjectNumber project,
                                       const std::string& name, std::int64_t limit,
                                       std::int64_t offset) {
    std::vector<Recipient> out;
    const auto take = [&](const db::Row& row) { out.push_back(read_recipient(row)); };
    if (name.empty()) {
        tx.query(std::string(recipient_columns) +
                     "WHERE bucket >= 0 AND project = ? ORDER BY name, id LIMIT ? OFFSET ?",
                 {project, limit, offset}, take);
    } else {
        const RawId id = recipient_id(name);
        tx.query(std::string(recipient_columns) + "WHERE bucket = ? AND project = ? AND id = ?",
                 {tx.bucket(id.place()), project, id}, take);
    }
    for (Recipient& recipient : out) add_sums(tx, project, recipient);
    return out;
}

std::int64_t count_recipients(db::Tx& tx, projects::ProjectNumber project) {
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM donation_recipients WHERE bucket >= 0 AND project = ?", {project},
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

Recipient total_of_recipients(db::Tx& tx, projects::ProjectNumber project) {
    Recipient out;
    std::vector<Recipient> all;
    tx.query(std::string(recipient_columns) + "WHERE bucket >= 0 AND project = ?", {project},
             [&](const db::Row& row) { all.push_back(read_recipient(row)); });
    for (Recipient& one : all) {
        add_sums(tx, project, one);
        out.given += one.given;
        out.settled += one.settled;
        out.donations += one.donations;
    }
    return out;
}

std::optional<Recipient> lock_recipient(db::Tx& tx, projects::ProjectNumber project,
                                        const std::string& name) {
    static const db::Select locked{"donation_recipients",
                                   {"bucket", "project", "id"},
                                   {"id", "name", "settled", "created_at"},
                                   true};
    const RawId id = recipient_id(name);
    db::Rows keys(3);
    keys.add({tx.bucket(id.place()), project, id});
    std::optional<Recipient> out;
    tx.select(locked, keys, [&](const db::Row& row) { out = read_recipient(row); });
    if (out) add_sums(tx, project, *out);
    return out;
}

void settle(db::Tx& tx, projects::ProjectNumber project, const Settlement& made) {
    const auto bucket = tx.bucket(made.recipient.place());
    CHECK(tx.execute("UPDATE donation_recipients SET settled = settled + ? "
                     "WHERE bucket = ? AND project = ? AND id = ?",
                     {made.amount.value, bucket, project, made.recipient}) == 1);
    tx.execute("INSERT INTO donation_settlements (bucket, project, id, recipient, amount, "
               "reference, app_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
               {bucket, project, made.id, made.recipient, made.amount.value, made.reference,
                made.app_id, made.created_at});
}

std::vector<Settlement> list_settlements(db::Tx& tx, projects::ProjectNumber project,
                                         const std::optional<RawId>& recipient,
                                         std::int64_t limit, std::int64_t offset) {
    std::vector<Settlement> out;
    const auto take = [&](const db::Row& row) {
        out.push_back({row.id<SettlementId>(0), row.id(1), Money(row.integer(2)),
                       std::string(row.text_or_empty(3)), std::string(row.text(4)), row.time(5)});
    };
    const std::string start =
        "SELECT id, recipient, amount, reference, app_id, created_at FROM donation_settlements "
        "WHERE bucket >= 0 AND project = ? ";
    const std::string end = "ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?";
    if (recipient)
        tx.query(start + "AND recipient = ? " + end, {project, *recipient, limit, offset}, take);
    else
        tx.query(start + end, {project, limit, offset}, take);
    return out;
}

std::int64_t count_settlements(db::Tx& tx, projects::ProjectNumber project,
                               const std::optional<RawId>& recipient) {
    std::int64_t out = 0;
    const auto take = [&](const db::Row& row) { out = row.integer(0); };
    if (recipient)
        tx.query("SELECT count(*) FROM donation_settlements WHERE bucket >= 0 AND project = ? AND "
                 "recipient = ?",
                 {project, *recipient}, take);
    else
        tx.query("SELECT count(*) FROM donation_settlements WHERE bucket >= 0 AND project = ?",
                 {project}, take);
    return out;
}

}  // namespace perennial::rewards
