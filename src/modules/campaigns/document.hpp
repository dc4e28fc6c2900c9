// Definitions as stored documents: reading what was validated before, merging what a PUT sends, and
// collecting what is wrong with what is sent. Used by tiers, earning and rewards as well.
#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_ref.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace perennial::campaigns {

/// Members of a stored document; absent and null read alike.
std::string_view text_of(const json::object&, std::string_view name);  ///< "" when absent
std::optional<std::int64_t> integer_of(const json::object&, std::string_view name);
std::int64_t integer_of(const json::object&, std::string_view name, std::int64_t otherwise);
bool boolean_of(const json::object&, std::string_view name, bool otherwise);
std::optional<Timestamp> time_of(const json::object&, std::string_view name);
const json::object& object_of(const json::object&, std::string_view name);  ///< {} when absent
const json::array& array_of(const json::object&, std::string_view name);    ///< [] when absent

/// `stored` with what `sent` holds: null clears, objects are merged, arrays and values replaced. An
/// object of another kind (`type`, `period_type`, `qualification_type`, `calculation_type`) replaces.
/// Keys of `metadata` are merged one by one and keep a null (api.md 4.5).
json::object merge(const json::object& stored, const json::object& sent);

/// An id as written ("ern_" + 32 hex) without its type, for things of modules above.
std::optional<RawId> parse_id(std::string_view text, std::string_view prefix);

/// Present and neither null nor an empty text, list or object.
bool is_set(const JsonReader&, std::string_view name);

/// Marks what the compatible API has and Perennial does not: `instead` says what there is.
void not_implemented(JsonReader&, std::string_view name, std::string_view instead);

/// Fields that most documents have: `metadata` (default {}), `start_date` and `expiration_date`.
void read_metadata(JsonReader&, json::object& doc);
void read_dates(JsonReader&, json::object& doc);

/// A text that is there and not blank.
std::string read_name(JsonReader&, std::string_view name, std::size_t max_bytes = 255);

/// invalid_payload with all mistakes; not_implemented when nothing else is wrong.
std::unexpected<Error> refuse_all(const Issues&);

/// Copies issues of one item of an array body: "/condition" becomes "/0/condition".
void append_issues(Issues& to, std::size_t index, const std::vector<FieldIssue>& from);

/// A body that is an array of 1 to `max` items, each read on its own; all mistakes of all items.
Result<std::vector<json::object>> read_array(
    const json::value& body, std::size_t max,
    FunctionRef<Result<json::object>(const json::value&)> read_item);

}  // namespace perennial::campaigns
