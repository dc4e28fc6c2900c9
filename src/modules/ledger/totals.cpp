#include "modules/ledger/totals.hpp"

#include <fmt/format.h>

#include "modules/sums/store.hpp"

namespace perennial::ledger {
namespace {

constexpr std::array<std::string_view, 14> kind_words{
    "",           "accrual",     "redemption",   "refund",     "addition",
    "removal",    "expiration",  "transfer_in",  "transfer_out", "activation",
    "cancellation", "pending_accrual", "pending_cancellation", ""};
constexpr std::array<std::string_view, 3> outflow_words{"redeemed", "expired", "other"};

template <class Words>
std::size_t index_of(const Words& words, std::string_view word) {
    return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

bool moves_pending_only(EntryKind kind) {
    return kind == EntryKind::pending_accrual || kind == EntryKind::pending_cancellation;
}

Outflow outflow_of(EntryKind kind) {
    if (kind == EntryKind::redemption || kind == EntryKind::refund) return Outflow::redeemed;
    return kind == EntryKind::expiration ? Outflow::expired : Outflow::other;
}

}  // namespace

std::string month_of(Timestamp at, const TimeZone& zone) {
    return zone.local_date(at).iso().substr(0, 7);
}

std::string sum_name(EntryKind kind, std::string_view month) {
    const std::string_view word = kind_words[static_cast<std::size_t>(kind)];
    return word.empty() ? std::string() : fmt::format("ledger.{}@{}", word, month);
}

std::int64_t sum_of(const Posting& posting) {
    return moves_pending_only(posting.kind) ? posting.pending.value : posting.points.value;
}

std::vector<LotOutflow> outflows(const Posting& posting, const Card& before) {
    std::vector<LotOutflow> out;
    const Outflow what = outflow_of(posting.kind);
    for (const LotChange& change : posting.lots) {
        if (change.op == LotChange::Op::put && posting.kind != EntryKind::pending_accrual)
            out.push_back({what, change.earned_at, -change.points.value});
        if (change.op != LotChange::Op::take) continue;
        Timestamp earned_at;
        for (const Lot& lot : before.lots)
            if (lot.number == change.lot) earned_at = lot.earned_at;
        for (const LotChange& other : posting.lots)
            if (other.op == LotChange::Op::open && other.lot == change.lot)
                earned_at = other.earned_at;
        out.push_back({what, earned_at, change.points.value});
    }
    return out;
}

std::string cohort_name(Outflow what, std::string_view earned, std::string_view gone) {
    return fmt::format("cohort.{}@{}@{}", outflow_words[static_cast<std::size_t>(what)], earned,
                       gone);
}

void Totals::add(const Totals& more) {
    for (std::size_t i = 0; i < of_kind.size(); ++i) of_kind[i] += more.of_kind[i];
}

std::int64_t Totals::spendable() const {
    return -(issued() + redeemed() + expired() + adjusted() + transferred() + pending());
}
std::int64_t Totals::pending() const {
    return (*this)[EntryKind::pending_accrual] + (*this)[EntryKind::pending_cancellation] -
           (*this)[EntryKind::activation];
}
std::int64_t Totals::issued() const {
    return -((*this)[EntryKind::accrual] + (*this)[EntryKind::cancellation] +
             (*this)[EntryKind::pending_accrual] + (*this)[EntryKind::pending_cancellation]);
}
std::int64_t Totals::redeemed() const {
    return -((*this)[EntryKind::redemption] + (*this)[EntryKind::refund]);
}
std::int64_t Totals::expired() const { return -(*this)[EntryKind::expiration]; }
std::int64_t Totals::adjusted() const {
    return -((*this)[EntryKind::addition] + (*this)[EntryKind::removal]);
}
std::int64_t Totals::transferred() const {
    return -((*this)[EntryKind::transfer_in] + (*this)[EntryKind::transfer_out]);
}

std::vector<std::pair<std::string, Totals>> monthly(db::Tx& tx, projects::ProjectNumber project,
                                                    const ProgramId& program) {
    std::map<std::string, Totals> found;
    for (const auto& [name, total] : sums::list(tx, project, "ledger.", program)) {
        const auto at = name.find('@');
        if (at == std::string::npos) continue;
        const std::size_t kind = index_of(kind_words, std::string_view(name).substr(7, at - 7));
        CHECK(kind < kind_words.size());
        found[name.substr(at + 1)].of_kind[kind] += total;
    }
    std::vector<std::pair<std::string, Totals>> out(found.begin(), found.end());
    // A word sorts behind all months.
    if (!out.empty() && out.back().first == before_months)
        std::ranges::rotate(out, out.end() - 1);
    return out;
}

Totals totals(db::Tx& tx, projects::ProjectNumber project, const ProgramId& program) {
    Totals out;
    for (const auto& [month, one] : monthly(tx, project, program)) out.add(one);
    return out;
}

std::vector<CohortCell> cohorts(db::Tx& tx, projects::ProjectNumber project,
                                const ProgramId& program) {
    std::map<std::pair<std::string, std::string>, CohortCell> found;
    for (const auto& [name, total] : sums::list(tx, project, "cohort.", program)) {
        const auto first = name.find('@');
        const auto second = name.find('@', first + 1);
        CHECK(second != std::string::npos);
        const std::size_t what =
            index_of(outflow_words, std::string_view(name).substr(7, first - 7));
        CHECK(what < outflow_words.size());
        CohortCell& cell = found[{name.substr(first + 1, second - first - 1),
                                  name.substr(second + 1)}];
        cell.by_outflow[what] += total;
    }
    std::vector<CohortCell> out;
    for (auto& [months, cell] : found) {
        cell.earned = months.first;
        cell.gone = months.second;
        out.push_back(std::move(cell));
    }
    return out;
}

}  // namespace perennial::ledger
