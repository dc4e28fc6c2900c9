#include "app/flows/rule_look_json.hpp"

#include <fmt/format.h>

namespace perennial::flows {
namespace {

json::array trace_json(const cel::Trace& trace) {
    json::array out;
    for (const cel::TraceStep& step : trace.steps) {
        json::object one{{"source", step.source}, {"value", step.value}};
        if (!step.substituted.empty()) one["read_as"] = step.substituted;
        if (!step.item.empty()) one["item"] = step.item;
        out.push_back(std::move(one));
    }
    return out;
}

std::string multiplied_by(std::int64_t millionths) {
    std::string text = fmt::format("{}.{:06}", millionths / 1'000'000, millionths % 1'000'000);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

// "the tier Gold (x2) and Double Tuesday (x3)"
std::string multipliers_text(const RuleLook& look) {
    const std::string tier = fmt::format("the tier {}", look.tier ? look.tier->name : "");
    if (look.outcome.applied.empty()) return tier;
    std::string out;
    for (const earning::Outcome::Applied& one : look.outcome.applied)
        out += fmt::format("{}{} (x{})", out.empty() ? "" : " and ",
                           one.multiplier ? one.multiplier->name : tier,
                           multiplied_by(one.millionths));
    return out;
}

std::string in_words(const RuleLook& look) {
    using Reason = earning::Outcome::Reason;
    switch (look.outcome.reason) {
        case Reason::earned:
        case Reason::limit_reached:
            // As reckoned; what limits do to it is said after it.
            if (const Points points = look.outcome.wanted; points != look.outcome.base)
                return fmt::format("{} points, which {} make{} {}", look.outcome.base.value,
                                   multipliers_text(look),
                                   look.outcome.applied.size() > 1 ? "" : "s", points.value);
            return fmt::format("{} points", look.outcome.wanted.value);
        case Reason::not_running:
            if (!look.outcome.details.empty())
                return "the rule is inactive: " + look.outcome.details;
            return "the rule was switched off, had not begun or was over";
        case Reason::condition_false: return "its condition was not met";
        case Reason::below_step:
            if (look.outcome.missing)
                return fmt::format("less than one full step of {}: {} more are needed",
                                   look.rule->proportion->every, *look.outcome.missing);
            return "it comes to no points";
        case Reason::not_a_number: return "the value that it counts is missing or no number";
        case Reason::error: return "its expression failed: " + look.outcome.details;
        case Reason::out_of_range: return "more points than a card can hold";
    }
    return "";
}

// What would make it earn, where that is one number or date.
json::object needed(const RuleLook& look) {
    json::object out;
    if (look.outcome.missing) out["missing"] = *look.outcome.missing;
    if (look.outcome.reason == earning::Outcome::Reason::not_running && look.rule->active &&
        look.rule->start_date && look.rule->inactive_reason.empty())
        out["from"] = look.rule->start_date->iso();
    return out;
}

}  // namespace

json::object look_json(const RuleLook& look) {
    const earning::Outcome& outcome = look.outcome;
    json::object out{{"id", look.rule->id.text()},
                     {"name", look.rule->name},
                     {"outcome", json::string_view(earning::reason_name(outcome.reason))},
                     {"points", outcome.points.value}};
    std::string explanation = in_words(look);
    if (!outcome.limit.empty()) {
        explanation += fmt::format("{}the limit {} lets {} of {} through",
                                   explanation.empty() ? "" : "; ", outcome.limit,
                                   outcome.points.value, outcome.wanted.value);
        out["limit"] = outcome.limit;
        out["points_before_limit"] = outcome.wanted.value;
    }
    out["explanation"] = explanation;
    if (json::object what = needed(look); !what.empty()) out["needed"] = std::move(what);
    if (!outcome.applied.empty()) {
        json::array applied;
        for (const earning::Outcome::Applied& one : outcome.applied)
            applied.push_back(json::object{
                {"id", one.multiplier ? one.multiplier->id.text()
                                      : (look.tier ? look.tier->id.text() : std::string())},
                {"name", one.multiplier ? one.multiplier->name
                                        : (look.tier ? look.tier->name : std::string())},
                {"multiplier", multiplied_by(one.millionths)}});
        out["multipliers"] = std::move(applied);
    }
    if (!look.rule->condition_source.empty()) {
        out["condition"] = look.rule->condition_source;
        out["condition_trace"] = trace_json(look.condition);
    }
    if (!look.rule->formula_source.empty()) {
        out["formula"] = look.rule->formula_source;
        out["formula_trace"] = trace_json(look.formula);
    }
    return out;
}

}  // namespace perennial::flows
