#include "platform/http/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.hpp"

namespace perennial::http {
namespace {

constexpr std::size_t parameters_max = 1000;
constexpr std::size_t path_depth_max = 8;
constexpr int page_max = 1000;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// A name with brackets that do not fit together is a plain name.
std::vector<std::string> split_brackets(std::string name) {
    const auto open = name.find('[');
    if (open == std::string::npos || !name.ends_with(']')) return {std::move(name)};
    std::vector<std::string> path;
    if (open > 0) path.push_back(name.substr(0, open));
    std::size_t at = open;
    while (at < name.size()) {
        const auto close = name.find(']', at);
        const std::string inside = name.substr(at + 1, close - at - 1);
        const bool fits = name[at] == '[' && inside.find('[') == std::string::npos;
        if (!fits || path.size() == path_depth_max) return {std::move(name)};
        path.push_back(inside);
        at = close + 1;
    }
    return path;
}

bool is_index(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string shown(const std::vector<std::string>& path) {
    std::string out = path.front();
    for (std::size_t i = 1; i < path.size(); ++i) out += "[" + path[i] + "]";
    return out;
}

std::unexpected<Error> refuse_query(std::vector<FieldIssue> issues) {
    CHECK(!issues.empty());
    Error error{&error::invalid_query_params,
                fmt::format("Parameter {}: {}", issues[0].pointer.substr(1), issues[0].message)};
    error.issues = std::move(issues);
    return std::unexpected(std::move(error));
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

void add_condition(Filters& filters, const Parameter& parameter) {
    const std::string& field = parameter.path[1];
    const std::string& op = parameter.path[3];
    const auto known = std::ranges::find_if(filters.conditions, [&](const FilterCondition& one) {
        return one.field == field && one.op == op;
    });
    if (known != filters.conditions.end())
        known->values.push_back(parameter.value);
    else
        filters.conditions.push_back({field, op, {parameter.value}});
}

std::string list_of(std::span<const std::string_view> names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    if (!is_valid_utf8(out)) return std::nullopt;
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

Result<Query> Query::parse(std::string_view raw) {
    Query query;
    while (!raw.empty()) {
        const auto end = raw.find('&');
        const std::string_view pair = raw.substr(0, end);
        raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
        if (!name)
            return refuse(error::invalid_query_params,
                          "A parameter's name holds a broken percent-escape or is not UTF-8");
        if (!value)
            return refuse_query({{"?" + *name, "encoding",
                                  "holds a broken percent-escape or text that is not UTF-8"}});
        if (query.parameters_.size() == parameters_max)
            return refuse(error::invalid_query_params,
                          fmt::format("More than {} parameters", parameters_max));
        query.parameters_.push_back({split_brackets(*std::move(name)), *std::move(value)});
    }
    return query;
}

std::optional<std::string_view> Query::text(std::string_view name) const {
    for (auto one = parameters_.rbegin(); one != parameters_.rend(); ++one)
        if (one->path.size() == 1 && one->path[0] == name) return one->value;
    return std::nullopt;
}

std::optional<std::string_view> Query::text(std::string_view name, std::string_view key) const {
    for (auto one = parameters_.rbegin(); one != parameters_.rend(); ++one)
        if (one->path.size() == 2 && one->path[0] == name && one->path[1] == key) return one->value;
    return std::nullopt;
}

std::vector<std::string> Query::list(std::string_view name) const {
    std::vector<std::string> values;
    for (const Parameter& one : parameters_) {
        const bool listed = one.path.size() == 1 || (one.path.size() == 2 && is_index(one.path[1]));
        if (listed && one.path[0] == name) values.push_back(one.value);
    }
    return values;
}

Result<Filters> Query::filters() const {
    Filters filters;
    std::vector<FieldIssue> issues;
    for (const Parameter& one : parameters_) {
        const auto& path = one.path;
        if (path[0] != "filters") continue;
        if (path.size() == 2 && path[1] == "junction") {
            const std::string junction = lower(one.value);
            filters.any = junction == "or";
            if (junction != "or" && junction != "and")
                issues.push_back({"?filters[junction]", "choice", "must be and or or"});
            continue;
        }
        const bool fits = (path.size() == 4 || (path.size() == 5 && is_index(path[4]))) &&
                          !path[1].empty() && path[2] == "conditions" && path[3].starts_with('$');
        if (fits)
            add_condition(filters, one);
        else
            issues.push_back({"?" + shown(path), "filter",
                              "must read filters[FIELD][conditions][$OPERATOR][0] or "
                              "filters[junction]"});
    }
    if (!issues.empty()) return refuse_query(std::move(issues));
    return filters;
}

std::optional<std::string_view> QueryReader::present(std::string_view name) const {
    const auto value = query_.text(name);
    if (!value || value->empty()) return std::nullopt;
    return value;
}

void QueryReader::wrong(std::string_view name, std::string_view key, std::string message) {
    issues_.push_back({fmt::format("?{}", name), std::string(key), std::move(message)});
}

void QueryReader::require(std::string_view name) {
    if (!present(name)) wrong(name, "required", "is required");
}

std::unexpected<Error> QueryReader::refuse() const {
    return refuse_query(issues_);
}

std::optional<std::string> QueryReader::text(std::string_view name, std::size_t max_bytes) {
    const auto value = present(name);
    if (!value) return std::nullopt;
    if (value->size() > max_bytes) {
        wrong(name, "length", fmt::format("must have at most {} bytes", max_bytes));
        return std::nullopt;
    }
    return std::string(*value);
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
    const auto value = present(name);
    if (!value) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = value->data() + value->size();
    const auto [stop, code] = std::from_chars(value->data(), end, number);
    if (code != std::errc() || stop != end || number < min || number > max) {
        wrong(name, "integer", fmt::format("must be an integer from {} to {}", min, max));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> QueryReader::boolean(std::string_view name) {
    const auto value = present(name);
    if (!value) return std::nullopt;
    const std::string text = lower(*value);
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    wrong(name, "boolean", "must be true or false");
    return std::nullopt;
}

std::optional<Timestamp> QueryReader::read_timestamp(std::string shown_name,
                                                     std::string_view value) {
    // A plus of an offset ("+02:00") sent without escaping arrives as a space.
    std::string text(value);
    std::ranges::replace(text, ' ', '+');
    auto read = Timestamp::parse(text);
    if (!read)
        wrong(shown_name, "timestamp", "must be a date or a time like 2024-07-23T19:38:38.219Z");
    return read;
}

std::optional<Timestamp> QueryReader::timestamp(std::string_view name) {
    const auto value = present(name);
    return value ? read_timestamp(std::string(name), *value) : std::nullopt;
}

std::optional<Timestamp> QueryReader::timestamp(std::string_view name, std::string_view key) {
    const auto value = query_.text(name, key);
    if (!value || value->empty()) return std::nullopt;
    return read_timestamp(fmt::format("{}[{}]", name, key), *value);
}

std::optional<std::size_t> QueryReader::choice(std::string_view name,
                                               std::span<const std::string_view> of) {
    const auto value = present(name);
    if (!value) return std::nullopt;
    const auto found = std::ranges::find(of, *value);
    if (found == of.end()) {
        wrong(name, "choice", "must be one of " + list_of(of));
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - of.begin());
}

Result<Page> read_page(const Query& query, const ListRules& rules) {
    QueryReader reader(query);
    Page page;
    page.limit =
        static_cast<int>(reader.integer("limit", 1, rules.limit_max).value_or(rules.limit_default));
    const std::int64_t number = reader.integer("page", 1, 1'000'000'000).value_or(1);
    std::string order = reader.text("order").value_or(std::string(rules.default_order));
    page.descending = order.starts_with('-');
    page.order_by = page.descending ? order.substr(1) : order;
    const bool is_default = order == rules.default_order;
    if (!is_default && std::ranges::find(rules.order, page.order_by) == rules.order.end())
        reader.wrong("order", "choice",
                     fmt::format("must be one of {}, with a minus in front for the other way round",
                                 list_of(rules.order)));
    if (!reader.ok()) return reader.refuse();
    if (number > page_max)
        return refuse(error::page_over_limit, fmt::format("page must be at most {}", page_max));
    page.page = static_cast<int>(number);
    return page;
}

}  // namespace perennial::http
