// What limits leave of a rule's points, and what is noted as used. Pure: what was used may lie in rows of
// the store or in the memory of a replay.
#pragma once
#include "modules/earning/decide.hpp"

namespace perennial::earning {

/// What limits have counted. `limit` is the most that the scope may reach.
struct Meter {
    FunctionRef<Points(const RawId& scope, Span, Timestamp start)> used;
    FunctionRef<void(const RawId& scope, Span, Timestamp start, Points, Points limit)> add;
};

/// Cuts the outcome to what the limits of the rule and of its program leave, and notes what it gives.
/// `given` is what this order or event was given so far.
void take(const Rule&, const campaigns::Limits& of_program, Outcome&, Points& given, Timestamp now,
          const TimeZone&, const Meter&);

/// Adds points to everything that the limits count; negative ones were taken back.
void note(const Rule&, const campaigns::Limits& of_program, Points, Timestamp at, const TimeZone&,
          const Meter&);

}  // namespace perennial::earning
