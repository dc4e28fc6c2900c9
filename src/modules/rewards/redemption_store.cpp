#include "modules/rewards/redemption_store.hpp"

#include <fmt/format.h>

#include <deque>

#include "modules/sums/store.hpp"

namespace perennial::rewards {
namespace {

const db::Select select_redemptions{
    "redemptions",
    {"bucket", "project", "id"},
    {"project", "id", "card", "customer", "program", "reward", "points", "status", "body",
     "created_at", "rolled_back_at", "failure"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, card, customer, program, reward, points, status, body, created_at, "
    "rolled_back_at, failure FROM redemptions ";
const db::Insert insert_redemptions{
    "redemptions",
    {"bucket", "project", "id", "card", "customer", "program", "reward", "points", "status",
     "body", "created_at", "rolled_back_at"}};
// The row of the same attempt in the same minute stays.
const db::Insert insert_failures{
    "redemptions",
    {"bucket", "project", "id", "card", "customer", "program", "reward", "points", "status",
     "body", "created_at", "failure"},
    {"bucket", "project", "id"}};
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
    r.failure = row.text_or_empty(11);
    return r;
}

// The conditions of a query as SQL with its parameters, which point into the query.
struct Where {
    std::string sql = "WHERE bucket >= 0 AND project = ?";
    std::vector<db::Value> parameters;

    void add(std::string_view condition, std::initializer_list<db::Value> more = {}) {
        sql += fmt::format(" AND {}", condition);
        parameters.insert(parameters.end(), more.begin(), more.end());
    }
};

template <class Items, class Add>
std::string any_of(const Items& items, std::string_view condition, Add add) {
    std::string out;
    for (const auto& item : items) {
        out += fmt::format("{}{}", out.empty() ? "(" : " OR ", condition);
        add(item);
    }
    return out.empty() ? "1 = 0" : out + ")";
}

Where where_of(db::Tx& tx, projects::ProjectNumber project, const RedemptionQuery& query) {
    Where where;
    where.parameters.emplace_back(project);
    auto& parameters = where.parameters;
    if (query.cards)
        where.add(any_of(*query.cards, "bucket = ? AND card = ?", [&](const ledger::CardId& card) {
            parameters.emplace_back(tx.bucket(card.place()));
            parameters.emplace_back(card);
        }));
    if (query.programs)
        where.add(any_of(*query.programs, "program = ?", [&](const ledger::ProgramId& program) {
            parameters.emplace_back(program);
        }));
    if (query.failure_codes)
        where.add(any_of(*query.failure_codes, "failure = ?",
                         [&](const std::string& code) { parameters.emplace_back(code); }));
    if (query.result == RedemptionQuery::Result::failure || query.failure_codes)
        where.add("failure IS NOT NULL");
    if (query.result == RedemptionQuery::Result::success) where.add("failure IS NULL");
    if (query.rollbacks)
        where.add(*query.rollbacks ? "status IN (3, 5)" : "status NOT IN (3, 5)");
    if (query.created_after) where.add("created_at > ?", {query.created_after->ms});
    if (query.created_before) where.add("created_at < ?", {query.created_before->ms});
    return where;
}

bool is_plain(const RedemptionQuery& query) {
    return !query.cards && !query.programs && !query.failure_codes && !query.rollbacks &&
           !query.created_after && !query.created_before;
}

std::int64_t count(db::Tx& tx, const Where& where) {
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM redemptions " + where.sql, where.parameters,
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

}  // namespace

void RedemptionSet::want(projects::ProjectNumber project, const RedemptionId& id) {
    wanted_.emplace_back(project, id);
}

void RedemptionSet::load(work::Batch& batch) {
    const db::Rows keys = db::make_slots(batch.tx, wanted_, slots_);
    if (keys.empty()) return;
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

RedemptionId RedemptionSet::note_failure(Redemption failed) {
    failed.id = failure_id(failed, failed.card.place());
    const RedemptionId id = failed.id;
    failures_.try_emplace(Key{failed.project, id}, std::move(failed));
    return id;
}

void RedemptionSet::save_failures(work::Batch& batch) {
    if (failures_.empty()) return;
    db::Rows rows(12);
    std::deque<std::string> bodies;
    for (const auto& [key, r] : failures_)
        rows.add({batch.tx.bucket(r.id.place()), r.project, r.id, r.card,
                  db::Value::id_or_null(r.customer), r.program, r.reward, r.points.value,
                  static_cast<int>(r.status), bodies.emplace_back(body_text(r)), r.created_at,
                  r.failure});
    batch.tx.insert(insert_failures, rows);
    failures_.clear();
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
    save_failures(batch);
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
    Where where = where_of(tx, project, query);
    where.parameters.emplace_back(query.limit);
    where.parameters.emplace_back(query.offset);
    std::vector<Redemption> out;
    tx.query(fmt::format("{}{} ORDER BY created_at {}, id {} LIMIT ? OFFSET ?", columns, where.sql,
                         way, way),
             where.parameters, [&](const db::Row& row) { out.push_back(read(row)); });
    return out;
}

std::int64_t count_redemptions(db::Tx& tx, projects::ProjectNumber project,
                               const RedemptionQuery& query) {
    if (!is_plain(query)) return count(tx, where_of(tx, project, query));
    // The kept sum has all but refused attempts, which are few.
    std::int64_t out = 0;
    if (query.result != RedemptionQuery::Result::failure)
        out += sums::total(tx, project, redemptions_sum);
    if (query.result != RedemptionQuery::Result::success) {
        RedemptionQuery failures;
        failures.result = RedemptionQuery::Result::failure;
        out += count(tx, where_of(tx, project, failures));
    }
    return out;
}

RedemptionTally tally_redemptions(db::Tx& tx, projects::ProjectNumber project,
                                  std::span<const ledger::CardId> cards) {
    RedemptionTally out;
    for (const ledger::CardId& card : cards)
        tx.query("SELECT status, count(*) FROM redemptions WHERE bucket = ? AND bucket >= 0 AND project = ? "
                 "AND card = ? GROUP BY status",
                 {tx.bucket(card.place()), project, card}, [&](const db::Row& row) {
                     const std::int64_t count = row.integer(1);
                     switch (static_cast<RedemptionStatus>(row.integer(0))) {
                         case RedemptionStatus::succeeded:
                         case RedemptionStatus::rolled_back:
                         case RedemptionStatus::open: out.succeeded += count; break;
                         case RedemptionStatus::failed: out.failed += count; break;
                         case RedemptionStatus::rollback: out.rollbacks += count; break;
                         case RedemptionStatus::failed_rollback: out.failed_rollbacks += count; break;
                     }
                 });
    return out;
}

std::int64_t forget_failures(db::Tx& tx, Timestamp before, std::int64_t limit) {
    static const db::Delete failures{"redemptions", {"bucket", "project", "id"}};
    std::vector<std::tuple<std::int64_t, std::int64_t, RawId>> old;
    tx.query("SELECT bucket, project, id FROM redemptions WHERE failure IS NOT NULL AND bucket >= 0 "
             "AND created_at < ? LIMIT ?",
             {before, limit},
             [&](const db::Row& row) { old.emplace_back(row.integer(0), row.integer(1), row.id(2)); });
    db::Rows keys(3);
    for (const auto& [bucket, project, id] : old) keys.add({bucket, project, id});
    return keys.empty() ? 0 : tx.remove(failures, keys);
}

void erase_details(db::Tx& tx, projects::ProjectNumber project, const RawId& customer) {
    static const std::string sql =
        std::string(columns) +
        "WHERE bucket >= 0 AND project = ? AND (customer = ? OR customer IN (SELECT id FROM "
        "customers WHERE bucket >= 0 AND project = ? AND merged_into = ?))";
    std::vector<Redemption> all;
    tx.query(sql, {project, customer, project, customer},
             [&](const db::Row& row) { all.push_back(read(row)); });
    for (Redemption& one : all) {
        if (one.metadata.empty() && one.reason.empty()) continue;
        one.metadata.clear();
        one.reason.clear();
        const std::string body = body_text(one);
        tx.execute("UPDATE redemptions SET body = ? WHERE bucket = ? AND project = ? AND id = ?",
                   {body, tx.bucket(one.id.place()), project, one.id});
    }
}

}  // namespace perennial::rewards
