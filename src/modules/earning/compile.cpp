#include "modules/earning/compile.hpp"

#include <algorithm>

#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/earning/facts.hpp"
#include "modules/earning/validity.hpp"
#include "modules/earning/words.hpp"

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
        default: return tier_environment();
    }
}

// A stored expression was compiled when it was saved, and the language only grows.
cel::Program compile_stored(Trigger trigger, ExpressionRole role, std::string_view source) {
    auto program = compile_expression(trigger, role, source);
    CHECK(program.has_value());
    return *std::move(program);
}

Proportion compile_proportion(const json::object& loyalty) {
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
    if (leaf.contains("id"))
        proportion.applicable.push_back(
            {std::string(text_of(leaf, "object")), std::string(text_of(leaf, "id"))});
    for (const json::value& item : array_of(leaf, "applicable_to"))
        proportion.applicable.push_back({std::string(text_of(item.as_object(), "object")),
                                         std::string(text_of(item.as_object(), "id"))});
    return proportion;
}

void compile_points(const json::object& loyalty, Rule& rule) {
    if (text_of(loyalty, "type") == "PROPORTIONAL") {
        rule.proportion = compile_proportion(loyalty);
    } else if (const auto formula = text_of(loyalty, "formula"); !formula.empty()) {
        rule.formula_source = formula;
        rule.formula = compile_stored(rule.trigger, ExpressionRole::formula, formula);
    } else {
        rule.fixed = Points(integer_of(loyalty, "points", 0));
    }
}

Rule compile_rule(const projects::Definition& definition, const std::string& zone) {
    const json::object& doc = definition.doc;
    Rule rule;
    rule.id = RuleId(definition.id);
    rule.program = campaigns::ProgramId(definition.parent);
    rule.name = definition.name;
    rule.event = text_of(doc, "event");
    rule.trigger = words::trigger_of(rule.event);
    rule.active = boolean_of(doc, "active", true);
    rule.start_date = time_of(doc, "start_date");
    rule.expiration_date = time_of(doc, "expiration_date");
    rule.banner = text_of(object_of(doc, "source"), "banner");
    compile_points(object_of(doc, "loyalty"), rule);
    rule.condition_source = full_condition(doc, zone);
    if (!rule.condition_source.empty())
        rule.condition =
            compile_stored(rule.trigger, ExpressionRole::condition, rule.condition_source);
    rule.tier = ledger::TierId::parse(text_of(object_of(doc, "loyalty_tier"), "id"));
    rule.pending_days =
        static_cast<int>(integer_of(object_of(doc, "pending_points"), "period_value", 0));
    if (const json::object& rules = object_of(doc, "expiration_rules"); !rules.empty())
        rule.expiration = campaigns::compile_expiration(rules);
    return rule;
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
    return (rule.proportion && !rule.proportion->applicable.empty()) ||
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
        else
            rules->on_tier[{rule.program, rule.trigger}].push_back(&rule);
        rules->needs_catalog = rules->needs_catalog || looks_at_products(rule);
    }
    return rules;
}

}  // namespace perennial::earning
