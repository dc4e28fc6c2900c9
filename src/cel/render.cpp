#include <fmt/format.h>

#include "cel/text.hpp"
#include "cel/value.hpp"

namespace perennial::cel {
namespace {

// Enough for an explanation; a longer list or text is cut with "…".
constexpr std::size_t shown_items_max = 20;
constexpr std::size_t shown_bytes_max = 200;
constexpr int shown_depth_max = 8;
// Lists may share parts: without a bound in all, a small program could print for ever.
constexpr int shown_values_max = 200;

struct Room {
    int depth;
    int* values_left;

    Room inside() const { return {depth + 1, values_left}; }
};

std::string cut_text(std::string_view text) {
    if (text.size() <= shown_bytes_max) return quoted(text);
    std::size_t end = shown_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return quoted(text.substr(0, end)) + "…";
}

std::string bytes_text(std::string_view bytes) {
    std::string out = "b\"";
    for (const char c : bytes.substr(0, shown_bytes_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\')
            out += c;
        else
            out += fmt::format("\\x{:02x}", byte);
    }
    return out + (bytes.size() > shown_bytes_max ? "\"…" : "\"");
}

std::string shown(const Value& value, Room room);

std::string list_text(const Value& list, Room room) {
    std::string out = "[";
    for (std::size_t i = 0; i < list.size() && i < shown_items_max; ++i)
        out += fmt::format("{}{}", i == 0 ? "" : ", ", shown(list.item(i), room.inside()));
    return out + (list.size() > shown_items_max ? ", …]" : "]");
}

std::string map_text(const Value& map, Room room) {
    std::string out = "{";
    for (std::size_t i = 0; i < map.size() && i < shown_items_max; ++i)
        out += fmt::format("{}{}: {}", i == 0 ? "" : ", ", shown(map.key_at(i), room.inside()),
                           shown(map.value_at(i), room.inside()));
    return out + (map.size() > shown_items_max ? ", …}" : "}");
}

std::string struct_text(const Value& value, Room room) {
    std::string out = value.struct_type().name + "{";
    std::string_view separator;
    for (const Field& field : value.struct_type().fields) {
        out += fmt::format("{}{}: {}", separator, field.name,
                           shown(field.get(value.object()), room.inside()));
        separator = ", ";
    }
    return out + "}";
}

std::string shown(const Value& value, Room room) {
    if (room.depth > shown_depth_max || --*room.values_left < 0) return "…";
    switch (value.kind()) {
        case Kind::null: return "null";
        case Kind::boolean: return value.as_bool() ? "true" : "false";
        case Kind::integer: return fmt::format("{}", value.as_int());
        case Kind::unsigned_integer: return fmt::format("{}u", value.as_uint());
        case Kind::floating: {
            std::string text = double_text(value.as_double());
            if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
            return text;
        }
        case Kind::decimal: return fmt::format("decimal(\"{}\")", value.as_decimal().text());
        case Kind::string: return cut_text(value.as_text());
        case Kind::bytes: return bytes_text(value.as_text());
        case Kind::timestamp:
            return fmt::format("timestamp(\"{}\")", timestamp_text(value.as_timestamp_ns()));
        case Kind::duration:
            return fmt::format("duration(\"{}\")", duration_text(value.as_duration_ns()));
        case Kind::list: return list_text(value, room);
        case Kind::map: return map_text(value, room);
        case Kind::structure: return struct_text(value, room);
        case Kind::type:
            return value.type_structure() ? value.type_structure()->name
                                          : std::string(kind_name(value.type_kind()));
        case Kind::optional:
            if (!value.held()) return "optional.none()";
            return fmt::format("optional.of({})", shown(*value.held(), room.inside()));
        case Kind::error: return fmt::format("error: {}", value.as_error().message);
        case Kind::dyn: break;
    }
    return "?";
}

}  // namespace

std::string to_text(const Value& value) {
    int values_left = shown_values_max;
    return shown(value, {0, &values_left});
}

std::string type_name(const Value& value) {
    if (value.is(Kind::structure)) return value.struct_type().name;
    return Type(value.kind()).name();
}

}  // namespace perennial::cel
