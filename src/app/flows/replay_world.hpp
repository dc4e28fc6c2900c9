// The member in the world of the change.
#pragma once
#include <vector>

#include "app/flows/replay_decide.hpp"
#include "app/flows/replay_person.hpp"
#include "modules/tiers/replay.hpp"

namespace perennial::flows {

/// The card with its tier, what pends, and what limits have counted. It follows what was until it is forked; from
/// then on the changed rules are in force.
class ReplayWorld {
  public:
    static constexpr std::uint32_t no_order = UINT32_MAX;

    ReplayWorld(const History&, const ReplayWish&, ReplayPerson&, Replayed& out);

    /// Whether anything looks at the card: if not, nothing moves on it.
    bool lives() const { return lives_; }
    bool is_forked() const { return is_forked_; }
    const tiers::Tier* tier() const;

    /// Nothing moves by the edit itself. `used`: what limits have counted up to here.
    void fork(const Used& used);
    /// The last moment.
    void end(Timestamp);

    /// What pends becomes spendable, and what time alone moves.
    void advance(Timestamp);
    /// The tier by what has been counted, and the earning rules that its move starts, once.
    void settle(Timestamp);

    /// What is no order and no event: points by hand, spent or ended, tiers as they moved.
    void take(const ledger::Entry&);
    /// What an order or event gives.
    void credit(const earning::Rule*, Points, Timestamp, std::uint32_t order);
    /// Points of an order that came back; some of them were not there to be taken.
    void take_back(std::uint32_t order, Points back, Points not_there, Timestamp counted_at);
    void keep(Points not_there);
    /// What tiers count of orders.
    void count(Money spend, int orders, Timestamp);

    /// The person as the rules of the change see them: who they were when it was decided, with the tier and
    /// points of this world.
    void see_person(const json::object* stored);

    template <class Body>
    void with_meter(Body body) {
        const auto used = [&](const RawId& scope, earning::Span span, Timestamp start) {
            if (span != earning::Span::budget) return used_.of(scope, span, start);
            const auto found = wish_.budgets.find(scope);
            return found == wish_.budgets.end() ? Points() : found->second;
        };
        const auto add = [&](const RawId& scope, earning::Span span, Timestamp start, Points points,
                             Points) {
            if (span == earning::Span::budget) wish_.budgets[scope] += points;
            else used_.add(scope, span, start, points);
        };
        body(earning::Meter{used, add});
    }

  private:
    struct Waiting {
        Timestamp at;
        std::uint32_t order = 0;
        Points points;
    };

    void moved(const tiers::Move&);
    bool earn(const tiers::Move&, Timestamp);
    void follow(const ledger::Entry&);
    void add(Points, Timestamp);

    const ReplayWish& wish_;
    const Book& change_;
    const TimeZone& zone_;
    ReplayPerson& person_;
    Replayed& out_;
    bool lives_;
    bool is_forked_ = false;
    tiers::Life life_;
    ledger::TierId tier_was_;  ///< in history
    Used used_;
    std::vector<Waiting> waiting_;  ///< the first to become spendable first
};

}  // namespace perennial::flows
