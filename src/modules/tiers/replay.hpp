// The tier that a member would hold if other definitions had been in force: for programs that are
// edited, and for looking at edits. Pure.
#pragma once
#include <vector>

#include "base/function_ref.hpp"
#include "modules/tiers/decide.hpp"

namespace perennial::tiers {

/// A card's tier that is lived through in memory, under one rulebook. Of the card only what tiers look
/// at is true: tier with its dates, what counts, balance.
class Life {
  public:
    using Told = FunctionRef<void(const Move&)>;

    Life(const ledger::Card& of, const campaigns::Program&, const Tiers&, const TimeZone&);

    ledger::Card card;

    /// What time alone moves until then, that moment included.
    void go_to(Timestamp, Told);
    /// Once all that happened at a moment is counted.
    void decide(Timestamp, Told);
    /// The tier was changed from outside.
    void changed() { is_noted_ = false; }

  private:
    void take(const Move&, Told);
    std::optional<Timestamp> due() const;

    bool is_noted_ = false;  ///< nothing has moved since `decide`: when time moves the tier is known
    const campaigns::Program& program_;
    const Tiers& tiers_;
    const TimeZone& zone_;
};

/// Something that happened, in the order of happening.
struct Fact {
    Timestamp at;
    Timestamp counts_at;           ///< an order's own time, also for what a return takes of it
    std::optional<Points> balance; ///< after it; nothing = as before
    Points points;
    Money spend;
    std::int64_t orders = 0;
};

/// Of the card only id, program and the time it was made are read. The answer has the tier with its
/// dates, and what counts for tiers as of `now`.
ledger::Card replay(const ledger::Card&, const std::vector<Fact>&, const campaigns::Program&,
                    const Tiers&, Timestamp now, const TimeZone&);

}  // namespace perennial::tiers
