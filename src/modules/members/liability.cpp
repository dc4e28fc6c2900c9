#include "modules/members/liability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/wide.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/statement.hpp"

namespace perennial::members {
namespace {

using ledger::EntryKind;
using ledger::LotChange;

int month_number(std::string_view month) {
    const auto date = Date::parse(std::string(month) + "-01");
    CHECK(date.has_value());
    return date->year * 12 + date->month - 1;
}

// Whole months from one local date to a later one.
int months_between(Date from, Date to) {
    const int months = (to.year - from.year) * 12 + to.month - from.month;
    return std::max(0, from.plus_months(months) > to ? months - 1 : months);
}

void add_lot(Outstanding& to, std::int64_t points, Timestamp earned_at,
             std::optional<Timestamp> end, Timestamp at, const TimeZone& zone) {
    to.active += points;
    to.by_age[months_between(zone.local_date(earned_at), zone.local_date(at))] += points;
    to.by_end[end && *end != ledger::never_ends ? ledger::month_of(*end + -1, zone) : ""] += points;
}

void add_totals(std::map<std::string, ledger::Totals>& to, const ledger::Posting& posting,
                const TimeZone& zone) {
    if (const std::int64_t sum = ledger::sum_of(posting); sum != 0)
        to[ledger::month_of(posting.effective_at, zone)]
            .of_kind[static_cast<std::size_t>(posting.kind)] += sum;
}

// The lots of one card by business time. Sums of steps do not depend on their order, so what was
// written down late finds its place.
struct LotsAt {
    struct One {
        std::int64_t left = 0;
        bool pending = false;
        Timestamp earned_at;
        std::optional<Timestamp> end;
    };
    std::map<std::uint32_t, One> lots;
    std::int64_t debt = 0;
    std::optional<Timestamp> idle_until;

    void add(const ledger::Posting& posting) {
        for (const LotChange& change : posting.lots) {
            One& lot = lots[change.lot];
            switch (change.op) {
                case LotChange::Op::open:
                    lot.pending = change.activates_at.has_value();
                    lot.earned_at = change.earned_at;
                    lot.end = change.expires_at;
                    lot.left += change.points.value;
                    break;
                case LotChange::Op::take: lot.left -= change.points.value; break;
                case LotChange::Op::put:
                    lot.left += change.points.value;
                    lot.end = change.expires_at;
                    break;
                case LotChange::Op::activate: lot.pending = false; break;
                case LotChange::Op::debt: debt += change.points.value; break;
                case LotChange::Op::idle: idle_until = change.expires_at; break;
            }
        }
    }

    void flush(Outstanding& to, Timestamp at, const TimeZone& zone) {
        bool holds = debt != 0;
        ledger::Card ends;
        ends.idle_until = idle_until;
        for (const auto& [number, one] : lots) {
            if (one.left == 0) continue;
            holds = true;
            if (one.pending) {
                to.pending += one.left;
                continue;
            }
            ledger::Lot lot;
            lot.expires_at = one.end;
            add_lot(to, one.left, one.earned_at, ends.end_of(lot), at, zone);
        }
        to.debt += debt;
        to.cards += holds ? 1 : 0;
        *this = {};
    }
};

ProgramState state_now(db::Tx& tx, projects::ProjectNumber project,
                       const ledger::ProgramId& program, const Rulebook& book, Timestamp at) {
    ProgramState out;
    for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket)
        ledger::scan_cards(tx, bucket, [&](const ledger::Card& card) {
            if (card.project != project || card.program != program) return;
            for (const ledger::Posting& posting : due_postings(card, book, at))
                add_totals(out.held.unsaved, posting, book.zone);
            add_card(out.held, rolled(card, book, at), at, book.zone);
        });
    std::map<std::string, ledger::Totals> months = out.held.unsaved;
    bool has_older = false;
    for (const auto& [month, totals] : ledger::monthly(tx, project, program)) {
        months[month].add(totals);
        has_older = has_older || month == ledger::before_months;
    }
    out.months.assign(months.begin(), months.end());
    if (has_older) std::ranges::rotate(out.months, out.months.end() - 1);
    return out;
}

ProgramState state_before(db::Tx& tx, projects::ProjectNumber project,
                          const ledger::ProgramId& program, const Rulebook& book, Timestamp at) {
    ProgramState out;
    std::map<std::string, ledger::Totals> months;
    for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket) {
        std::map<ledger::CardId, std::vector<ledger::Posting>> due;
        ledger::scan_cards(tx, bucket, [&](const ledger::Card& card) {
            if (card.project != project || card.program != program) return;
            if (auto postings = due_postings(card, book, at); !postings.empty())
                due.emplace(card.id, std::move(postings));
        });
        ledger::CardId current;
        LotsAt lots;
        auto finish = [&] {
            for (const ledger::Posting& posting : due[current]) {
                add_totals(months, posting, book.zone);
                lots.add(posting);
            }
            lots.flush(out.held, at, book.zone);
        };
        ledger::scan_entries(tx, bucket,
                             [&](projects::ProjectNumber of, const ledger::Entry& entry,
                                 std::string_view) {
                                 if (of != project || entry.program != program) return;
                                 if (entry.card != current) {
                                     finish();
                                     current = entry.card;
                                 }
                                 if (entry.effective_at > at) return;
                                 add_totals(months, entry, book.zone);
                                 lots.add(entry);
                             });
        finish();
    }
    out.months.assign(months.begin(), months.end());
    return out;
}

