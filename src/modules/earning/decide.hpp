// How many points a fact gives under one rule. Pure: facts in, outcome out.
#pragma once
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

using AppliesTo = FunctionRef<bool(const Proportion::Applicable&, const ItemFacts&)>;

struct Outcome {
    enum class Reason : std::uint8_t {
        earned,
        not_running,      ///< switched off, not begun or over
        condition_false,  ///< its condition said no
        below_step,       ///< less than one full step, or nothing to count
        not_a_number,     ///< the metadata it counts is missing or no number
        error,            ///< the expression failed on these facts
        out_of_range      ///< more points than a card can hold: the whole command is refused
    };
    Reason reason = Reason::earned;
    Points base;          ///< before the tier's mapping
    Points points;        ///< what is credited
    std::string details;  ///< of error
};
std::string_view reason_name(Outcome::Reason);

/// Order: running, condition, points, then the mapping of the tier that the member had before.
/// A formula that gives less than 1 earns nothing.
Outcome evaluate(const Rule&, const Facts&, const tiers::Tier* tier, AppliesTo, Timestamp now,
                 cel::Trace* condition_trace = nullptr, cel::Trace* formula_trace = nullptr);

}  // namespace perennial::earning
