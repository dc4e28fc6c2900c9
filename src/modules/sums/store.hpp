// Sums kept with every change: the ledger's counter-accounts, and the totals of lists. A sum is
// some rows, at most one a bucket, added to in the batch's transaction and never read to be
// written. A batch adds all its sums in one bucket, that of the first it changes: a row for each of
// many buckets would cost more than the change itself.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "platform/work/batch.hpp"

namespace perennial::sums {

/// Set of a batch.
class Set {
  public:
    static constexpr int rank = 70;
    /// `scope` divides a name (a program's id); nil = the project. `place` is that of what changes.
    void add(std::int32_t project, std::string_view name, const RawId& scope, Place place,
             std::int64_t delta);
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    struct Key {
        std::int32_t project;
        std::string name;
        RawId scope;
        auto operator<=>(const Key&) const = default;
    };
    Place place_ = 0;
    std::map<Key, std::int64_t> deltas_;
};

/// The sum over all buckets.
std::int64_t total(db::Tx&, std::int32_t project, std::string_view name, const RawId& scope = {});

/// All names of a scope that begin with these words, each over all buckets, in order of name.
std::vector<std::pair<std::string, std::int64_t>> list(db::Tx&, std::int32_t project,
                                                       std::string_view prefix, const RawId& scope);

}  // namespace perennial::sums