// A random number in [0, below): splitmix64.
class Draw {
  public:
    std::size_t below(std::size_t end) {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return static_cast<std::size_t>((z ^ (z >> 31)) % end);
    }

  private:
    std::uint64_t state_ = 20'260'401;
};

struct Cohort {
    std::vector<std::array<double, 3>> gone;  // by age
    std::vector<double> open;                 // before each age; one more than `gone`
};

struct Fate {
    double expired = 0;
    double undetermined = 0;
};

// Carries the open points of all cohorts on along the shares that `sample` shows.
Fate fate_of(const std::vector<Cohort>& cohorts, const std::vector<std::size_t>& sample,
             std::size_t ages) {
    std::vector<std::array<double, 3>> share(ages);
    for (std::size_t age = 0; age < ages; ++age) {
        double open = 0;
        std::array<double, 3> gone{};
        for (const std::size_t i : sample) {
            const Cohort& cohort = cohorts[i];
            if (age >= cohort.gone.size()) continue;
            open += cohort.open[age];
            for (std::size_t k = 0; k < gone.size(); ++k) gone[k] += cohort.gone[age][k];
        }
        if (open <= 0) continue;
        double rest = 1;
        for (std::size_t k = 0; k < gone.size(); ++k) {
            share[age][k] = std::clamp(gone[k] / open, 0.0, rest);
            rest -= share[age][k];
        }
    }
    Fate out;
    double all = 0;
    for (const Cohort& cohort : cohorts) {
        double open = std::max(0.0, cohort.open.back());
        all += open;
        for (std::size_t age = cohort.gone.size(); age < ages; ++age) {
            out.expired += open * share[age][1];
            open *= 1 - share[age][0] - share[age][1] - share[age][2];
        }
        out.undetermined += open;
    }
    if (all > 0) {
        out.expired /= all;
        out.undetermined /= all;
    }
    return out;
}

}  // namespace

std::optional<PointValue> PointValue::parse(std::string_view text) {
    constexpr int scale_max = 6;
    PointValue out;
    bool dot = false;
    bool digits = false;
    for (const char c : text) {
        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        if (c < '0' || c > '9' || (dot && out.scale == scale_max)) return std::nullopt;
        const int128_t next = static_cast<int128_t>(out.units) * 10 + (c - '0');
        if (!fits(next)) return std::nullopt;
        out.units = static_cast<std::int64_t>(next);
        out.scale += dot ? 1 : 0;
        digits = true;
    }
    if (!digits) return std::nullopt;
    return out;
}

std::string PointValue::text() const {
    std::string out = fmt::format("{:0{}}", units, scale + 1);
    if (scale > 0) out.insert(out.size() - static_cast<std::size_t>(scale), ".");
    return out;
}

