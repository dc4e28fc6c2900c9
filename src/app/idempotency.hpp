// Idempotency keys (decisions.md 3): looked up in the load phase, in the place of the key itself, so
// that one key is one request whatever its subject is; the answer is kept with the change, in its
// transaction, for 72 hours.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/http/response.hpp"
#include "platform/work/batch.hpp"

namespace perennial::app {

inline constexpr std::int64_t idempotency_kept_ms = 72 * hour_ms;

struct StoredAnswer {
    std::string request_hash;  ///< SHA-256 of method, path and body
    int status = 0;
    std::string body;
};

/// Set of a batch.
class IdempotencySet {
  public:
    static constexpr int rank = 15;
    void want(std::int32_t project, const std::string& key);
    void load(work::Batch&);
    void save(work::Batch&);
    const StoredAnswer* find(std::int32_t project, const std::string& key) const;
    void store(std::int32_t project, const std::string& key, StoredAnswer);

  private:
    struct Key {
        std::int32_t project;
        std::string word;
        auto operator<=>(const Key&) const = default;
    };
    std::vector<Key> wanted_;
    std::map<Key, StoredAnswer> found_;
    std::vector<Key> added_;
};

/// Deletes the stored answers that name `word`, for erasing somebody.
void forget_answers_about(db::Tx&, std::int32_t project, const std::string& word);
/// Deletes answers older than 72 hours; returns how many.
std::int64_t forget_old_answers(db::Tx&, Timestamp machine_now);

}  // namespace perennial::app
