// When to look for work next. A signal is raised inside a transaction that has yet to commit, so
// after one the first look may come too early: a few more follow, at growing distances, until one
// finds something.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "platform/db/database.hpp"

namespace perennial::jobs {

/// The longest time without a look: as wished, or (0) a second on PostgreSQL, where other processes
/// may write work, and a minute on SQLite, where none can.
inline std::int64_t poll_ms_of(const db::Database& database, std::int64_t wished_ms) {
    if (wished_ms > 0) return wished_ms;
    return database.dialect() == db::Dialect::sqlite ? minute_ms : second_ms;
}

/// Times are milliseconds of a steady clock.
class LookSchedule {
  public:
    /// `poll_ms`: the longest time without a look.
    explicit LookSchedule(std::int64_t poll_ms) : poll_ms_(poll_ms) {}

    std::int64_t next_look() const { return next_; }

    void signalled(std::int64_t now) {
        again_ = 0;
        next_ = std::min(next_, now);
    }
    /// Looked, and found work: there may be more.
    void found(std::int64_t now) {
        again_ = distances.size();
        next_ = now;
    }
    /// Looked, and nothing is due before `due` (nothing: ever).
    void found_nothing(std::int64_t now, std::optional<std::int64_t> due) {
        next_ = now + poll_ms_;
        if (again_ < distances.size()) next_ = std::min(next_, now + distances[again_++]);
        if (due) next_ = std::min(next_, std::max(*due, now));
    }

  private:
    static constexpr std::array<std::int64_t, 6> distances{1, 4, 16, 64, 256, 512};

    std::int64_t poll_ms_;
    std::int64_t next_ = std::numeric_limits<std::int64_t>::min();
    std::size_t again_ = distances.size();
};

}  // namespace perennial::jobs
