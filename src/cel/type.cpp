#include "cel/type.hpp"

#include <fmt/format.h>

namespace perennial::cel {

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::null: return "null_type";
        case Kind::boolean: return "bool";
        case Kind::integer: return "int";
        case Kind::unsigned_integer: return "uint";
        case Kind::floating: return "double";
        case Kind::decimal: return "decimal";
        case Kind::string: return "string";
        case Kind::bytes: return "bytes";
        case Kind::timestamp: return "google.protobuf.Timestamp";
        case Kind::duration: return "google.protobuf.Duration";
        case Kind::list: return "list";
        case Kind::map: return "map";
        case Kind::structure: return "struct";
        case Kind::type: return "type";
        case Kind::optional: return "optional_type";
        case Kind::error: return "error";
        case Kind::dyn: return "dyn";
    }
    return "dyn";
}

Type Type::list(Type element) {
    Type type(Kind::list);
    type.element = std::make_shared<const Type>(std::move(element));
    return type;
}

Type Type::map(Type key, Type element) {
    Type type(Kind::map);
    type.key = std::make_shared<const Type>(std::move(key));
    type.element = std::make_shared<const Type>(std::move(element));
    return type;
}

Type Type::optional(Type element) {
    Type type(Kind::optional);
    type.element = std::make_shared<const Type>(std::move(element));
    return type;
}

Type Type::unsaid() {
    Type type;
    type.open = true;
    return type;
}

Type Type::or_null() const {
    Type type = *this;
    type.nullable = true;
    return type;
}

std::string Type::name() const {
    switch (kind) {
        case Kind::list: return fmt::format("list({})", element_type().name());
        case Kind::map: return fmt::format("map({}, {})", key_type().name(), element_type().name());
        case Kind::optional: return fmt::format("optional({})", element_type().name());
        case Kind::structure: return structure->name;
        case Kind::null: return "null";
        case Kind::timestamp: return "timestamp";
        case Kind::duration: return "duration";
        default: return std::string(kind_name(kind));
    }
}

bool Type::operator==(const Type& other) const {
    const bool holds = kind == Kind::list || kind == Kind::map || kind == Kind::optional;
    return kind == other.kind && open == other.open && structure == other.structure &&
           (kind != Kind::map || key_type() == other.key_type()) &&
           (!holds || element_type() == other.element_type());
}

const Field* StructType::find(std::string_view field_name) const {
    for (const Field& field : fields)
        if (field.name == field_name) return &field;
    return nullptr;
}

}  // namespace perennial::cel
