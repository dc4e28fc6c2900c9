#include "modules/rewards/redemption_store.hpp"

#include <fmt/format.h>

#include "modules/sums/store.hpp"

namespace perennial::rewards {
namespace {

const db::Select select_redemptions{
    "redemptions",
    {"bucket", "project", "id"},
    {"project", "id", "card", "customer", "program", "reward", "points", "status", "body",
     "created_at", "rolled_back_at"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, card, customer, program, reward, points, status, body, created_at, "
    "rolled_back_at FROM redemptions ";
const db::Insert insert_redemptions{
    "redemptions",
    {"bucket", "project", "id", "card", "customer", "program", "reward", "points", "status",
     "body", "created_at", "rolled_back_at"}};
const db::Update update_redemptions{
    "redemptions", {"bucket", "project", "id"}, {"status", "body", "rolled_back_at"}};
constexpr std::string_view redemptions_sum = "redemptions";

Redemption read(const db::Row& row) {
    Redemption r;
    r.project = static_cast<projects::ProjectNumber>(row.integer(0));
    r.id = row.id<RedemptionId>(1);
    r.card = row.id<ledger::CardId>(2);
    r.customer = row.id(3);
    r.program = row.id<ledger::ProgramId>(4);
    r.reward = row.id<RewardId>(5);
    r.points = Points(row.integer(6));
    r.status = static_cast<RedemptionStatus>(row.integer(7));
    read_body_text(row.text(8), r);
    r.created_at = row.time(9);
    r.rolled_back_at = row.time_or_null(10);
    return r;
}

std::int64_t after_of(const RedemptionQuery& query) {
    return query.created_after ? query.created_after->ms : INT64_MIN;
}
std::int64_t before_of(const RedemptionQuery& query) {
    return query.created_before ? query.created_before->ms : INT64_MAX;
}

}  // namespace

void RedemptionSet::want(projects::ProjectNumber project, const RedemptionId& id) {
    wanted_.emplace_back(project, id);
}

void RedemptionSet::load(work::Batch& batch) {
    std::erase_if(wanted_, [&](const Key& key) { return slots_.contains(key); });
    if (wanted_.empty()) return;
    std::ranges::sort(wanted_, [&](const Key& a, const Key& b) {
        return std::tuple(batch.tx.bucket(a.second.place()), a) <
               std::tuple(batch.tx.bucket(b.second.place()), b);
    });
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    db::Rows keys(3);
    for (const Key& key : wanted_) {
        slots_[key];
        keys.add({batch.tx.bucket(key.second.place()), key.first, key.second});
    }
    batch.tx.select(select_redemptions, keys, [&](const db::Row& row) {
        Redemption redemption = read(row);
        Slot& slot = slots_.at({redemption.project, redemption.id});
        slot.redemption = std::move(redemption);
        slot.exists = true;
    });
    wanted_.clear();
}

Redemption* RedemptionSet::find(projects::ProjectNumber project, const RedemptionId& id) {
    const auto found = slots_.find({project, id});
    return found != slots_.end() && found->second.exists ? &found->second.redemption : nullptr;
}

Redemption& RedemptionSet::create(work::Batch& batch, Redemption redemption) {
    Slot& slot = slots_[{redemption.project, redemption.id}];
    CHECK(!slot.exists);
    slot.redemption = std::move(redemption);
    slot.exists = slot.created = slot.dirty = true;
    batch.get<sums::Set>().add(slot.redemption.project, redemptions_sum, RawId{},
                               slot.redemption.id.place(), 1);
    return slot.redemption;
}

void RedemptionSet::touch(Redemption& redemption) {
    const auto found = slots_.find({redemption.project, redemption.id});
    CHECK(found != slots_.end() && &found->second.redemption == &redemption);
    found->second.dirty = true;
}

void RedemptionSet::save(work::Batch& batch) {
    db::Rows created(12);
    db::Rows changed(6);
    std::deque<std::string> bodies;
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        const Redemption& r = slot.redemption;
        const auto bucket = batch.tx.bucket(r.id.place());
        const std::string& body = bodies.emplace_back(body_text(r));
        const int status = static_cast<int>(r.status);
        if (slot.created)
            created.add({bucket, r.project, r.id, r.card, db::Value::id_or_null(r.customer),
                         r.program, r.reward, r.points.value, status, body, r.created_at,
                         r.rolled_back_at});
        else
            changed.add({bucket, r.project, r.id, status, body, r.rolled_back_at});
        slot.created = slot.dirty = false;
    }
    if (!created.empty()) batch.tx.insert(insert_redemptions, created);
    if (!changed.empty())
        CHECK(batch.tx.update(update_redemptions, changed) ==
              static_cast<std::int64_t>(changed.count()));
}

std::optional<Redemption> load_redemption(db::Tx& tx, projects::ProjectNumber project,
                                          const RedemptionId& id) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Redemption> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read(row); });
    return out;
}

std::vector<Redemption> list_redemptions(db::Tx& tx, projects::ProjectNumber project,
                                         const RedemptionQuery& query) {
    const std::string_view way = query.descending ? "DESC" : "ASC";
    const std::string sql =
        fmt::format("{}WHERE bucket >= 0 AND project = ? AND created_at > ? AND created_at < ? "
                    "ORDER BY created_at {}, id {} LIMIT ? OFFSET ?",
                    columns, way, way);
    std::vector<Redemption> out;
    tx.query(sql, {project, after_of(query), before_of(query), query.limit, query.offset},
             [&](const db::Row& row) { out.push_back(read(row)); });
    return out;
}

std::int64_t count_redemptions(db::Tx& tx, projects::ProjectNumber project,
                               const RedemptionQuery& query) {
    if (!query.created_after && !query.created_before)
        return sums::total(tx, project, redemptions_sum);
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM redemptions WHERE bucket >= 0 AND project = ? AND created_at > ? "
             "AND created_at < ?",
             {project, after_of(query), before_of(query)},
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

}  // namespace perennial::rewards
