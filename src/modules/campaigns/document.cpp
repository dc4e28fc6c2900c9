#include "modules/campaigns/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace perennial::campaigns {
namespace {

constexpr std::string_view not_implemented_key = "not_implemented";

const json::value* find(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
}

// {"type": "FIXED"} over {"type": "PROPORTIONAL"}: another thing altogether, not a part of it.
bool is_of_another_kind(const json::object& stored, const json::object& sent) {
    static constexpr std::array<std::string_view, 4> kinds{
        "type", "period_type", "qualification_type", "calculation_type"};
    return std::ranges::any_of(kinds, [&](std::string_view name) {
        const json::value* old = find(stored, name);
        const json::value* wanted = find(sent, name);
        return old != nullptr && wanted != nullptr && *old != *wanted;
    });
}

json::object merge_inside(const json::object& stored, const json::object& sent) {
    json::object out = stored;
    for (const auto& [key, value] : sent) {
        const json::value* old = find(stored, key);
        if (value.is_null()) {
            out.erase(key);
        } else if (value.is_object() && old != nullptr && old->is_object() &&
                   !is_of_another_kind(old->get_object(), value.get_object())) {
            out[key] = merge_inside(old->get_object(), value.get_object());
        } else {
            out[key] = value;
        }
    }
    return out;
}

}  // namespace

std::string_view text_of(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    return value != nullptr ? std::string_view(value->as_string()) : std::string_view();
}

std::optional<std::int64_t> integer_of(const json::object& object, std::string_view name) {
    const json::value* value = find(object, name);
    return value != nullptr ? std::optional(value->as_int64()) : std::nullopt;
}

std::int64_t integer_of(const json::object& object, std::string_view name,
                        std::int64_t otherwise) {
    return integer_of(object, name).value_or(otherwise);
}

bool boolean_of(const json::object& object, std::string_view name, bool otherwise) {
    const json::value* value = find(object, name);
    return value != nullptr ? value->as_bool() : otherwise;
}

std::optional<Timestamp> time_of(const json::object& object, std::string_view name) {
    const std::string_view text = text_of(object, name);
    return text.empty() ? std::nullopt : Timestamp::parse(text);
}

const json::object& object_of(const json::object& object, std::string_view name) {
    static const json::object none;
    const json::value* value = find(object, name);
    return value != nullptr ? value->as_object() : none;
}

const json::array& array_of(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value* value = find(object, name);
    return value != nullptr ? value->as_array() : none;
}

json::object merge(const json::object& stored, const json::object& sent) {
    json::object out = merge_inside(stored, sent);
    const json::value* metadata = sent.if_contains("metadata");
    if (metadata != nullptr && metadata->is_object()) {
        json::object merged = object_of(stored, "metadata");
        for (const auto& [key, value] : metadata->get_object()) merged[key] = value;
        out["metadata"] = std::move(merged);
    }
    return out;
}

std::optional<RawId> parse_id(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    return RawId::from_hex(text.substr(prefix.size()));
}

bool is_set(const JsonReader& reader, std::string_view name) {
    const json::value* value = reader.usable() ? find(*reader.raw(), name) : nullptr;
    if (value == nullptr) return false;
    if (value->is_array()) return !value->get_array().empty();
    if (value->is_object()) return !value->get_object().empty();
    return !value->is_string() || !value->get_string().empty();
}

void read_metadata(JsonReader& reader, json::object& doc) {
    const json::object* metadata = reader.object("metadata");
    doc["metadata"] = metadata != nullptr ? *metadata : json::object();
}

void read_dates(JsonReader& reader, json::object& doc) {
    const auto start = reader.timestamp("start_date");
    const auto end = reader.timestamp("expiration_date");
    if (start) doc["start_date"] = start->iso();
    if (end) doc["expiration_date"] = end->iso();
    if (start && end && *end <= *start)
        reader.wrong("expiration_date", "conflict", "must be after start_date");
}

std::string read_name(JsonReader& reader, std::string_view name, std::size_t max_bytes) {
    reader.require(name);
    const auto text = reader.text(name, max_bytes);
    if (text && text->find_first_not_of(" \t\r\n") == std::string::npos)
        reader.wrong(name, "required", "must not be blank");
    return text.value_or("");
}

void not_implemented(JsonReader& reader, std::string_view name, std::string_view instead) {
    if (is_set(reader, name))
        reader.wrong(name, not_implemented_key, fmt::format("is not implemented; {}", instead));
}

std::unexpected<Error> refuse_all(const Issues& issues) {
    auto refusal = issues.refuse();
    if (std::ranges::all_of(issues.all(), [](const FieldIssue& issue) {
            return issue.key == not_implemented_key;
        }))
        refusal.error().code = &error::not_implemented;
    return refusal;
}

void append_issues(Issues& to, std::size_t index, const std::vector<FieldIssue>& from) {
    for (const FieldIssue& issue : from)
        to.add(fmt::format("/{}{}", index, issue.pointer), issue.key, issue.message);
}

Result<std::vector<json::object>> read_array(
    const json::value& body, std::size_t max,
    FunctionRef<Result<json::object>(const json::value&)> read_item) {
    Issues issues;
    std::vector<json::object> out;
    if (!body.is_array()) {
        issues.add("", "type", "must be an array");
    } else if (body.get_array().empty() || body.get_array().size() > max) {
        issues.add("", "too_many", fmt::format("must have 1 to {} items", max));
    } else {
        for (const json::value& item : body.get_array()) {
            auto doc = read_item(item);
            if (!doc) append_issues(issues, out.size(), doc.error().issues);
            out.push_back(doc ? *std::move(doc) : json::object());
        }
    }
    if (!issues.empty()) return refuse_all(issues);
    return out;
}

}  // namespace perennial::campaigns
