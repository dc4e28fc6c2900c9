#include "modules/campaigns/codec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/campaigns/words.hpp"

namespace perennial::campaigns {
namespace {

constexpr std::array<std::string_view, 5> campaign_types{
    "LOYALTY_PROGRAM", "DISCOUNT_COUPONS", "GIFT_VOUCHERS", "REFERRAL_PROGRAM", "PROMOTION"};
constexpr std::array<std::string_view, 2> pool_types{"STATIC", "AUTO_UPDATE"};
constexpr std::array<std::string_view, 1> voucher_types{"LOYALTY_CARD"};
constexpr std::array<std::string_view, 2> debt_policies{"REFUSE", "ALLOW"};
constexpr std::array<std::string_view, 2> tier_starts{"IMMEDIATE", "NEXT_PERIOD"};
constexpr std::array<std::string_view, 4> tier_ends_sent{"END_OF_PERIOD", "END_OF_NEXT_PERIOD",
                                                         "BALANCE_DROP", "CUSTOM"};
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

std::optional<json::object> read_tier_policy(JsonReader& holder) {
    if (!holder.has("loyalty_tiers_expiration")) return std::nullopt;
    JsonReader reader = holder.reader("loyalty_tiers_expiration");
    reader.require("qualification_type");
    const auto type = reader.choice("qualification_type", words::qualification_types);
    const auto metric = reader.choice("qualification_metric", words::qualification_metrics);
    const auto period = reader.choice("qualification_period", words::qualification_periods);
    JsonReader start = reader.reader("start_date");
    const auto begins = start.choice("type", tier_starts);
    if (begins && tier_starts[*begins] == "NEXT_PERIOD")
        not_implemented(start, "type", "a reached tier begins at once (IMMEDIATE)");
    JsonReader end = reader.reader("expiration_date");
    const auto ends = end.choice("type", tier_ends_sent);
    const std::string_view end_type = ends ? tier_ends_sent[*ends] : "";
    if (end_type == "CUSTOM")
        not_implemented(end, "type", "END_OF_PERIOD, END_OF_NEXT_PERIOD and BALANCE_DROP are");
    for (const std::string_view name : {"extend", "rounding"})
        not_implemented(end, name, "a tier ends with a period or when the balance drops");

    const bool by_balance = type && words::qualification_types[*type] == "BALANCE";
    if (type && !by_balance) {
        reader.require("qualification_period");
        if (end_type == "BALANCE_DROP")
            end.wrong("type", "conflict", "BALANCE_DROP needs the qualification_type BALANCE");
    }
    if (by_balance && metric && words::qualification_metrics[*metric] == "SPEND")
        reader.wrong("qualification_metric", "conflict",
                     "SPEND needs the qualification_type POINTS_IN_PERIOD");
    if (by_balance && end_type.starts_with("END_OF_") && !reader.has("qualification_period"))
        reader.wrong("qualification_period", "required",
                     "is required for a tier that ends with it");

    json::object doc;
    if (type) doc["qualification_type"] = words::qualification_types[*type];
    if (period) doc["qualification_period"] = words::qualification_periods[*period];
    if (!by_balance) doc["qualification_metric"] = words::qualification_metrics[metric.value_or(0)];
    doc["start_date"] = {{"type", "IMMEDIATE"}};
    doc["expiration_date"] = {{"type", ends ? end_type : "END_OF_PERIOD"}};
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
    if (const auto least = reader.integer("minimum_order_to_spend", 0, value_max))
        doc["minimum_order_to_spend"] = *least;
    read_metadata(reader, doc);
    refuse_unknown_to_us(reader);
    if (!issues.empty()) return refuse_all(issues);
    return doc;
}

}  // namespace perennial::campaigns
