// Points that people move by hand: adding and removing, and pending points made spendable, changed or
// canceled before their time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct AdjustBalance {
    enum class Ends : std::uint8_t { program_rules, custom_date, never };
    std::string campaign;  ///< id or name; empty = whatever program the card is of
    std::string member;    ///< code or "v_…"
    Points points;         ///< not 0; removes when negative
    Ends ends = Ends::program_rules;
    std::optional<Date> last_day;  ///< of custom_date: the last usable local date
    std::string reason;
    std::string source_id;  ///< the same one again changes nothing; may be empty
};

void want(const AdjustBalance&, work::Batch&, projects::ProjectNumber);

/// The balance as of right after the change; of a repeated one, as it was then.
struct Adjusted {
    const ledger::Card* card = nullptr;
    Points points;
    Points total;
    Points balance;
};
/// Refuses in this order: not_found (campaign, card), duplicate_source_id (used for another
/// change), invalid_expiration_date (over already), loyalty_card_points_exceeded, invalid_balance.
/// Points added by hand are spendable, but not earned: they do not count for a tier's period.
Result<Adjusted> adjust_balance(const AdjustBalance&, const projects::Context&);

struct SettlePending {
    std::string member;
    std::string pending;  ///< "lopp_…"
    enum class Action : std::uint8_t { activate, cancel, adjust };
    Action action = Action::activate;
    Points points;          ///< of adjust: not 0
    std::string reason;     ///< of adjust
    std::string source_id;  ///< of adjust: the same one again changes nothing; may be empty
};
void want(const SettlePending&, work::Batch&, projects::ProjectNumber);
/// Refuses in this order: not_found (card, then pending points that the card never had),
/// duplicate_source_id, invalid_pending_points_state (spendable, canceled or gone already),
/// loyalty_card_points_exceeded (fewer pend), invalid_balance.
Result<Adjusted> settle_pending(const SettlePending&, const projects::Context&);

}  // namespace perennial::flows
