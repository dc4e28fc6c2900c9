#include "modules/earning/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/earning/facts.hpp"
#include "modules/earning/validity.hpp"
#include "modules/earning/words.hpp"
#include "platform/log/log.hpp"

namespace perennial::earning {
namespace {

using campaigns::array_of;
using campaigns::boolean_of;
using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;
using campaigns::time_of;

const cel::Environment& environment_of(Trigger trigger) {
    switch (trigger) {
        case Trigger::order_paid: return order_environment();
        case Trigger::custom_event: return event_environment();
        case Trigger::birthday:
        case Trigger::anniversary: return day_environment();
        default: return tier_environment();
    }
}

// A stored expression was compiled when it was saved. Should it not compile any more (a name that the
// language took since), what holds it does not run, and says why.
std::optional<cel::Program> compile_stored(Trigger trigger, ExpressionRole role,
                                           std::string_view source, std::string_view field,
                                           std::string& inactive_reason) {
    if (source.empty()) return std::nullopt;
    auto program = compile_expression(trigger, role, source);
    if (program) return *std::move(program);
    for (const cel::CompileError& error : program.error())
        inactive_reason += fmt::format("{}{}: {}", inactive_reason.empty() ? "" : "; ", field,
                                       cel::to_text(error));
    return std::nullopt;
}

Applicable compile_applicable(const json::object& doc) {
    return {std::string(text_of(doc, "object")), std::string(text_of(doc, "id"))};
}

Proportion compile_proportion(const json::object& loyalty, Rule& rule) {
    Proportion proportion;
    const std::string_view type = text_of(loyalty, "calculation_type");
    const auto found =
        std::ranges::find(words::measures, type, &words::MeasureWords::calculation_type);
    CHECK(found != words::measures.end());
    proportion.measure = static_cast<Measure>(found - words::measures.begin());
    const json::object& leaf = object_of(object_of(loyalty, found->object), found->leaf);
    proportion.every = integer_of(leaf, "every", 1);
    proportion.points = integer_of(leaf, "points", 0);
    proportion.property = text_of(leaf, "property");
    if (leaf.contains("id")) proportion.applicable.push_back(compile_applicable(leaf));
    for (const json::value& item : array_of(leaf, "applicable_to"))
        proportion.applicable.push_back(compile_applicable(item.as_object()));
    rule.formula_source = text_of(leaf, "points_formula");
    proportion.formula = compile_stored(rule.trigger, ExpressionRole::formula, rule.formula_source,
                                        "points_formula", rule.inactive_reason);
    return proportion;
}

void compile_points(const json::object& loyalty, Rule& rule) {
    if (text_of(loyalty, "type") == "PROPORTIONAL") {
        rule.proportion = compile_proportion(loyalty, rule);
        return;
    }
    for (const std::string_view name : {"formula", "points_formula"})
        if (const auto formula = text_of(loyalty, name); !formula.empty()) {
            rule.formula_source = formula;
            rule.formula = compile_stored(rule.trigger, ExpressionRole::formula, formula, name,
                                          rule.inactive_reason);
        }
    if (rule.formula_source.empty()) rule.fixed = Points(integer_of(loyalty, "points", 0));
}

Exclusion compile_exclusion(const json::object& doc) {
    Exclusion exclude;
    for (const json::value& type : array_of(doc, "exclude")) {
        exclude.line_types.emplace_back(type.as_string());
        exclude.tax = exclude.tax || type.as_string() == "TAX";
    }
    for (const json::value& item : array_of(doc, "excluded_items"))
        exclude.items.push_back(compile_applicable(item.as_object()));
    return exclude;
}

Rule compile_rule(const projects::Definition& definition, const std::string& zone) {
    const json::object& doc = definition.doc;
    Rule rule;
    rule.id = RuleId(definition.id);
    rule.program = campaigns::ProgramId(definition.parent);
    rule.name = definition.name;
    rule.created_at = definition.created_at;
    rule.event = text_of(doc, "event");
    rule.trigger = words::trigger_of(rule.event);
    rule.active = boolean_of(doc, "active", true);
    rule.start_date = time_of(doc, "start_date");
    rule.expiration_date = time_of(doc, "expiration_date");
    rule.banner = text_of(object_of(doc, "source"), "banner");
    compile_points(object_of(doc, "loyalty"), rule);
    rule.condition_source = full_condition(doc, zone);
    rule.condition = compile_stored(rule.trigger, ExpressionRole::condition, rule.condition_source,
                                    "condition", rule.inactive_reason);
    rule.exclude = compile_exclusion(doc);
    rule.limits = campaigns::compile_limits(object_of(doc, "limits"));
    for (const json::value& field : array_of(doc, "profile"))
        rule.profile.emplace_back(field.as_string());
    rule.tier = ledger::TierId::parse(text_of(object_of(doc, "loyalty_tier"), "id"));
    rule.pending_days =
        static_cast<int>(integer_of(object_of(doc, "pending_points"), "period_value", 0));
    if (const json::object& rules = object_of(doc, "expiration_rules"); !rules.empty())
        rule.expiration = campaigns::compile_expiration(rules);
    return rule;
}

Multiplier compile_multiplier(const projects::Definition& definition, const std::string& zone) {
    const json::object& doc = definition.doc;
    Multiplier out;
    out.id = MultiplierId(definition.id);
    out.program = campaigns::ProgramId(definition.parent);
    out.name = definition.name;
    out.event = text_of(doc, "event");
    out.millionths = integer_of(doc, "millionths", 1'000'000);
    out.active = boolean_of(doc, "active", true);
    out.start_date = time_of(doc, "start_date");
    out.expiration_date = time_of(doc, "expiration_date");
    for (const json::value& rule : array_of(doc, "earning_rules"))
        if (const auto id = RuleId::parse(rule.as_string())) out.rules.push_back(*id);
    out.condition_source = full_condition(doc, zone);
    out.condition = compile_stored(words::trigger_of(out.event), ExpressionRole::condition,
                                   out.condition_source, "condition", out.inactive_reason);
    return out;
}

void warn(std::string_view kind, std::string_view name, const std::string& id,
          const std::string& reason) {
    if (!reason.empty())
        log::warn("an expression no longer compiles: its definition does not run",
                  {{"kind", kind}, {"name", name}, {"id", id}, {"reason", reason}});
}

// An order's own line has these; everything else of an item comes from the catalog's rows.
bool reads_catalog(const cel::Program& program) {
    static constexpr std::array<std::string_view, 5> of_the_line{
        "order.items[].quantity", "order.items[].price", "order.items[].amount",
        "order.items[].subtotal_amount", "order.items[].metadata"};
    return std::ranges::any_of(program.reads(), [](const std::string& path) {
        if (path == "order") return true;
        if (!path.starts_with("order.items[]")) return false;
        return std::ranges::none_of(of_the_line, [&](std::string_view known) {
            return path == known || path.starts_with(std::string(known) + ".");
        });
    });
}

bool looks_at_products(const Rule& rule) {
    return rule.exclude.any() ||
           (rule.proportion && (!rule.proportion->applicable.empty() ||
                                (rule.proportion->formula && reads_catalog(*rule.proportion->formula)))) ||
           (rule.condition && reads_catalog(*rule.condition)) ||
           (rule.formula && reads_catalog(*rule.formula));
}

}  // namespace

std::expected<cel::Program, cel::CompileErrors> compile_expression(Trigger trigger,
                                                                   ExpressionRole role,
                                                                   std::string_view source) {
    cel::CompileOptions options;
    options.result = role == ExpressionRole::condition ? cel::ResultType::boolean
                                                       : cel::ResultType::value;
    return cel::compile(environment_of(trigger), source, options);
}

std::unique_ptr<Rules> Rules::compile(const projects::Snapshot& snapshot) {
    auto rules = std::make_unique<Rules>();
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::earning_rule))
        rules->all.push_back(compile_rule(*definition, snapshot.zone().name()));
    for (const Rule& rule : rules->all) {
        if (rule.trigger == Trigger::order_paid)
            rules->on_order_paid[rule.program].push_back(&rule);
        else if (rule.trigger == Trigger::custom_event)
            rules->on_event[{rule.program, rule.event}].push_back(&rule);
        else if (of_tiers(rule.trigger))
            rules->on_tier[{rule.program, rule.trigger}].push_back(&rule);
        else if (of_days(rule.trigger))
            rules->on_yearly[rule.program].push_back(&rule);
        else
            rules->on_member[{rule.program, rule.trigger}].push_back(&rule);
        warn("earning_rule", rule.name, rule.id.text(), rule.inactive_reason);
        rules->needs_profile = rules->needs_profile ||
                               rule.trigger == Trigger::profile_completed ||
                               rule.trigger == Trigger::birthday;
        rules->needs_catalog = rules->needs_catalog || looks_at_products(rule);
    }
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::earning_multiplier)) {
        const Multiplier& made = rules->multipliers.emplace_back(
            compile_multiplier(*definition, snapshot.zone().name()));
        warn("earning_multiplier", made.name, made.id.text(), made.inactive_reason);
        rules->needs_catalog =
            rules->needs_catalog || (made.condition && reads_catalog(*made.condition));
    }
    return rules;
}

std::string inactive_reason(const json::object& doc) {
    const Trigger trigger = words::trigger_of(text_of(doc, "event"));
    std::string reason;
    const auto check = [&](const json::object& holder, std::string_view name, ExpressionRole role) {
        compile_stored(trigger, role, text_of(holder, name), name, reason);
    };
    check(doc, "condition", ExpressionRole::condition);
    const json::object& loyalty = object_of(doc, "loyalty");
    check(loyalty, "formula", ExpressionRole::formula);
    check(loyalty, "points_formula", ExpressionRole::formula);
    for (const words::MeasureWords& measure : words::measures)
        check(object_of(object_of(loyalty, measure.object), measure.leaf), "points_formula",
              ExpressionRole::formula);
    return reason;
}

}  // namespace perennial::earning
