#include "modules/campaigns/codec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/campaigns/earning_policy.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/campaigns/words.hpp"

namespace perennial::campaigns {
namespace {

constexpr std::array<std::string_view, 5> campaign_types{
    "LOYALTY_PROGRAM", "DISCOUNT_COUPONS", "GIFT_VOUCHERS", "REFERRAL_PROGRAM", "PROMOTION"};
constexpr std::array<std::string_view, 2> pool_types{"STATIC", "AUTO_UPDATE"};
constexpr std::array<std::string_view, 1> voucher_types{"LOYALTY_CARD"};
constexpr std::array<std::string_view, 2> debt_policies{"REFUSE", "ALLOW"};
constexpr std::array<std::string_view, 2> tier_starts{"IMMEDIATE", "NEXT_PERIOD"};
constexpr std::array<std::string_view, 2> rounding_strategies{"START", "END"};
constexpr std::array<std::string_view, 1> rounding_units{"MONTH"};
constexpr std::array<std::string_view, 4> plural_categories{"one", "few", "many", "other"};
/// A card keeps what counted on each day of its window.
constexpr int window_months_max = 36;
constexpr int window_days_max = 1100;
constexpr double codes_min = 10'000;

bool is_printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

// How many codes there can be must suffice by far: codes are drawn, not counted up.
void check_code_space(JsonReader& reader, const json::object& doc) {
    const CodeConfig config = compile_code_config(doc);
    const auto places = config.pattern.empty()
                            ? static_cast<double>(config.length)
                            : static_cast<double>(std::ranges::count(config.pattern, '#'));
    if (std::pow(static_cast<double>(config.charset.size()), places) < codes_min)
        reader.wrong(config.pattern.empty() ? "length" : "pattern", "invalid_code_config",
                     fmt::format("leaves fewer than {} different codes", codes_min));
}

void read_code_text(JsonReader& reader, std::string_view name, std::string_view stored_as,
                    json::object& doc) {
    const auto text = reader.text(name, 64);
    if (!text || text->empty()) return;
    if (!is_printable_ascii(*text))
        reader.wrong(name, "invalid_code_config", "must be printable ASCII without blanks");
    doc[stored_as] = *text;
}

json::object read_code_config(JsonReader reader) {
    json::object doc;
    if (const auto length = reader.integer("length", 1, 64)) doc["length"] = *length;
    if (const auto charset = reader.text("charset", 256); charset && !charset->empty()) {
        const std::set<char> different(charset->begin(), charset->end());
        if (!is_printable_ascii(*charset))
            reader.wrong("charset", "invalid_code_config",
                         "must be printable ASCII without blanks");
        else if (different.size() < 2 || different.size() != charset->size())
            reader.wrong("charset", "invalid_code_config",
                         "must have two or more characters, each once");
        else
            doc["charset"] = *charset;
    }
    read_code_text(reader, "prefix", "prefix", doc);
    read_code_text(reader, "suffix", "postfix", doc);  // as the npm client's types call it
    read_code_text(reader, "postfix", "postfix", doc);
    read_code_text(reader, "pattern", "pattern", doc);
    check_code_space(reader, doc);
    return doc;
}

json::object read_voucher(JsonReader reader) {
    json::object doc{{"type", "LOYALTY_CARD"}};
    reader.choice("type", voucher_types);
    JsonReader card = reader.reader("loyalty_card");
    json::object loyalty_card{{"points", card.integer("points", 0, value_max).value_or(0)}};
    if (auto rules = read_expiration_rules(card, RulesOf::program))
        loyalty_card["expiration_rules"] = *rules;
    doc["loyalty_card"] = std::move(loyalty_card);
    doc["code_config"] = read_code_config(reader.reader("code_config"));
    JsonReader redemption = reader.reader("redemption");
    not_implemented(redemption, "quantity", "a loyalty card has no limit of redemptions");
    for (const std::string_view name : {"start_date", "expiration_date"})
        not_implemented(reader, name, "the program has start_date and expiration_date");
    return doc;
}

std::optional<Span> read_span(JsonReader& reader, std::string_view name, json::object& doc) {
    const auto text = reader.text(name, 32);
    if (!text) return std::nullopt;
    const auto span = Span::parse(*text);
    if (!span)
        reader.wrong(name, "format", "must be a length of time such as P30D, P2W, P3M or P1Y");
    else
        doc[name] = *text;
    return span;
}

// "ALL_TIME", or how far back what counts may lie.
void read_window(JsonReader& reader, json::object& doc) {
    const auto text = reader.text("qualification_window", 32);
    if (!text) return;
    if (*text == words::all_time) {
        doc["qualification_window"] = words::all_time;
        return;
    }
    const auto span = read_span(reader, "qualification_window", doc);
    if (span && (span->months > window_months_max || span->days > window_days_max ||
                 (span->months > 0 && span->days > 0)))
        reader.wrong("qualification_window", "range",
                     fmt::format("must be up to P{}M or P{}D, in months or in days",
                                 window_months_max, window_days_max));
}

json::object read_tier_end(JsonReader& end, std::string_view type) {
    json::object doc{{"type", type}};
    if (type != "CUSTOM") {
        for (const std::string_view name : {"extend", "rounding"})
            if (is_set(end, name)) end.wrong(name, "conflict", "needs the type CUSTOM");
        return doc;
    }
    end.require("extend");
    read_span(end, "extend", doc);
    if (!end.has("rounding")) return doc;
    JsonReader rounding = end.reader("rounding");
    rounding.require("type");
    const auto kind = rounding.choice("type", words::tier_roundings);
    if (const auto strategy = rounding.choice("strategy", rounding_strategies);
        strategy && *strategy == 0)
        not_implemented(rounding, "strategy", "END is");
    rounding.choice("unit", rounding_units);
    json::object out;
    if (kind) {
        out["type"] = words::tier_roundings[*kind];
        out["strategy"] = "END";
        if (words::tier_roundings[*kind] == "CUSTOM") {
            out["unit"] = "MONTH";
            rounding.require("value");
            if (const auto month = rounding.integer("value", 0, 11)) out["value"] = *month;
        }
    }
    doc["rounding"] = std::move(out);
    return doc;
}

std::optional<json::object> read_tier_policy(JsonReader& holder) {
    if (!holder.has("loyalty_tiers_expiration")) return std::nullopt;
    JsonReader reader = holder.reader("loyalty_tiers_expiration");
    json::object doc;
    reader.require("qualification_type");
    const auto type = reader.choice("qualification_type", words::qualification_types);
    const auto metric = reader.choice("qualification_metric", words::qualification_metrics);
    const auto period = reader.choice("qualification_period", words::qualification_periods);
    const bool by_balance = type && words::qualification_types[*type] == "BALANCE";
    const std::string_view metric_name = words::qualification_metrics[metric.value_or(0)];
    read_window(reader, doc);
    const bool has_window = reader.has("qualification_window");
    const bool has_period = reader.has("qualification_period");
    JsonReader start = reader.reader("start_date");
    const auto begins = start.choice("type", tier_starts);
    const std::string_view start_type = tier_starts[begins.value_or(0)];
    JsonReader end = reader.reader("expiration_date");
    const auto ends = end.choice("type", words::tier_ends);
    // What slides or only grows has no end of its own.
    const bool slides = has_window || (metric_name == "TENURE_DAYS" && !has_period);
    const std::string_view end_type = ends     ? words::tier_ends[*ends]
                                      : slides ? std::string_view("BALANCE_DROP")
                                               : std::string_view("END_OF_PERIOD");
    const auto grace = read_span(reader, "grace", doc);
    const auto downgrade = reader.choice("downgrade", words::downgrades);
    const std::string_view downgrade_name = words::downgrades[downgrade.value_or(0)];

    if (type && !by_balance && !slides) {
        reader.require("qualification_period");
        if (end_type == "BALANCE_DROP")
            end.wrong("type", "conflict",
                      "BALANCE_DROP needs the qualification_type BALANCE or a "
                      "qualification_window");
    }
    if (by_balance && metric && metric_name != "POINTS")
        reader.wrong("qualification_metric", "conflict",
                     fmt::format("{} needs the qualification_type POINTS_IN_PERIOD", metric_name));
    if (by_balance && has_window)
        reader.wrong("qualification_window", "conflict",
                     "needs the qualification_type POINTS_IN_PERIOD");
    if (ends && end_type.starts_with("END_OF_") && !has_period && (by_balance || slides))
        reader.wrong("qualification_period", "required",
                     "is required for a tier that ends with it");
    if (start_type == "NEXT_PERIOD" && !has_period && (by_balance || slides))
        reader.wrong("qualification_period", "required",
                     "is required for a tier that begins with it");
    if (end_type == "BALANCE_DROP" && downgrade_name == "BY_ONE_LEVEL" && !grace &&
        !reader.has("grace"))
        reader.wrong("grace", "required",
                     "is required with BALANCE_DROP and BY_ONE_LEVEL: each level is kept for it");

    if (type) doc["qualification_type"] = words::qualification_types[*type];
    if (period) doc["qualification_period"] = words::qualification_periods[*period];
    if (!by_balance) doc["qualification_metric"] = metric_name;
    doc["start_date"] = {{"type", start_type}};
    doc["expiration_date"] = read_tier_end(end, end_type);
    if (downgrade) doc["downgrade"] = downgrade_name;
    return doc;
}

// ["P30D", "P7D"]: whole days.
void read_reminders(JsonReader& reader, json::object& doc) {
    constexpr std::size_t reminders_max = 5;
    constexpr int days_max = 366;
    const json::array* sent = reader.array("expiration_reminders", reminders_max);
    if (sent == nullptr) return;
    std::set<int, std::greater<>> days;
    for (const json::value& one : *sent) {
        const auto span = one.is_string() ? Span::parse(one.get_string()) : std::nullopt;
        if (!span || span->months != 0 || span->days > days_max)
            reader.wrong("expiration_reminders", "format",
                         "must be spans of 1 to 366 days such as P30D");
        else
            days.insert(span->days);
    }
    json::array out;
    for (const int count : days) out.emplace_back(fmt::format("P{}D", count));
    doc["expiration_reminders"] = std::move(out);
}

// A decimal as text, or a whole number, kept as it is written.
void read_decimal(JsonReader& reader, std::string_view name, std::string_view example,
                  json::object& doc) {
    if (!reader.has(name)) return;
    const json::value& sent = reader.raw()->at(name);
    std::string text;
    if (sent.is_int64() && sent.get_int64() >= 0)
        text = std::to_string(sent.get_int64());
    else if (sent.is_string())
        text = sent.get_string();
    if (const auto value = millionths_of(text))
        doc[name] = millionths_text(*value);
    else
        reader.wrong(name, "format",
                     fmt::format("must be a decimal in quotes such as \"{}\", with at most nine "
                                 "digits before and six after the point",
                                 example));
}

void read_currency_name(JsonReader& holder, json::object& doc) {
    const json::object* sent = holder.object("currency_name");
    if (sent == nullptr) return;
    JsonReader reader = holder.reader("currency_name");
    json::object out;
    for (const auto& [language, value] : *sent) {
        if (value.is_null()) continue;
        if (!is_known_language(language)) {
            reader.wrong(language, "unknown", "must be one of en, it, pt, pt-BR, ro, ru");
            continue;
        }
        JsonReader forms = reader.reader(language);
        json::object kept;
        for (const std::string_view category : plural_categories) {
            if (forms.usable() && needs_form(language, category)) forms.require(category);
            if (const auto form = forms.text(category, 64); form && !form->empty())
                kept[category] = *form;
        }
        out[language] = std::move(kept);
    }
    doc["currency_name"] = std::move(out);
}

// What is ours: the worth and the name of points.
void read_worth(JsonReader& reader, json::object& doc) {
    if (const auto least = reader.integer("minimum_order_to_spend", 0, value_max))
        doc["minimum_order_to_spend"] = *least;
    read_decimal(reader, "point_value", "0.5", doc);
    read_decimal(reader, "margin_percent", "32.5", doc);
    if (doc.contains("margin_percent") &&
        *millionths_of(text_of(doc, "margin_percent")) > 100'000'000)
        reader.wrong("margin_percent", "range", "must be at most 100");
    read_currency_name(reader, doc);
}

void refuse_unknown_to_us(JsonReader& reader) {
    for (const std::string_view name :
         {"validity_timeframe", "validity_day_of_week", "validity_hours"})
        not_implemented(reader, name,
                        "start_date and expiration_date are, and conditions of earning rules");
    not_implemented(reader, "activity_duration_after_publishing", "cards stay until disabled");
    not_implemented(reader, "validation_rules", "earning rules have a condition");
    not_implemented(reader, "access_settings", "keys have roles");
    not_implemented(reader, "category_id", "category is");
}

void read_program_type(JsonReader& reader) {
    const auto type = reader.choice("campaign_type", campaign_types);
    if (type && *type != 0)
        not_implemented(reader, "campaign_type", "LOYALTY_PROGRAM is");
}

}  // namespace

std::optional<json::object> read_expiration_rules(JsonReader& holder, RulesOf of) {
    if (!holder.has("expiration_rules")) return std::nullopt;
    JsonReader reader = holder.reader("expiration_rules");
    json::object doc;
    if (const auto inactivity = reader.text("inactivity", 20)) {
        if (of != RulesOf::program)
            reader.wrong("inactivity", "conflict", "is set on the program, for the whole card");
        else if (!Span::parse(*inactivity))
            reader.wrong("inactivity", "format", "must be a span such as P12M or P180D");
        else
            doc["inactivity"] = *inactivity;
    }
    if (!reader.has("inactivity")) reader.require("period_type");
    const auto period = reader.choice("period_type", words::period_types);
    if (!period) return doc.empty() ? std::nullopt : std::optional(std::move(doc));
    doc["period_type"] = words::period_types[*period];
    if (words::period_types[*period] == "MONTH") {
        reader.require("period_value");
        if (const auto months = reader.integer("period_value", 0, 1200))
            doc["period_value"] = *months;
        if (const auto rounding = reader.choice("rounding_type", words::roundings)) {
            doc["rounding_type"] = words::roundings[*rounding];
            if (words::roundings[*rounding] == "PARTICULAR_MONTH") {
                reader.require("rounding_value");
                if (const auto month = reader.integer("rounding_value", 1, 12))
                    doc["rounding_value"] = *month;
            }
        }
    } else {
        reader.require("fixed_month");
        reader.require("fixed_day");
        const auto month = reader.integer("fixed_month", 1, 12);
        const auto day = reader.integer("fixed_day", 1, 31);
        if (month) doc["fixed_month"] = *month;
        if (day) doc["fixed_day"] = *day;
        // 2024 is a leap year: 29 February may be written, and is the 28th in other years.
        if (month && day && *day > Date{2024, static_cast<int>(*month), 1}.end_of_month().day)
            reader.wrong("fixed_day", "range", "is no day of this month");
    }
    return doc;
}

Result<json::object> read_program(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    read_program_type(reader);
    // The rest of another type's body would only be misread.
    if (!issues.empty()) return refuse_all(issues);

    json::object doc;
    const std::string name = read_name(reader, "name");
    if (ledger::ProgramId::parse(name))
        reader.wrong("name", "conflict", "must not look like an id");
    doc["name"] = name;
    if (const auto text = reader.text("description", 4096)) doc["description"] = *text;
    doc["campaign_type"] = campaign_types[0];
    doc["type"] = pool_types[reader.choice("type", pool_types).value_or(0)];
    doc["voucher"] = read_voucher(reader.reader("voucher"));
    doc["auto_join"] = reader.boolean("auto_join").value_or(false);
    doc["join_once"] = true;
    doc["use_voucher_metadata_schema"] =
        reader.boolean("use_voucher_metadata_schema").value_or(true);
    read_dates(reader, doc);
    // Cards are made when members join, so a number of codes is nothing to keep.
    reader.integer("vouchers_count", 0, 100'000'000);
    doc["active"] = reader.boolean("active").value_or(true);
    if (const auto category = reader.text("category", 255); category && !category->empty())
        doc["category"] = *category;
    if (auto policy = read_tier_policy(reader)) doc["loyalty_tiers_expiration"] = *policy;
    read_reminders(reader, doc);
    doc["negative_balance"] =
        debt_policies[reader.choice("negative_balance", debt_policies).value_or(0)];
    read_worth(reader, doc);
    read_earning_policy(reader, doc);
    read_metadata(reader, doc);
    refuse_unknown_to_us(reader);
    if (!issues.empty()) return refuse_all(issues);
    return doc;
}

}  // namespace perennial::campaigns
