// What a member could have, without the bonuses for reviews and the like. Points last to the end of
// the same month a year later, as in examples/demo/program.json.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>

namespace perennial::app::demo {

class PointsGuess {
  public:
    /// Months count from anywhere; they never go back.
    void earn(int month, std::int64_t points) {
        if (lots_.empty() || lots_.back().month != month) lots_.push_back({month, 0});
        lots_.back().points += points;
        earned_ += points;
    }
    std::int64_t earned() const { return earned_; }
    std::int64_t balance(int month) {
        while (!lots_.empty() && lots_.front().month + 12 < month) lots_.pop_front();
        std::int64_t sum = 0;
        for (const Lot& lot : lots_) sum += lot.points;
        return sum;
    }
    /// Oldest first; at most the balance.
    void spend(std::int64_t points) {
        for (Lot& lot : lots_) {
            const std::int64_t taken = std::min(lot.points, points);
            lot.points -= taken;
            points -= taken;
        }
    }

  private:
    struct Lot {
        int month;
        std::int64_t points;
    };
    std::deque<Lot> lots_;
    std::int64_t earned_ = 0;  // ever
};

}  // namespace perennial::app::demo
