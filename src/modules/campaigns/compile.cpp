#include "modules/campaigns/compile.hpp"

#include "modules/campaigns/document.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/campaigns/words.hpp"

namespace perennial::campaigns {
namespace {

template <class Enum, std::size_t size>
Enum word_in(const std::array<std::string_view, size>& words, std::string_view word,
             Enum otherwise, int first = 0) {
    for (std::size_t i = 0; i < size; ++i)
        if (words[i] == word) return static_cast<Enum>(static_cast<int>(i) + first);
    return otherwise;
}

Span span_of(const json::object& doc, std::string_view name) {
    return Span::parse(text_of(doc, name)).value_or(Span());
}

TierPolicy compile_tier_policy(const json::object& doc) {
    TierPolicy policy;
    const json::object& end = object_of(doc, "expiration_date");
    const json::object& rounding = object_of(end, "rounding");
    if (text_of(doc, "qualification_type") == "POINTS_IN_PERIOD")
        policy.metric = word_in(words::qualification_metrics, text_of(doc, "qualification_metric"),
                                TierPolicy::Metric::points, 1);
    policy.period = word_in(words::qualification_periods, text_of(doc, "qualification_period"),
                            TierPolicy::Period::forever);
    if (text_of(doc, "qualification_window") == words::all_time) {
        policy.counting = TierPolicy::Counting::all_time;
    } else if (policy.window = span_of(doc, "qualification_window"); !policy.window.is_zero()) {
        policy.counting = TierPolicy::Counting::window;
    }
    policy.end = word_in(words::tier_ends, text_of(end, "type"), TierPolicy::End::end_of_period);
    policy.extend = span_of(end, "extend");
    policy.rounding = word_in(words::tier_roundings, text_of(rounding, "type"),
                              ExpirationRule::Rounding::none, 1);
    policy.rounding_month = static_cast<int>(integer_of(rounding, "value", 0)) + 1;
    policy.starts_next_period = policy.period != TierPolicy::Period::forever &&
                                text_of(object_of(doc, "start_date"), "type") == "NEXT_PERIOD";
    policy.grace = span_of(doc, "grace");
    policy.downgrade = word_in(words::downgrades, text_of(doc, "downgrade"),
                               TierPolicy::Downgrade::to_reached);
    return policy;
}

CurrencyNames compile_currency_names(const json::object& doc) {
    CurrencyNames names;
    for (const auto& [language, forms] : doc)
        for (const auto& [category, form] : forms.as_object())
            names[std::string(language)][std::string(category)] = form.as_string();
    return names;
}

Program compile_program(const projects::Definition& definition) {
    const json::object& doc = definition.doc;
    const json::object& voucher = object_of(doc, "voucher");
    const json::object& card = object_of(voucher, "loyalty_card");
    Program program;
    program.id = ProgramId(definition.id);
    program.name = definition.name;
    program.active = boolean_of(doc, "active", true);
    program.auto_join = boolean_of(doc, "auto_join", false);
    program.start_date = time_of(doc, "start_date");
    program.expiration_date = time_of(doc, "expiration_date");
    program.initial_points = Points(integer_of(card, "points", 0));
    program.expiration = compile_expiration(object_of(card, "expiration_rules"));
    program.inactivity = Span::parse(text_of(object_of(card, "expiration_rules"), "inactivity"));
    for (const json::value& one : array_of(doc, "expiration_reminders"))
        if (const auto span = Span::parse(one.get_string()))
            program.reminder_days.push_back(span->days);
    program.code_config = compile_code_config(object_of(voucher, "code_config"));
    program.tier_policy = compile_tier_policy(object_of(doc, "loyalty_tiers_expiration"));
    program.allow_debt = text_of(doc, "negative_balance") == "ALLOW";
    program.minimum_order_to_spend = Money(integer_of(doc, "minimum_order_to_spend", 0));
    program.point_value = millionths_of(text_of(doc, "point_value"));
    program.margin = millionths_of(text_of(doc, "margin_percent"));
    program.currency_names = compile_currency_names(object_of(doc, "currency_name"));
    program.earning = compile_earning_policy(doc);
    return program;
}

}  // namespace

ExpirationRule compile_expiration(const json::object& doc) {
    using enum ExpirationRule::Period;
    ExpirationRule rule;
    const std::string_view period = text_of(doc, "period_type");
    if (period == "MONTH") {
        rule.period = months;
        rule.months = static_cast<int>(integer_of(doc, "period_value", 0));
        rule.rounding = word_in(words::roundings, text_of(doc, "rounding_type"),
                                ExpirationRule::Rounding::none, 1);
        rule.rounding_month = static_cast<int>(integer_of(doc, "rounding_value", 1));
    } else if (period == "FIXED_DAY_OF_YEAR") {
        rule.period = fixed_day_of_year;
        rule.fixed_month = static_cast<int>(integer_of(doc, "fixed_month", 12));
        rule.fixed_day = static_cast<int>(integer_of(doc, "fixed_day", 31));
    }
    return rule;
}

CodeConfig compile_code_config(const json::object& doc) {
    CodeConfig config;
    config.length = static_cast<int>(integer_of(doc, "length", config.length));
    if (const auto charset = text_of(doc, "charset"); !charset.empty()) config.charset = charset;
    config.prefix = text_of(doc, "prefix");
    config.postfix = text_of(doc, "postfix");
    config.pattern = text_of(doc, "pattern");
    return config;
}

std::unique_ptr<Programs> Programs::compile(const projects::Snapshot& snapshot) {
    auto programs = std::make_unique<Programs>();
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::campaign))
        programs->all.push_back(compile_program(*definition));
    return programs;
}

}  // namespace perennial::campaigns
