// Reading request bodies: every mistake of a body is collected with its JSON pointer, so one answer
// names them all (architecture.md 10). Unknown properties are ignored, as real clients send them.
#pragma once
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace perennial {

namespace json = boost::json;

/// Text -> value. Refuses (invalid_payload) with line and column of the first mistake; invalid UTF-8,
/// nesting over 32 and trailing text are mistakes.
Result<json::value> parse_json(std::string_view text);

/// Compact text, keys in the order they were set.
std::string to_text(const json::value&);
std::string to_text(const json::object&);

/// True for well-formed UTF-8 without NUL.
bool is_valid_utf8(std::string_view);

/// Collects the issues of one body.
class Issues {
  public:
    void add(std::string pointer, std::string_view key, std::string message);
    bool empty() const { return issues_.empty(); }
    /// invalid_payload with all issues; `details` is the first in words.
    std::unexpected<Error> refuse() const;
    const std::vector<FieldIssue>& all() const { return issues_; }

  private:
    std::vector<FieldIssue> issues_;
};

/// One object of a body. A reader of a missing or wrong object reads nothing and adds no second issue.
/// `null` counts as absent, save for `is_null`.
class JsonReader {
  public:
    /// The body itself; adds an issue when it is not an object.
    JsonReader(const json::value& body, Issues& issues);

    bool has(std::string_view name) const;      ///< present and not null
    bool is_null(std::string_view name) const;  ///< present and null

    std::optional<std::string> text(std::string_view name, std::size_t max_bytes = 1024);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<bool> boolean(std::string_view name);
    std::optional<Timestamp> timestamp(std::string_view name);
    std::optional<Date> date(std::string_view name);
    std::optional<std::size_t> choice(std::string_view name, std::span<const std::string_view> of);
    /// Any JSON object, as `metadata`; at most `max_bytes` when written out.
    const json::object* object(std::string_view name, std::size_t max_bytes = 64 * 1024);
    const json::array* array(std::string_view name, std::size_t max_items);
    JsonReader reader(std::string_view name);
    JsonReader item(std::string_view array_name, std::size_t index) const;

    void require(std::string_view name);  ///< adds `required` when absent
    void wrong(std::string_view name, std::string_view key, std::string message);
    const std::string& pointer() const { return pointer_; }
    bool usable() const { return object_ != nullptr; }
    const json::object* raw() const { return object_; }
    Issues& issues() { return *issues_; }

  private:
    JsonReader(const json::object* object, std::string pointer, Issues* issues)
        : object_(object), pointer_(std::move(pointer)), issues_(issues) {}
    const json::value* find(std::string_view name) const;
    std::string at(std::string_view name) const;

    const json::object* object_ = nullptr;
    std::string pointer_;
    Issues* issues_ = nullptr;
};

}  // namespace perennial
