#include "platform/db/postgres_values.hpp"

#include <fmt/format.h>

namespace perennial::db {

namespace {

void put32(std::string& out, std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

void put64(std::string& out, std::uint64_t v) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

/// Two's complement of any width up to 8 bytes.
std::int64_t read_integer(std::string_view bytes) {
    std::uint64_t v = !bytes.empty() && (bytes[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) v = (v << 8) | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(v);
}

/// Sums of bigint are numeric: digits of base 10,000, the first worth 10,000^weight.
std::int64_t read_numeric(std::string_view bytes) {
    const auto field = [&](std::size_t i) { return read_integer(bytes.substr(i * 2, 2)); };
    constexpr std::int64_t positive = 0;
    constexpr std::int64_t negative = 0x4000;
    const std::int64_t digits = field(0);
    const std::int64_t weight = field(1);
    const std::int64_t sign = field(2);
    bool is_whole = (sign == positive || sign == negative) && weight < 5 && digits <= weight + 1;
    std::int64_t value = 0;
    for (std::int64_t i = 0; is_whole && i <= weight; ++i) {
        const std::int64_t digit = i < digits ? field(4 + static_cast<std::size_t>(i)) : 0;
        is_whole = !__builtin_mul_overflow(value, 10'000, &value) &&
                   !__builtin_sub_overflow(value, digit, &value);
    }
    if (is_whole && sign == positive) is_whole = !__builtin_sub_overflow(0, value, &value);
    if (!is_whole) {
        throw Failure(Failure::Kind::error, "PostgreSQL: a numeric that is no 64 bit integer");
    }
    return value;
}

}  // namespace

Value::Kind kind_of_type(Oid type) {
    switch (type) {
        case oid::int2:
        case oid::int4:
        case oid::int8:
            return Value::Kind::integer;
        case oid::text:
        case oid::varchar:
        case oid::bpchar:
            return Value::Kind::text;
        case oid::bytea:
            return Value::Kind::blob;
        default:
            return Value::Kind::null;
    }
}

Oid type_of_kind(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::integer:
            return oid::int8;
        case Value::Kind::text:
            return oid::text;
        case Value::Kind::blob:
            return oid::bytea;
        case Value::Kind::null:
            break;
    }
    return 0;
}

Oid array_type_of(Oid type) {
    switch (kind_of_type(type)) {
        case Value::Kind::integer:
            return oid::int8_array;
        case Value::Kind::text:
            return oid::text_array;
        case Value::Kind::blob:
            return oid::bytea_array;
        case Value::Kind::null:
            break;
    }
    return 0;
}

const char* array_name_of(Oid type) {
    switch (kind_of_type(type)) {
        case Value::Kind::integer:
            return "bigint[]";
        case Value::Kind::text:
            return "text[]";
        case Value::Kind::blob:
            return "bytea[]";
        case Value::Kind::null:
            break;
    }
    return "";
}

std::string big_endian(std::int64_t v) {
    std::string out;
    put64(out, static_cast<std::uint64_t>(v));
    return out;
}

std::string encode_array(const Rows& rows, std::span<const std::size_t> order, std::size_t column,
                         Oid type, std::string_view column_name) {
    const Value::Kind kind = kind_of_type(type);
    std::string out;
    std::size_t size = 20 + order.size() * (kind == Value::Kind::integer ? 12 : 4);
    if (kind != Value::Kind::integer) {
        for (const std::size_t i : order) size += rows.row(i)[column].bytes.size();
    }
    out.reserve(size);
    put32(out, 1);  // dimensions
    put32(out, 1);  // may hold nulls
    put32(out, type_of_kind(kind));
    put32(out, static_cast<std::uint32_t>(order.size()));
    put32(out, 1);  // lower bound
    for (const std::size_t i : order) {
        const Value& value = rows.row(i)[column];
        if (value.kind == Value::Kind::null) {
            put32(out, 0xffffffff);
        } else if (value.kind != kind) {
            throw Failure(
                Failure::Kind::error,
                fmt::format("PostgreSQL: column {} is {} and was given a value of another "
                            "kind",
                            column_name, array_name_of(type)));
        } else if (kind == Value::Kind::integer) {
            put32(out, 8);
            put64(out, static_cast<std::uint64_t>(value.integer));
        } else {
            put32(out, static_cast<std::uint32_t>(value.bytes.size()));
            out += value.bytes;
        }
    }
    return out;
}

Value decode(Oid type, std::string_view bytes) {
    switch (type) {
        case oid::int2:
        case oid::int4:
        case oid::int8:
            return read_integer(bytes);
        case oid::boolean:
            return static_cast<std::int64_t>(bytes[0] != 0);
        case oid::oid:
            return read_integer(bytes) & 0xffffffff;
        case oid::numeric:
            return read_numeric(bytes);
        case oid::text:
        case oid::varchar:
        case oid::bpchar:
        case oid::name:
        case oid::unknown:
            return bytes;
        case oid::bytea:
            return Value::blob(bytes);
        case oid::void_type:
            return {};
        default:
            throw Failure(Failure::Kind::error,
                          fmt::format("PostgreSQL: a column of type {} has no value here; cast it "
                                      "to bigint, text or bytea",
                                      type));
    }
}

}  // namespace perennial::db
