#include "base/json.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/value.hpp"

namespace perennial {
namespace {

constexpr std::size_t depth_max = 32;

std::string escape_pointer(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

std::string position(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
    }
    return fmt::format("line {}, column {}", line, column);
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::stream_parser parser({}, options);
    json::error_code code;
    const std::size_t used = parser.write_some(text.data(), text.size(), code);
    if (!code && used < text.size()) {
        const auto rest = text.find_first_not_of(" \t\r\n", used);
        if (rest != std::string_view::npos) code = json::error::extra_data;
    }
    if (!code) parser.finish(code);
    if (code) {
        return refuse(error::invalid_payload,
                      fmt::format("The body is not JSON: {} at {}", code.message(),
                                  position(text, std::min(used, text.size()))));
    }
    return parser.release();
}

std::string to_text(const json::value& value) { return json::serialize(value); }
std::string to_text(const json::object& object) { return json::serialize(object); }

bool is_valid_utf8(std::string_view text) {
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    const auto* end = p + text.size();
    while (p < end) {
        const unsigned char c = *p;
        if (c == 0) return false;
        if (c < 0x80) {
            ++p;
            continue;
        }
        int more = 0;
        std::uint32_t code = 0;
        std::uint32_t least = 0;
        if ((c & 0xE0) == 0xC0) {
            more = 1, code = c & 0x1F, least = 0x80;
        } else if ((c & 0xF0) == 0xE0) {
            more = 2, code = c & 0x0F, least = 0x800;
        } else if ((c & 0xF8) == 0xF0) {
            more = 3, code = c & 0x07, least = 0x10000;
        } else {
            return false;
        }
        if (end - p <= more) return false;
        for (int i = 1; i <= more; ++i) {
            if ((p[i] & 0xC0) != 0x80) return false;
            code = (code << 6) | (p[i] & 0x3F);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        p += more + 1;
    }
    return true;
}

void Issues::add(std::string pointer, std::string_view key, std::string message) {
    if (issues_.size() < 50) issues_.push_back({std::move(pointer), std::string(key), std::move(message)});
}

std::unexpected<Error> Issues::refuse() const {
    CHECK(!issues_.empty());
    Error error{&error::invalid_payload,
                fmt::format("Property {}: {}", issues_[0].pointer.empty() ? "/" : issues_[0].pointer,
                            issues_[0].message)};
    error.issues = issues_;
    return std::unexpected(std::move(error));
}

JsonReader::JsonReader(const json::value& body, Issues& issues) : issues_(&issues) {
    if (body.is_object())
        object_ = &body.get_object();
    else
        issues.add("", "type", "must be an object");
}

std::string JsonReader::at(std::string_view name) const {
    return fmt::format("{}/{}", pointer_, escape_pointer(name));
}

const json::value* JsonReader::find(std::string_view name) const {
    if (object_ == nullptr) return nullptr;
    const json::value* value = object_->if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
}

bool JsonReader::has(std::string_view name) const { return find(name) != nullptr; }

bool JsonReader::is_null(std::string_view name) const {
    if (object_ == nullptr) return false;
    const json::value* value = object_->if_contains(name);
    return value != nullptr && value->is_null();
}

void JsonReader::wrong(std::string_view name, std::string_view key, std::string message) {
    if (object_ != nullptr) issues_->add(at(name), key, std::move(message));
}

void JsonReader::require(std::string_view name) {
    if (object_ != nullptr && !has(name)) wrong(name, "required", "is required");
}

std::optional<std::string> JsonReader::text(std::string_view name, std::size_t max_bytes) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        wrong(name, "type", "must be a string");
        return std::nullopt;
    }
    const std::string_view text(value->get_string());
    if (text.size() > max_bytes) {
        wrong(name, "too_long", fmt::format("must have at most {} bytes", max_bytes));
        return std::nullopt;
    }
    if (text.find('\0') != std::string_view::npos) {
        wrong(name, "invalid_text", "must not hold a NUL character");
        return std::nullopt;
    }
    return std::string(text);
}

std::optional<std::int64_t> JsonReader::integer(std::string_view name, std::int64_t min,
                                                std::int64_t max) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    std::optional<std::int64_t> number;
    if (value->is_int64()) {
        number = value->get_int64();
    } else if (value->is_uint64()) {
        wrong(name, "range", fmt::format("must be between {} and {}", min, max));
        return std::nullopt;
    } else if (value->is_double()) {
        // 100.0 is the same number as 100: some clients write whole amounts so.
        const double d = value->get_double();
        if (std::trunc(d) == d && std::abs(d) <= static_cast<double>(value_max))
            number = static_cast<std::int64_t>(d);
    }
    if (!number) {
        wrong(name, "type", "must be a whole number");
        return std::nullopt;
    }
    if (*number < min || *number > max) {
        wrong(name, "range", fmt::format("must be between {} and {}", min, max));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> JsonReader::boolean(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    wrong(name, "type", "must be true or false");
    return std::nullopt;
}

std::optional<Timestamp> JsonReader::timestamp(std::string_view name) {
    auto written = text(name, 64);
    if (!written) return std::nullopt;
    auto moment = Timestamp::parse(*written);
    if (!moment) wrong(name, "format", "must be a time such as 2024-07-23T19:38:38.219Z");
    return moment;
}

std::optional<Date> JsonReader::date(std::string_view name) {
    auto written = text(name, 64);
    if (!written) return std::nullopt;
    auto day = Date::parse(std::string_view(*written).substr(0, 10));
    if (!day) wrong(name, "format", "must be a date such as 2024-07-23");
    return day;
}

std::optional<std::size_t> JsonReader::choice(std::string_view name,
                                              std::span<const std::string_view> of) {
    auto written = text(name, 256);
    if (!written) return std::nullopt;
    for (std::size_t i = 0; i < of.size(); ++i)
        if (of[i] == *written) return i;
    wrong(name, "enum", fmt::format("must be one of {}", fmt::join(of, ", ")));
    return std::nullopt;
}

const json::object* JsonReader::object(std::string_view name, std::size_t max_bytes) {
    const json::value* value = find(name);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
        wrong(name, "type", "must be an object");
        return nullptr;
    }
    if (json::serialize(*value).size() > max_bytes) {
        wrong(name, "too_long", fmt::format("must have at most {} bytes", max_bytes));
        return nullptr;
    }
    return &value->get_object();
}

const json::array* JsonReader::array(std::string_view name, std::size_t max_items) {
    const json::value* value = find(name);
    if (value == nullptr) return nullptr;
    if (!value->is_array()) {
        wrong(name, "type", "must be an array");
        return nullptr;
    }
    if (value->get_array().size() > max_items) {
        wrong(name, "too_many", fmt::format("must have at most {} items", max_items));
        return nullptr;
    }
    return &value->get_array();
}

JsonReader JsonReader::reader(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) return {nullptr, at(name), issues_};
    if (!value->is_object()) {
        wrong(name, "type", "must be an object");
        return {nullptr, at(name), issues_};
    }
    return {&value->get_object(), at(name), issues_};
}

JsonReader JsonReader::item(std::string_view array_name, std::size_t index) const {
    const std::string pointer = fmt::format("{}/{}", at(array_name), index);
    const json::value* value = find(array_name);
    CHECK(value != nullptr && value->is_array() && index < value->get_array().size());
    const json::value& element = value->get_array()[index];
    if (!element.is_object()) {
        issues_->add(pointer, "type", "must be an object");
        return {nullptr, pointer, issues_};
    }
    return {&element.get_object(), pointer, issues_};
}

}  // namespace perennial