std::int64_t PointValue::of(std::int64_t points) const {
    std::int64_t unit = 1;
    for (int i = 0; i < scale; ++i) unit *= 10;
    const int128_t exact = static_cast<int128_t>(points) * units;
    const int128_t magnitude = exact < 0 ? -exact : exact;
    const int128_t rounded = (magnitude + unit / 2) / unit;
    const int128_t most = INT64_MAX;
    const auto value = static_cast<std::int64_t>(rounded > most ? most : rounded);
    return exact < 0 ? -value : value;
}

void add_card(Outstanding& to, const ledger::Card& card, Timestamp at, const TimeZone& zone) {
    for (const ledger::Lot& lot : card.lots) {
        if (lot.pending())
            to.pending += lot.left.value;
        else
            add_lot(to, lot.left.value, lot.earned_at, card.end_of(lot), at, zone);
    }
    to.debt += card.debt.value;
    to.cards += card.lots.empty() && card.debt.is_zero() ? 0 : 1;
}

ProgramState state_at(db::Tx& tx, projects::ProjectNumber project,
                      const ledger::ProgramId& program, const Rulebook& book, Timestamp at,
                      Timestamp now) {
    return at >= now ? state_now(tx, project, program, book, at)
                     : state_before(tx, project, program, book, at);
}

std::optional<Breakage> expected_breakage(const Months& months,
                                          const std::vector<ledger::CohortCell>& cells,
                                          const std::string& last_month) {
    constexpr int months_min = 6;
    constexpr int draws = 400;
    const int end = month_number(last_month);
    std::optional<int> first;
    std::map<int, double> issued;
    for (const auto& [month, totals] : months) {
        if (month == ledger::before_months || month_number(month) >= end) continue;
        const int number = month_number(month);
        first = std::min(first.value_or(number), number);
        issued[number] += static_cast<double>(
            totals[EntryKind::accrual] + totals[EntryKind::addition] +
            totals[EntryKind::transfer_in] + totals[EntryKind::pending_accrual]);
    }
    if (!first || end - *first < months_min) return std::nullopt;
    const auto count = static_cast<std::size_t>(end - *first);
    std::vector<Cohort> cohorts(count);
    for (std::size_t i = 0; i < count; ++i) {
        cohorts[i].gone.resize(count - i);
        cohorts[i].open.assign(count - i + 1, issued[*first + static_cast<int>(i)]);
    }
    for (const ledger::CohortCell& cell : cells) {
        const int earned = month_number(cell.earned);
        const int gone = month_number(cell.gone);
        if (earned < *first || earned >= end || gone >= end || gone < earned) continue;
        Cohort& cohort = cohorts[static_cast<std::size_t>(earned - *first)];
        for (std::size_t k = 0; k < 3; ++k)
            cohort.gone[static_cast<std::size_t>(gone - earned)][k] +=
                static_cast<double>(cell.by_outflow[k]);
    }
    double open = 0;
    for (Cohort& cohort : cohorts) {
        for (std::size_t age = 0; age < cohort.gone.size(); ++age) {
            const auto& gone = cohort.gone[age];
            cohort.open[age + 1] = cohort.open[age] - gone[0] - gone[1] - gone[2];
        }
        open += std::max(0.0, cohort.open.back());
    }
    if (open <= 0) return std::nullopt;
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = i;
    const Fate fate = fate_of(cohorts, all, count);
    Breakage out{fate.expired, fate.expired, fate.expired, fate.undetermined,
                 static_cast<int>(count)};
    std::vector<double> rates;
    Draw draw;
    for (int i = 0; i < draws; ++i) {
        std::vector<std::size_t> sample(count);
        for (std::size_t& one : sample) one = draw.below(count);
        rates.push_back(fate_of(cohorts, sample, count).expired);
    }
    std::ranges::sort(rates);
    out.low = rates[draws / 20];
    out.high = rates[draws - 1 - draws / 20];
    return out;
}

}  // namespace perennial::members
