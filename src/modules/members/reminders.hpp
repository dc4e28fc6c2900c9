// Notices of points that end, at the offsets that the program sets (`expiration_reminders`). A notice
// is due from the first moment of the local day that lies so many days before the last usable one. Each
// day of an end and each offset is told once; what it says is what ends then, so a later one is right
// whatever was earned or spent in between. When several are due at once, the nearest is told for all.
#pragma once
#include <optional>
#include <vector>

#include "modules/members/roll.hpp"

namespace perennial::members {

struct Notice {
    Timestamp end;  ///< the first moment at which the points are gone
    int days = 0;   ///< the offset it is told for
    Points points;
};

/// What is to be told now, of a card that was rolled to now; in order of end.
std::vector<Notice> due_notices(const ledger::Card&, const Rulebook&, Timestamp now);
/// Notes them as told, forgets those of ends that are over, and sets when the next is due. Answers
/// whether the card has changed.
bool note_told(ledger::Card&, const Rulebook&, const std::vector<Notice>&, Timestamp now);

}  // namespace perennial::members
