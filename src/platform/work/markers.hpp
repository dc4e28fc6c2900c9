// Marker rows (decisions.md 5). A batch inserts its marker first; a batch that may already be
// committed inserts it again "or ignore": the insert waits for the doubtful transaction to end on
// the server, and then its count says how it ended. SQLite knows how its COMMIT ended and needs
// none.
#pragma once
#include <vector>

#include "platform/db/database.hpp"

namespace perennial::work {

class Markers {
  public:
    Markers(db::Database& database, Ids& ids) : database_(database), ids_(ids) {}

    bool are_needed() const { return database_.dialect() != db::Dialect::sqlite; }
    RawId make(Timestamp now, Place place) { return ids_.make(now.ms, place); }
    /// False when the batch of this marker has been committed already.
    static bool insert(db::Tx&, const RawId& marker, Timestamp now, bool is_repeated);
    /// The batch is answered, so its marker is worth nothing; removed in bulk by a later batch.
    void forget(const RawId& marker) { old_.push_back(marker); }
    /// True when it did, and the commit should be told by `forgotten_are_removed`.
    bool remove_forgotten(db::Tx&);
    void forgotten_are_removed() { old_.clear(); }
    /// What processes that were killed have left.
    static void remove_older_than(db::Tx&, Timestamp);

  private:
    db::Database& database_;
    Ids& ids_;
    std::vector<RawId> old_;
};

}  // namespace perennial::work
