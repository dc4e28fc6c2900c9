// Values in PostgreSQL's binary formats.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "platform/db/database.hpp"

namespace perennial::db {

using Oid = unsigned int;

namespace oid {
inline constexpr Oid boolean = 16;
inline constexpr Oid bytea = 17;
inline constexpr Oid name = 19;
inline constexpr Oid int8 = 20;
inline constexpr Oid int2 = 21;
inline constexpr Oid int4 = 23;
inline constexpr Oid text = 25;
inline constexpr Oid oid = 26;
inline constexpr Oid unknown = 705;
inline constexpr Oid bytea_array = 1001;
inline constexpr Oid text_array = 1009;
inline constexpr Oid int8_array = 1016;
inline constexpr Oid bpchar = 1042;
inline constexpr Oid varchar = 1043;
inline constexpr Oid numeric = 1700;
inline constexpr Oid void_type = 2278;
}  // namespace oid

/// The kind of Value that a column of this type holds; null for a type the product does not use.
Value::Kind kind_of_type(Oid type);
Oid type_of_kind(Value::Kind);
Oid array_type_of(Oid type);
const char* array_name_of(Oid type);  ///< "bigint[]"

std::string big_endian(std::int64_t);

/// One column of `rows` (in this order of rows) as an array. Throws Failure when a value is of
/// another kind than the column.
std::string encode_array(const Rows& rows, std::span<const std::size_t> order, std::size_t column,
                         Oid type, std::string_view column_name);

/// A column of a result; text and blobs stay where they are. Throws Failure on a type that has no
/// Value (floating point, a numeric that is not whole).
Value decode(Oid type, std::string_view bytes);

}  // namespace perennial::db
