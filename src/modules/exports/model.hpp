// Exports: what of the shop's data is written into a CSV file, in which order, by whose wish.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "modules/catalog/filter.hpp"

namespace perennial::exports {

struct ExportTag {
    static constexpr std::string_view prefix = "exp_";
};
using ExportId = Id<ExportTag>;

/// Numbers are stored: never renumber.
enum class Status : std::uint8_t { scheduled = 0, in_progress = 1, done = 2, failed = 3 };
std::string_view status_name(Status);  ///< "SCHEDULED", "IN_PROGRESS", "DONE", "ERROR"

/// What can be exported, with the fields that a row has.
struct Object {
    std::string_view name;
    std::span<const std::string_view> fields;
    std::span<const std::string_view> usual;  ///< written when nobody names fields
    std::string_view order;                   ///< by default; oldest first
};
std::span<const Object> objects();
const Object* find_object(std::string_view name);

struct Wish {
    const Object* object = nullptr;
    std::vector<std::string> fields;
    std::string order_by;
    bool descending = false;
    bool any = false;  ///< filters joined by or
    struct FieldFilter {
        std::string field;
        std::vector<catalog::Filter::Condition> conditions;
    };
    std::vector<FieldFilter> filters;

    bool matches(const json::object& row) const;
    /// The one value that a filter by $is or $in asks of this field, when all filters must hold.
    std::optional<std::string> only(std::string_view field) const;
};

/// `parameters` of api.md 14: {order, fields, filters}. Refuses: invalid_export_fields (a field or an
/// order that the object does not have), invalid_export_params (all other mistakes).
Result<Wish> read_wish(const Object&, const json::value& parameters);

/// One line of the file. A text that a spreadsheet would take for a formula (it begins with =, +, -, @, a
/// tab or a line end) gets an apostrophe in front; numbers never do.
void append_line(std::string& out, const Wish&, const json::object& row);
void append_header(std::string& out, const Wish&);

/// Orders rows by a field: nothing first, then numbers, then texts.
bool comes_before(const json::value& a, const json::value& b);

struct Export {
    std::int32_t project = 0;
    ExportId id;
    std::string object;
    std::string parameters;  ///< JSON text, as sent
    Status status = Status::scheduled;
    std::string token;
    std::int64_t parts = 0;
    Timestamp created_at;  ///< business time
    Timestamp expires_at;  ///< machine time
};

json::object to_json(const Export&, std::string_view server);

}  // namespace perennial::exports
