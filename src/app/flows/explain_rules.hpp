// A rule that was looked at again, beside what was credited then.
#pragma once
#include "app/flows/rule_look_json.hpp"

namespace perennial::flows {

/// `Decision` is that of an order or of an event. What was credited is the truth; a difference would be
/// a defect of explain.
template <class Decision>
json::object rule_json(RuleLook look, const Decision& decision, const ledger::ProgramId& program,
                       std::string_view why_not = "it read what a decision does not keep") {
    for (const orders::Cut& cut : decision.cuts)
        if (cut.rule == look.rule->id && cut.program == program) {
            look.outcome.wanted = cut.wanted;
            look.outcome.points = cut.given;
            look.outcome.limit = cut.limit;
            if (cut.given.is_zero()) look.outcome.reason = earning::Outcome::Reason::limit_reached;
        }
    json::object out = look_json(look);
    bool known = !look.outcome.limit.empty();
    for (const auto& award : decision.awards)
        if (award.rule == look.rule->id && award.program == program) {
            known = true;
            out["credited"] = award.points.value;
            if constexpr (requires { award.taken_back; }) out["taken_back"] = award.taken_back.value;
            out["transaction_id"] = ledger::EntryId(award.entry).text();
            out["matches"] = award.points == look.outcome.points;
        }
    if (known || look.outcome.points.is_zero()) return out;
    out["outcome"] = "not_credited";
    out["points_if_credited"] = look.outcome.points.value;
    out["points"] = 0;
    out["explanation"] = why_not;
    return out;
}

}  // namespace perennial::flows
