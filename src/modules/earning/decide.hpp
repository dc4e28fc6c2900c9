// How many points a fact gives under one rule. Pure: facts in, outcome out.
#pragma once
#include <span>
#include <string>

#include "base/function_ref.hpp"
#include "cel/trace.hpp"
#include "modules/earning/facts.hpp"
#include "modules/earning/model.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::earning {

/// The meaning of evaluation. Grows when a rule would give other points than before; explain then
/// says so. Frozen by tests/golden.
inline constexpr int engine_version = 1;

/// `order` or `event` may be null.
struct Facts {
    const CustomerFacts* customer = nullptr;
    const OrderFacts* order = nullptr;
    const EventFacts* event = nullptr;
    const ContextFacts* context = nullptr;
};

using AppliesTo = FunctionRef<bool(const Applicable&, const ItemFacts&)>;

/// What multiplies a rule's points besides itself.
struct Terms {
    const tiers::Tier* tier = nullptr;  ///< that the member had before
    std::span<const Multiplier> multipliers = {};
    bool multiply_all = false;  ///< else the highest counts
};

/// The order as the rule counts it: without what it leaves out.
OrderFacts counted(const OrderFacts&, const Exclusion&, AppliesTo);

struct Outcome {
    enum class Reason : std::uint8_t {
        earned,
        not_running,      ///< switched off, not begun or over
        condition_false,  ///< its condition said no
        below_step,       ///< less than one full step, or nothing to count
        not_a_number,     ///< the metadata it counts is missing or no number
        error,            ///< the expression failed on these facts
        out_of_range,     ///< more points than a card can hold: the whole command is refused
        limit_reached     ///< a limit lets nothing more through
    };
    struct Applied {
        const Multiplier* multiplier = nullptr;  ///< null = the tier's
        std::int64_t millionths = 1'000'000;
    };
    Reason reason = Reason::earned;
    Points base;          ///< before the tier's mapping and multipliers
    Points wanted;        ///< before limits
    Points points;        ///< what is credited
    std::vector<Applied> applied;  ///< the multipliers that counted
    std::string limit;    ///< that let less through: "rule.per_day", "program.budget" …
    std::string details;  ///< of error, and of a rule that no longer compiles
    std::optional<std::int64_t> missing;  ///< of below_step: how much more makes the first step
};
std::string_view reason_name(Outcome::Reason);

/// Order: running, condition, points, then the tier's mapping and the promotions' multipliers, rounded
/// down once. A formula that gives less than 1 earns nothing. Limits come after it.
Outcome evaluate(const Rule&, const Facts&, const Terms&, AppliesTo, Timestamp now,
                 cel::Trace* condition_trace = nullptr, cel::Trace* formula_trace = nullptr);

/// Whose points a limit counts.
enum class Scope : std::uint8_t { rule, program };
/// Over what it counts them. Numbers are stored: never renumber.
enum class Span : std::uint8_t { order = 0, day = 1, week = 2, month = 3, year = 4, member = 5, budget = 6 };
/// The first moment of the local span that holds `at`; 0 for member, budget and order.
Timestamp start_of(Span, Timestamp at, const TimeZone&);

struct LimitOf {
    Span span;
    std::string_view name;  ///< "per_day"
    Points points;
};
/// The limits that are set.
std::vector<LimitOf> limits_of(const campaigns::Limits&);

/// Cuts the outcome to what the limits of the rule and the program leave; `used` says what was given.
void cut(Outcome&, const campaigns::Limits& rule, const campaigns::Limits& program,
         FunctionRef<Points(Scope, Span)> used);

}  // namespace perennial::earning
