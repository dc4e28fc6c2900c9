// A loyalty program is a campaign of type LOYALTY_PROGRAM (api.md 10.1).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/campaigns/earning_policy.hpp"
#include "modules/campaigns/span.hpp"
#include "modules/ledger/model.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::campaigns {

using ledger::ProgramId;

/// When points end (api.md 10.4). The last usable day is a local date; the points are gone at the
/// first moment of the next local day.
struct ExpirationRule {
    enum class Period : std::uint8_t { none, months, fixed_day_of_year };
    enum class Rounding : std::uint8_t {
        none,
        end_of_month,
        end_of_quarter,
        end_of_half_year,
        end_of_year,
        particular_month
    };
    Period period = Period::none;
    int months = 0;  ///< 0 = the same day
    Rounding rounding = Rounding::none;
    int rounding_month = 1;  ///< of particular_month, 1 to 12
    int fixed_month = 12;
    int fixed_day = 31;
};

/// The last usable day of points earned on `earned`; nothing = never ends. 31 Jan + 1 month = 28 Feb;
/// a fixed day that is `earned` itself is that same day.
std::optional<Date> last_usable_day(const ExpirationRule&, Date earned);

/// The moment at which points earned at `earned_at` are gone, in the project's zone.
std::optional<Timestamp> expires_at(const ExpirationRule&, Timestamp earned_at, const TimeZone&);

/// "PRE-####": `#` is a random character of the charset; else `length` random ones between prefix and
/// postfix (api.md 7.2).
struct CodeConfig {
    int length = 8;
    std::string charset =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string prefix;
    std::string postfix;
    std::string pattern;
};
std::string make_code(const CodeConfig&, Ids&);

/// How members get and keep tiers (api.md 10.5; what is ours is in docs/GLOSSARY.md).
struct TierPolicy {
    /// What a tier's `points.from` is compared with.
    enum class Metric : std::uint8_t {
        balance,  ///< spendable points now
        points,   ///< points earned in what counts
        spend,    ///< paid order amounts in what counts
        orders,   ///< paid orders in what counts
        tenure    ///< whole local days since joining
    };
    /// What counts: the running period, a window that slides with each day, or everything.
    enum class Counting : std::uint8_t { period, window, all_time };
    enum class Period : std::uint8_t { month, quarter, half_year, year, forever };
    /// Until when a reached tier holds. `balance_drop`: as long as it is reached.
    enum class End : std::uint8_t { end_of_period, end_of_next_period, balance_drop, custom };
    enum class Downgrade : std::uint8_t { to_reached, by_one, never };

    Metric metric = Metric::balance;
    Counting counting = Counting::period;
    Period period = Period::forever;
    Span window;  ///< of Counting::window: this day and those before it
    End end = End::end_of_period;
    Span extend;  ///< of custom
    ExpirationRule::Rounding rounding = ExpirationRule::Rounding::none;  ///< of custom
    int rounding_month = 1;
    bool starts_next_period = false;  ///< what is reached begins with the next period
    Span grace;                       ///< a tier that is lost is kept this much longer
    Downgrade downgrade = Downgrade::to_reached;
};

/// The last day of a custom tier that was reached on this one.
Date last_day_of_tier(const TierPolicy&, Date reached);

/// What points are called: by language, by plural category ("one", "few", "many", "other").
using CurrencyNames =
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

struct Program {
    ProgramId id;
    std::string name;
    bool active = true;
    bool auto_join = false;
    std::optional<Timestamp> start_date;
    std::optional<Timestamp> expiration_date;
    Points initial_points;  ///< on a new card; make no transaction (api.md 7.1)
    ExpirationRule expiration;
    CodeConfig code_config;
    TierPolicy tier_policy;
    /// Ours (`expiration_rules.inactivity`): all points of a card end when nothing was earned or spent
    /// for that long.
    std::optional<Span> inactivity;
    /// Ours (`expiration_reminders`): how many days before points end their member is told; the most
    /// days first.
    std::vector<int> reminder_days;
    /// Ours (`negative_balance`: "ALLOW" | "REFUSE", default REFUSE): what a return may do when the
    /// points are spent already.
    bool allow_debt = false;
    /// Ours: points pay or buy nothing beside an order that is smaller (minor units); 0 = no minimum.
    Money minimum_order_to_spend;
    std::optional<std::int64_t> point_value;  ///< ours: what a point pays, millionths of a minor unit
    std::optional<std::int64_t> margin;       ///< ours: of what is sold, millionths of a percent
    CurrencyNames currency_names;             ///< ours
    EarningPolicy earning;

    /// Active, started and not ended.
    bool runs_at(Timestamp now) const {
        return active && (!start_date || *start_date <= now) &&
               (!expiration_date || now < *expiration_date);
    }
};

/// All programs of a project, compiled.
struct Programs {
    std::vector<Program> all;  ///< oldest first

    const Program* find(const ProgramId&) const;
    static std::unique_ptr<Programs> compile(const projects::Snapshot&);
};

}  // namespace perennial::campaigns
