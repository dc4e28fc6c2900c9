#include "modules/campaigns/earning_policy.hpp"

#include "modules/campaigns/document.hpp"

namespace perennial::campaigns {
namespace {

constexpr std::array<std::string_view, 2> multiplier_policies{"HIGHEST", "PRODUCT"};
constexpr int days_before_joining_max = 3660;

struct LimitWord {
    std::string_view name;
    std::optional<Points> Limits::*member;
};
constexpr std::array<LimitWord, 7> limit_words{{{"per_order", &Limits::per_order},
                                                {"per_day", &Limits::per_day},
                                                {"per_week", &Limits::per_week},
                                                {"per_month", &Limits::per_month},
                                                {"per_year", &Limits::per_year},
                                                {"per_member", &Limits::per_member},
                                                {"budget", &Limits::budget}}};

}  // namespace

std::optional<json::object> read_limits(JsonReader& holder, std::string_view name) {
    if (!is_set(holder, name)) return std::nullopt;
    JsonReader reader = holder.reader(name);
    json::object out;
    for (const LimitWord& word : limit_words)
        if (const auto points = reader.integer(word.name, 0, value_max)) out[word.name] = *points;
    if (reader.usable())
        for (const auto& [key, value] : *reader.raw()) {
            const std::string_view sent(key);
            if (std::ranges::none_of(limit_words,
                                     [&](const LimitWord& word) { return word.name == sent; }))
                reader.wrong(sent, "unknown",
                             "is no limit: per_order, per_day, per_week, per_month, per_year, "
                             "per_member and budget are");
        }
    if (out.empty()) return std::nullopt;
    return out;
}

Limits compile_limits(const json::object& doc) {
    Limits limits;
    for (const LimitWord& word : limit_words)
        if (const auto points = integer_of(doc, word.name)) limits.*word.member = Points(*points);
    return limits;
}

void read_earning_policy(JsonReader& program, json::object& doc) {
    if (auto limits = read_limits(program, "earning_limits"))
        doc["earning_limits"] = std::move(*limits);
    if (const auto policy = program.choice("multiplier_policy", multiplier_policies))
        doc["multiplier_policy"] = multiplier_policies[*policy];
    if (is_set(program, "earn_before_joining")) {
        JsonReader reader = program.reader("earn_before_joining");
        reader.require("days");
        if (const auto days = reader.integer("days", 0, days_before_joining_max))
            doc["earn_before_joining"] = json::object{{"days", *days}};
    }
}

EarningPolicy compile_earning_policy(const json::object& program) {
    EarningPolicy policy;
    policy.limits = compile_limits(object_of(program, "earning_limits"));
    policy.multiply_all = text_of(program, "multiplier_policy") == "PRODUCT";
    policy.days_before_joining =
        static_cast<int>(integer_of(object_of(program, "earn_before_joining"), "days", 0));
    return policy;
}

}  // namespace perennial::campaigns
