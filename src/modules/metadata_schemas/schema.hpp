// What the metadata of an object may look like (api.md 13.5), compiled from the project's schemas.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/projects/snapshot.hpp"

namespace perennial::metadata_schemas {

inline constexpr std::string_view schema_kind = "metadata_schema";
inline constexpr std::string_view event_kind = "event_schema";
inline constexpr std::size_t schemas_max = 100;
inline constexpr std::size_t properties_max = 100;

enum class Type : std::uint8_t { string, number, boolean, date, datetime, image_url, geopoint, object };

struct Property {
    std::string name;
    Type type = Type::string;
    bool array = false;
    bool optional = true;
    std::string object_type;  ///< of an object: the schema that says what is in it
    std::vector<json::value> eq = {};
    std::vector<json::value> ne = {};
    std::optional<double> lt = {}, lte = {}, gt = {}, gte = {};
    std::optional<std::int64_t> min_length = {}, max_length = {}, exact_length = {};
};

struct Schema {
    std::vector<Property> properties;
    bool allow_defined_only = false;

    const Property* find(std::string_view name) const;
};

/// All schemas of a project.
class Schemas {
  public:
    static std::unique_ptr<Schemas> compile(const projects::Snapshot&);

    bool empty() const { return objects_.empty() && events_.empty(); }
    const Schema* of_object(std::string_view related_object) const;
    const Schema* of_event(std::string_view name) const;

    /// Adds an issue below `pointer` for each key that does not fit: "must be a string", "must be
    /// equal to one of …". With `whole`, keys that must be there and are missing are issues, too.
    void check(const Schema&, const json::object& metadata, bool whole, const std::string& pointer,
               std::vector<FieldIssue>& issues) const;

  private:
    void check_value(const Property&, const json::value&, const std::string& pointer,
                     std::vector<FieldIssue>& issues) const;
    std::unordered_map<std::string, Schema> objects_;
    std::unordered_map<std::string, Schema> events_;
};

/// Reads `properties` over what is known: keys that are sent change, null removes one. Adds the issues.
void merge_properties(JsonReader&, json::object& properties);

inline constexpr ErrorCode metadata_validation_failed{
    "metadata_validation_failed", ErrorKind::invalid, "Metadata validation failed"};
/// "vendor: must be a string, size: is required"
std::unexpected<Error> refuse_metadata(std::vector<FieldIssue> issues);

}  // namespace perennial::metadata_schemas
