#include "app/idempotency.hpp"

namespace perennial::app {
namespace {

const db::Select select_keys{"idempotency_keys",
                             {"bucket", "project", "word"},
                             {"project", "word", "request_hash", "status", "answer"}};
const db::Insert insert_keys{
    "idempotency_keys",
    {"bucket", "project", "word", "request_hash", "status", "answer", "created_at"},
    {"bucket", "project", "word"}};

}  // namespace

void IdempotencySet::want(std::int32_t project, const std::string& key) {
    wanted_.push_back({project, key});
}

void IdempotencySet::load(work::Batch& batch) {
    if (wanted_.empty()) return;
    db::Rows keys(3);
    std::map<std::pair<std::int32_t, std::string_view>, const Key*> by_word;
    std::ranges::sort(wanted_);
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    std::vector<Key> asked;
    asked.swap(wanted_);
    for (const Key& key : asked) {
        by_word[{key.project, key.word}] = &key;
        keys.add({batch.tx.bucket(place_of(key.word)), key.project, key.word});
    }
    batch.tx.select(select_keys, keys, [&](const db::Row& row) {
        const auto found =
            by_word.find({static_cast<std::int32_t>(row.integer(0)), row.text(1)});
        CHECK(found != by_word.end());
        found_[*found->second] = {std::string(row.blob(2)), static_cast<int>(row.integer(3)),
                                  std::string(row.text(4))};
    });
}

const StoredAnswer* IdempotencySet::find(std::int32_t project, const std::string& key) const {
    const auto found = found_.find({project, key});
    return found == found_.end() ? nullptr : &found->second;
}

void IdempotencySet::store(std::int32_t project, const std::string& key, StoredAnswer answer) {
    const Key k{project, key};
    found_[k] = std::move(answer);
    added_.push_back(k);
}

void IdempotencySet::save(work::Batch& batch) {
    if (added_.empty()) return;
    // One order everywhere, so that two batches never wait for each other.
    auto stored_as = [&](const Key& key) {
        return std::tuple(batch.tx.bucket(place_of(key.word)), key.project, std::string_view(key.word));
    };
    std::ranges::sort(added_, {}, stored_as);
    db::Rows rows(7);
    for (const Key& key : added_) {
        const StoredAnswer& answer = found_.at(key);
        rows.add({batch.tx.bucket(place_of(key.word)), key.project, key.word,
                  db::Value::blob(answer.request_hash), answer.status, answer.body,
                  batch.machine_now});
    }
    // A rival of another server has the same key: it is looked up again, and answered as stored.
    if (batch.tx.insert(insert_keys, rows) < static_cast<std::int64_t>(rows.count()))
        throw db::Failure(db::Failure::Kind::retry, "the idempotency key was used meanwhile");
    added_.clear();
}

void forget_answers_about(db::Tx& tx, std::int32_t project, const std::string& word) {
    const std::string like = "%" + word + "%";
    tx.execute("DELETE FROM idempotency_keys WHERE bucket >= 0 AND project = ? AND answer LIKE ?",
               {project, like});
}

std::int64_t forget_old_answers(db::Tx& tx, Timestamp machine_now) {
    return tx.execute("DELETE FROM idempotency_keys WHERE created_at < ?",
                      {Timestamp{machine_now.ms - idempotency_kept_ms}});
}

}  // namespace perennial::app
