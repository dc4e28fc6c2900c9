// Counters that may have a limit: stock of rewards, uses of a card. Loaded for update in key order
// before anything is decided, changed in memory and saved once, with a guard in the UPDATE all the
// same (decisions.md 7), so that N means N with any number of servers.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "base/id.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::counters {

/// Set of a batch. A counter is named by the id of what it counts, and lies in that id's bucket.
class Set {
  public:
    static constexpr int rank = 60;

    void want(std::int32_t project, const RawId& id);
    void load(work::Batch&);
    void save(work::Batch&);

    /// After the load.
    std::int64_t used(std::int32_t project, const RawId& id) const;
    /// The caller has decided that it fits. `limit` guards the saved sum; nothing = no limit.
    void add(std::int32_t project, const RawId& id, std::int64_t n,
             std::optional<std::int64_t> limit);

  private:
    struct Slot {
        std::int64_t used = 0;
        std::int64_t added = 0;
        std::optional<std::int64_t> limit;
    };
    using Key = db::RowKey;
    std::vector<Key> wanted_;
    std::map<Key, Slot> slots_;
};

/// For reads outside of batches; 0 for what was never counted.
std::int64_t used(db::Tx&, std::int32_t project, const RawId& id);

}  // namespace perennial::counters
