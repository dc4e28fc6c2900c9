// Timers: one row per moment at which something falls due. A timer wakes its subject up; what is due
// then is decided by the subject's own rules, so a late or doubled timer changes nothing.
#pragma once
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "platform/work/batch.hpp"

namespace perennial::jobs {

/// Numbers are stored: never renumber.
enum class TimerKind : std::uint8_t {
    card = 1,
    program = 2,  ///< all cards of a program are to be looked at
    reservation = 30,
    auto_redeem = 31  ///< of a card
};

struct Timer {
    std::int32_t project = 0;
    Timestamp due_at;
    TimerKind kind = TimerKind::card;
    RawId subject;
};

/// Set of a batch.
class TimerSet {
  public:
    static constexpr int rank = 80;
    void add(std::int32_t project, Timestamp due_at, TimerKind, const RawId& subject);
    void remove(std::int32_t project, Timestamp due_at, TimerKind, const RawId& subject);
    /// Whether it is still there, for a timer whose doing twice would show. Reads its row on the spot:
    /// the caller holds the subject's lock.
    bool is_set(work::Batch&, const Timer&) const;
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    std::vector<Timer> added_;
    std::vector<Timer> removed_;
};

/// The next timers of a project that are due at `now`, in order of due time, then of subject, so that
/// neighbours are written together. After `after`, when it is given.
std::vector<Timer> due_timers(db::Tx&, std::int32_t project, Timestamp now,
                              const std::optional<Timer>& after, std::int64_t limit);
/// When the project's next timer is due; nothing when there is none.
std::optional<Timestamp> next_due(db::Tx&, std::int32_t project);

}  // namespace perennial::jobs
