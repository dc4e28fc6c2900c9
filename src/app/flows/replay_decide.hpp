// One order or event of a replay, decided in one world.
#pragma once
#include <string>
#include <vector>

#include "app/flows/order_facts.hpp"
#include "app/flows/replay.hpp"
#include "modules/earning/allowance.hpp"

namespace perennial::flows {

/// What limits of one member have counted, in memory; as earning::Usage keeps it in rows.
class Used {
  public:
    Points of(const RawId& scope, earning::Span span, Timestamp start) const {
        for (const Slot& slot : slots_)
            if (slot.scope == scope && slot.span == span)
                return slot.start == start ? slot.used : Points();
        return Points();
    }
    void add(const RawId& scope, earning::Span span, Timestamp start, Points points) {
        for (Slot& slot : slots_)
            if (slot.scope == scope && slot.span == span) {
                if (slot.start != start) {
                    if (points.value <= 0 || start < slot.start) return;
                    slot.start = start;
                    slot.used = Points();
                }
                slot.used = std::max(Points(), slot.used + points);
                return;
            }
        if (points.value > 0) slots_.push_back({scope, span, start, points});
    }

  private:
    struct Slot {
        RawId scope;
        earning::Span span;
        Timestamp start;
        Points used;
    };
    std::vector<Slot> slots_;
};

/// What one rule comes to.
struct Got {
    const earning::Rule* rule = nullptr;
    Points points;
    Points wanted;
    Points back;
    std::string limit;
};

/// An order or event that is decided, in one world.
struct Case {
    const Book& book;
    const std::vector<const earning::Rule*>& rules;
    const earning::CustomerFacts& customer;
    const tiers::Tier* tier;
    std::string_view channel;
    Timestamp at;          ///< that rules look at
    Timestamp counted_at;  ///< that limits count by
    const orders::Past* order = nullptr;
    const std::vector<std::int64_t>* returned = nullptr;  ///< before the decision
    bool came_back = false;
    const earning::EventFacts* event = nullptr;
};

/// Calls the functions that decided the first time. Keeps its memory from case to case.
class Decider {
  public:
    /// What follows is of another order; both worlds look at one view of it.
    void next_order() { is_view_filled_ = false; }
    /// What the rules come to, those that a limit brought to nothing included; into `got`.
    void decide(const Case&, const earning::Meter&, std::vector<Got>& got);

    /// The rule that a meter is asked for.
    const earning::Rule* current() const { return current_; }
    void look_at(const earning::Rule& rule) { current_ = &rule; }

  private:
    OrderView view_;
    bool is_view_filled_ = false;
    OrderView kept_;
    std::string date_;
    const earning::Rule* current_ = nullptr;
};

}  // namespace perennial::flows
