#pragma once
#include <optional>
#include <unordered_map>
#include <vector>

#include "modules/rewards/redemption.hpp"
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

  private:
    struct Slot {
        Redemption redemption;
        bool exists = false;
        bool created = false;
        bool dirty = false;
    };
    using Key = std::pair<projects::ProjectNumber, RawId>;
    struct KeyHash {
        std::size_t operator()(const Key& k) const {
            return RawIdHash()(k.second) ^ static_cast<std::size_t>(k.first);
        }
    };
    std::vector<Key> wanted_;
    std::unordered_map<Key, Slot, KeyHash> slots_;
};

std::optional<Redemption> load_redemption(db::Tx&, projects::ProjectNumber, const RedemptionId&);

struct RedemptionQuery {
    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
/// Redemptions and rollbacks, by age.
std::vector<Redemption> list_redemptions(db::Tx&, projects::ProjectNumber, const RedemptionQuery&);
/// Of all between the two times; without them the kept sum.
std::int64_t count_redemptions(db::Tx&, projects::ProjectNumber, const RedemptionQuery&);

}  // namespace perennial::rewards
