// Birthdays of members and anniversaries of joining: rules of customer.birthday and
// customer.loyalty.anniversary earn at the first moment of that local day, once a year each. Part of what
// falls due (roll.hpp): pure.
#pragma once
#include "modules/members/roll.hpp"

namespace perennial::members {

/// The day in this year: 29 February is the 28th in other years.
Date celebrated_in(int year, int month, int day);

/// Notes the birthday (YYYY-MM-DD or empty), and the next day on which the card may earn: after `known`
/// (the local day on which that became known; the card has been rolled forward). Without it, only for a
/// card that waits for no day: after the card and the first such rule were made and the person's profile
/// was changed last. True when the card changed.
bool note_birthday(ledger::Card&, const Rulebook&, std::string_view birthdate,
                   std::optional<Date> known, std::optional<Timestamp> changed_at = std::nullopt);

/// The card's day has come: gives what its rules give, and moves on to the next one.
void celebrate(ledger::Card&, const Rulebook&, FunctionRef<void(Step)> take);

}  // namespace perennial::members
