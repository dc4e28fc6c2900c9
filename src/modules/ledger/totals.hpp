// The ledger's kept sums: what entries of each kind moved in each local month of a program, and which
// months' points were used up in which. One row a bucket, kept with every posting through sums::Set;
// `perennial verify` makes them anew from the entries.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/ledger/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::ledger {

/// "2036-03": the local month in which a moment lies.
std::string month_of(Timestamp, const TimeZone&);

/// Of postings from before months were kept.
inline constexpr std::string_view before_months = "before";

/// "ledger.accrual@2036-03"; empty for what moves nothing.
std::string sum_name(EntryKind, std::string_view month);
/// What the posting adds to it: the change of the spendable points, or of the pending ones where only
/// those move.
std::int64_t sum_of(const Posting&);

/// Points of a lot that are used up, by where they went.
enum class Outflow : std::uint8_t { redeemed, expired, other };
struct LotOutflow {
    Outflow what = Outflow::other;
    Timestamp earned_at;
    std::int64_t points = 0;  ///< negative: they came back
};
/// `before` is the card to which the posting is not applied yet.
std::vector<LotOutflow> outflows(const Posting&, const Card& before);
/// "cohort.redeemed@2035-11@2036-03": earned in the first month, gone in the second.
std::string cohort_name(Outflow, std::string_view earned, std::string_view gone);

/// What was moved, by kind; the index is the kind's number.
struct Totals {
    std::array<std::int64_t, 14> of_kind{};

    std::int64_t operator[](EntryKind kind) const {
        return of_kind[static_cast<std::size_t>(kind)];
    }
    void add(const Totals&);
    std::int64_t spendable() const;  ///< change of what members can spend
    std::int64_t pending() const;
    // The counter-accounts; with the two above they add up to zero.
    std::int64_t issued() const;
    std::int64_t redeemed() const;
    std::int64_t expired() const;
    std::int64_t adjusted() const;
    std::int64_t transferred() const;
};

/// By month; `before_months` comes first when there is such.
std::vector<std::pair<std::string, Totals>> monthly(db::Tx&, projects::ProjectNumber, const ProgramId&);
Totals totals(db::Tx&, projects::ProjectNumber, const ProgramId&);

/// Points of one month's lots that were used up in a later one.
struct CohortCell {
    std::string earned;
    std::string gone;
    std::array<std::int64_t, 3> by_outflow{};
};
std::vector<CohortCell> cohorts(db::Tx&, projects::ProjectNumber, const ProgramId&);

}  // namespace perennial::ledger
