// The member as rules see them in a replay.
#pragma once
#include <optional>
#include <string>

#include "app/flows/replay.hpp"
#include "modules/members/commands.hpp"

namespace perennial::flows {

/// Who they were, as far as decisions keep it; else who they are today, with what was bought up to there.
class ReplayPerson {
  public:
    explicit ReplayPerson(const History&);

    const earning::CustomerFacts& facts() const { return facts_; }

    /// As a decision saw them; gives their tier of then. Without it only what no decision keeps is known.
    const tiers::Tier* be_stored(const json::object* stored, const tiers::Tiers&);
    void be_of_today(const tiers::Tier*, Points balance, const tiers::Tiers&);
    /// What else there is is of another world.
    void put_tier(const tiers::Tier*);
    void put_points(Points balance) { facts_.points = balance.value; }

    /// An order that they are known by from now on.
    void count(const orders::Order&);

  private:
    const customers::Customer& holder_;
    std::string holder_id_;
    // Kept from case to case, so that their memory is.
    earning::CustomerFacts facts_;
    members::CustomerView today_;
    std::int64_t orders_count_ = 0;
    Money orders_amount_;
    std::optional<Timestamp> last_order_at_;
};

}  // namespace perennial::flows
