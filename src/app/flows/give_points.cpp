#include "app/flows/give_points.hpp"

#include <fmt/format.h>

namespace perennial::flows {
namespace {

const ErrorCode points_out_of_range{"points_out_of_range", ErrorKind::rejected,
                                    "Points out of range"};

}  // namespace

std::optional<members::Credited> give(const projects::Context& context, ledger::Card& card,
                                      const earning::Rule& rule, earning::Outcome& outcome,
                                      Allowance& allowance, members::Why why,
                                      std::vector<orders::Cut>& cuts) {
    using Reason = earning::Outcome::Reason;
    if (outcome.reason == Reason::out_of_range)
        throw projects::LateRefusal{
            Error{&points_out_of_range,
                  fmt::format("Earning rule {} gives more points than a card can hold ({})",
                              rule.id.text(), value_max)}};
    allowance.take(rule, outcome);
    if (!outcome.limit.empty())
        cuts.push_back({card.program, rule.id, outcome.wanted, outcome.points, outcome.limit});
    if (outcome.reason != Reason::earned) return std::nullopt;
    if (outcome.points != outcome.base) why.more["base"] = outcome.base.value;
    if (!outcome.limit.empty()) why.more["limit"] = outcome.limit;
    return projects::or_roll_back(
        members::credit_earned(context, card, rule, outcome.points, std::move(why)));
}

}  // namespace perennial::flows
