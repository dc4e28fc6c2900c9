// Chains of rows that each name the one before them, followed together: one statement for the next row of
// each. Newest first.
//
//     while (chains.go_on())
//         tx.select(rows, chains.keys(tx, project), [&](const db::Row& row) {
//             … chains.chain_of(id, previous) …
//         });
#pragma once
#include <algorithm>
#include <vector>

#include "platform/db/database.hpp"

namespace perennial::db {

class Chains {
  public:
    /// Where a chain begins; nil: it is empty.
    void add(const RawId& newest, std::size_t chain) {
        if (!newest.is_nil()) next_.push_back({newest, chain});
    }
    /// Whether there are rows to be read. All of the last ones must have been found.
    bool go_on() {
        CHECK(found_ == now_.size());
        now_ = std::move(next_);
        next_.clear();
        next_.reserve(now_.size());
        found_ = 0;
        std::ranges::sort(now_, {}, &End::id);
        return !now_.empty();
    }
    /// Of these rows: bucket, project, id.
    Rows keys(const Tx& tx, const Value& project) const {
        Rows out(3);
        out.reserve(now_.size());
        for (const End& end : now_) out.add({tx.bucket(end.id.place()), project, end.id});
        return out;
    }
    /// The chain of a row that was read; it goes on with the row before that.
    std::size_t chain_of(const RawId& id, const RawId& previous) {
        ++found_;
        const std::size_t chain = std::ranges::lower_bound(now_, id, {}, &End::id)->chain;
        add(previous, chain);
        return chain;
    }

  private:
    struct End {
        RawId id;
        std::size_t chain;
    };
    std::vector<End> now_;
    std::vector<End> next_;
    std::size_t found_ = 0;
};

}  // namespace perennial::db
