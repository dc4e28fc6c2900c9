#pragma once
#include <optional>
#include <unordered_map>
#include <vector>

#include "modules/rewards/redemption.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::rewards {

/// Set of a batch: redemptions by id.
class RedemptionSet {
  public:
    static constexpr int rank = 45;

    void want(projects::ProjectNumber, const RedemptionId&);
    void load(work::Batch&);
    void save(work::Batch&);

    Redemption* find(projects::ProjectNumber, const RedemptionId&);
    /// Its place is its card's.
    Redemption& create(work::Batch&, Redemption);
    void touch(Redemption&);
    /// Notes a refused attempt and gives the id under which it can be found: a few of the same within
    /// one minute are one row.
    RedemptionId note_failure(Redemption);

  private:
    struct Slot {
        Redemption redemption;
        bool exists = false;
        bool created = false;
        bool dirty = false;
    };
    using Key = db::RowKey;
    void save_failures(work::Batch&);

    std::vector<Key> wanted_;
    std::unordered_map<Key, Slot, db::RowKeyHash> slots_;
    std::map<Key, Redemption> failures_;
};

std::optional<Redemption> load_redemption(db::Tx&, projects::ProjectNumber, const RedemptionId&);

struct RedemptionQuery {
    enum class Result : std::uint8_t { any, success, failure };
    Result result = Result::any;
    std::optional<std::vector<ledger::CardId>> cards;  ///< of these only; empty = of none
    std::optional<std::vector<ledger::ProgramId>> programs;
    std::optional<std::vector<std::string>> failure_codes;
    std::optional<bool> rollbacks;  ///< only rollbacks, or only what is none
    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
/// Redemptions, rollbacks and refused attempts, by age. Cards, programs and failures have indexes.
std::vector<Redemption> list_redemptions(db::Tx&, projects::ProjectNumber, const RedemptionQuery&);
/// Erasing a person: metadata and reasons of their redemptions.
void erase_details(db::Tx&, projects::ProjectNumber, const RawId& customer);
/// How many of each kind some cards have.
struct RedemptionTally {
    std::int64_t succeeded = 0;  ///< those too that are open or were rolled back later
    std::int64_t failed = 0;
    std::int64_t rollbacks = 0;
    std::int64_t failed_rollbacks = 0;
};
RedemptionTally tally_redemptions(db::Tx&, projects::ProjectNumber, std::span<const ledger::CardId>);
std::int64_t count_redemptions(db::Tx&, projects::ProjectNumber, const RedemptionQuery&);

/// Removes refused attempts older than this, of all projects; at most `limit` rows.
std::int64_t forget_failures(db::Tx&, Timestamp before, std::int64_t limit);

}  // namespace perennial::rewards
