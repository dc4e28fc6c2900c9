// What a card has been given under limits: one row per card, scope (a rule or a program) and span, kept
// for the span that runs. The card's row lock guards them. Also marks what happens once in a card's
// life (Span::member).
#pragma once
#include <map>
#include <vector>

#include "modules/earning/decide.hpp"
#include "platform/work/batch.hpp"

namespace perennial::earning {

/// Set of a batch.
class Usage {
  public:
    static constexpr int rank = 55;

    void want(std::int32_t project, const RawId& card, const RawId& scope, Span span);
    void load(work::Batch&);
    void save(work::Batch&);

    /// Given in the span that began at `start`. Loads what nobody wanted.
    Points used(work::Batch&, std::int32_t project, const RawId& card, const RawId& scope, Span,
                Timestamp start);
    /// Adds to it; less than nothing becomes nothing. What belongs to a span that is over is nobody's
    /// concern any more: negative points of it are left.
    void add(work::Batch&, std::int32_t project, const RawId& card, const RawId& scope, Span,
             Timestamp start, Points);

    /// Two cards become one: what either was given under a limit counts for the second, in the span that runs.
    void join(work::Batch&, std::int32_t project, const RawId& from, const RawId& to);

  private:
    struct Key {
        std::int32_t project;
        RawId card;
        RawId scope;
        Span span;
        auto operator<=>(const Key&) const = default;
    };
    struct Slot {
        Timestamp start;
        Points used;
        bool stored = false;
        bool dirty = false;
    };
    Slot& slot(work::Batch&, const Key&);

    std::vector<Key> wanted_;
    std::map<Key, Slot> slots_;
};

/// For reads outside of batches.
Points used(db::Tx&, std::int32_t project, const RawId& card, const RawId& scope, Span,
            Timestamp start);

}  // namespace perennial::earning
