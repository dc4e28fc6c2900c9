// What a program owes its members: points by state and age, their movement from month to month, and how
// many of them will expire unused, estimated from the program's own history.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/members/roll.hpp"

namespace perennial::members {

/// A point's value in minor units of the currency, exact: "0.5" is half a cent.
struct PointValue {
    std::int64_t units = 0;  ///< of 10^-scale
    int scale = 0;

    std::string text() const;
    /// Up to 6 places; nothing for what is no such number or negative.
    static std::optional<PointValue> parse(std::string_view);
    /// Rounded half away from zero to whole minor units.
    std::int64_t of(std::int64_t points) const;
};

/// What cards hold at a moment.
struct Outstanding {
    std::int64_t active = 0;  ///< in lots that can be spent
    std::int64_t pending = 0;
    std::int64_t debt = 0;
    std::int64_t cards = 0;                         ///< that hold or owe something
    std::map<int, std::int64_t> by_age;             ///< active points by whole months since earned
    std::map<std::string, std::int64_t> by_end;     ///< active points by the month of their last day;
                                                    ///< "" = without end
    std::map<std::string, ledger::Totals> unsaved;  ///< by month: fallen due, not written down yet
};

/// Adds one card that was rolled to `at`.
void add_card(Outstanding&, const ledger::Card& rolled, Timestamp at, const TimeZone&);

using Months = std::vector<std::pair<std::string, ledger::Totals>>;

/// The state of the program at `at`, from what is saved and what has fallen due. Of now: from the cards
/// and the kept sums. Of an earlier moment: from the entries that count until then, by business time.
struct ProgramState {
    Outstanding held;
    Months months;  ///< until `at`, in order
};
ProgramState state_at(db::Tx&, projects::ProjectNumber, const ledger::ProgramId&, const Rulebook&,
                      Timestamp at, Timestamp now);

/// Expected breakage: the share of the active points that will expire unused.
///
/// Method: a discrete-time life table with competing risks (Aalen and Johansen 1978). Cohorts are the
/// points earned in a month. At each age in months, the share of the points still open that is redeemed,
/// that expires, and that goes otherwise, is taken over all cohorts observed at that age in whole months.
/// Each cohort's open points are carried on along these shares to the oldest age that was ever observed;
/// what is open then is `undetermined`, and counts as not expiring. Interval: the 5th and 95th
/// percentile over 400 tables of cohorts drawn anew with replacement (Efron 1979), from a fixed seed.
struct Breakage {
    double rate = 0;
    double low = 0;
    double high = 0;
    double undetermined = 0;  ///< share of the open points whose fate lies beyond what was observed
    int months = 0;           ///< whole months of history
};
/// Nothing while there are fewer than 6 whole months, or no open points. `last_month` is the one that
/// is not over.
std::optional<Breakage> expected_breakage(const Months&, const std::vector<ledger::CohortCell>&,
                                          const std::string& last_month);

}  // namespace perennial::members
