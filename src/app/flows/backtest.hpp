// Backtest (ours): a changed program over the orders and events of a past period. What it would have given, to
// whom, and whose tier would be another; beside what was given, and what the rules of the time come to.
#pragma once
#include "app/flows/replay.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// The project's definitions with the change in them; nothing is written. `changes` has fields of the
/// program as for PUT, and `tiers` (the whole ladder, as for PUT), `earning_rules`, `multipliers`: by id
/// what is sent of them (`removed`: true = gone), without id new ones. Refuses with all mistakes, their
/// pointers under /changes.
Result<projects::SnapshotPtr> change_program(const projects::Snapshot&,
                                             const projects::Definition& program,
                                             const json::object& changes, Timestamp now);

/// A moment of a body: a time with its zone, or a date, which is its first local moment.
std::optional<std::string> read_moment(JsonReader& body, std::string_view name);
Timestamp moment_of(const std::string& text, const TimeZone&);

/// A group of customers, by a condition over who they are now and their tier at the period's start.
struct Group {
    std::string name;
    cel::Program condition;
};
/// {"name": "condition"}; adds an issue for each mistake.
std::vector<Group> read_groups(JsonReader& body);

/// What a backtest adds up, member by member. Bounded: months, tiers, groups, rules and the first few of
/// everything else.
class BacktestSums {
  public:
    /// Points of the three worlds, and who they went to.
    struct Tally {
        std::int64_t members = 0;
        std::int64_t was = 0, was_back = 0;
        std::int64_t then = 0, then_back = 0;
        std::int64_t under = 0, under_back = 0;
        std::int64_t gain = 0, lose = 0;
    };
    /// What adding and telling needs to know.
    struct Scene {
        const Book& today;
        const Book& change;
        const std::vector<Group>& groups;
        Timestamp now;
    };

    ledger::CardPlace after;  ///< the last card that was looked at
    std::map<RawId, Points> budgets;

    void add(const History&, const Replayed&, const Scene&);
    json::object result(const Scene&) const;

    std::string position() const;
    static BacktestSums from_position(std::string_view);

    std::int64_t members() const { return all_.members; }

  private:
    struct Extreme {
        std::int64_t difference = 0;
        std::string card;
        std::string code;
        std::int64_t was = 0;
        std::int64_t under = 0;
    };
    struct Cut {
        std::int64_t times = 0;
        std::int64_t points = 0;
    };
    using Tallies = std::map<std::string, Tally>;
    using RuleTallies = std::map<RawId, Tally>;
    using Counts = std::map<std::string, std::int64_t>;

    template <class Self, class Visit>
    static void each_tally(Self&, Visit);
    template <class Self, class Visit>
    static void each_count(Self&, Visit);

    Tally all_;
    std::int64_t orders_ = 0;
    std::int64_t events_ = 0;
    std::int64_t person_of_today_ = 0;
    std::int64_t not_replayed_ = 0;
    std::int64_t tier_differs_ = 0;
    Tallies months_, tiers_, groups_;
    RuleTallies rules_;
    Counts moves_were_, moves_under_, ends_were_, ends_under_, reasons_;
    std::map<std::string, Cut> cuts_;
    std::vector<Extreme> gains_, losses_;
    json::array first_not_replayed_;
};

/// POST and GET /v1/loyalties/{campaignId}/backtests, GET …/{backtestId}.
projects::Routes backtest_routes();

/// Enough for one statement to be worth it, few enough to stay near the core.
inline constexpr int members_a_read = 48;

inline constexpr std::string_view backtest_job_kind = "backtest";

}  // namespace perennial::flows
