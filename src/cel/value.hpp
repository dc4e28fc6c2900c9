// A value of the language: 24 bytes, copied freely, owns nothing. Strings, lists, maps and structs
// point into facts, into a program's constants or into the evaluation's arena.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cel/decimal.hpp"
#include "cel/type.hpp"

namespace perennial::cel {

/// A stretch of the source, in bytes.
struct SourceRange {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

/// What evaluation answers when the language says "error"; not a failure of the engine.
struct LanguageError {
    std::string_view message;
    SourceRange range;
};

/// How a list of facts is seen without copying it. Structs that lie side by side need no call an item:
/// with `item_type` set, item i is the struct at `list + i * item_bytes`.
struct ListAccess {
    Value (*at)(const void* list, std::size_t index) = nullptr;
    const StructType* item_type = nullptr;
    std::size_t item_bytes = 0;
};

/// How a map of facts is seen without copying it. `at` order is the map's own.
struct MapAccess {
    bool (*find)(const void* map, std::size_t size, const Value& key, Value& found);
    Value (*key_at)(const void* map, std::size_t index);
    Value (*value_at)(const void* map, std::size_t index);
};

struct MapEntry;

class Value {
  public:
    Value() = default;  ///< null
    static Value boolean(bool b) { return Value(Kind::boolean, b ? 1u : 0u); }
    static Value integer(std::int64_t n) {
        return Value(Kind::integer, std::bit_cast<std::uint64_t>(n));
    }
    static Value unsigned_integer(std::uint64_t n) { return Value(Kind::unsigned_integer, n); }
    static Value floating(double n) {
        return Value(Kind::floating, std::bit_cast<std::uint64_t>(n));
    }
    static Value decimal(const Decimal& n) {
        Value value = from_wide(Kind::decimal, n.coefficient());
        value.size_ = static_cast<std::uint32_t>(n.scale());
        return value;
    }
    static Value string(std::string_view text) {
        return Value(Kind::string, address(text.data()), text.size());
    }
    static Value bytes(std::string_view text) {
        return Value(Kind::bytes, address(text.data()), text.size());
    }
    static Value timestamp(Timestamp t) { return timestamp_ns(int128{t.ms} * 1'000'000); }
    /// Nanoseconds since 1970; the caller keeps to years 1 to 9999.
    static Value timestamp_ns(int128 ns) { return from_wide(Kind::timestamp, ns); }
    static Value duration_ns(std::int64_t ns) {
        return Value(Kind::duration, std::bit_cast<std::uint64_t>(ns));
    }
    static Value list(std::span<const Value> items) {
        Value value(Kind::list, address(items.data()));
        value.size_ = static_cast<std::uint32_t>(items.size());
        return value;
    }
    static Value list_view(const void* list, std::size_t size, const ListAccess& access) {
        Value value(Kind::list, address(list), address(&access));
        value.size_ = static_cast<std::uint32_t>(size);
        return value;
    }
    static Value map(std::span<const MapEntry> entries);
    static Value map_view(const void* map, std::size_t size, const MapAccess& access) {
        Value value(Kind::map, address(map), address(&access));
        value.size_ = static_cast<std::uint32_t>(size);
        return value;
    }
    /// null without an object.
    static Value structure(const void* object, const StructType& type) {
        if (!object) return Value();
        return Value(Kind::structure, address(object), address(&type));
    }
    static Value type(Kind of, const StructType* structure = nullptr) {
        return Value(Kind::type, static_cast<std::uint64_t>(of), address(structure));
    }
    /// `held` is null for none.
    static Value optional(const Value* held) { return Value(Kind::optional, address(held)); }
    static Value error(const LanguageError& error) { return Value(Kind::error, address(&error)); }

    Kind kind() const { return kind_; }
    bool is(Kind kind) const { return kind_ == kind; }
    bool is_structure(const StructType* type) const {
        return kind_ == Kind::structure && b_ == address(type);
    }
    bool is_null() const { return kind_ == Kind::null; }
    bool is_error() const { return kind_ == Kind::error; }
    bool is_true() const { return kind_ == Kind::boolean && a_ != 0; }

    /// Each only for a value of that kind.
    bool as_bool() const { return a_ != 0; }
    std::int64_t as_int() const { return std::bit_cast<std::int64_t>(a_); }
    std::uint64_t as_uint() const { return a_; }
    double as_double() const { return std::bit_cast<double>(a_); }
    Decimal as_decimal() const;
    std::string_view as_text() const { return {pointer<char>(a_), b_}; }  ///< string or bytes
    int128 as_timestamp_ns() const { return wide(); }
    std::int64_t as_duration_ns() const { return as_int(); }
    const void* object() const { return pointer<void>(a_); }
    const StructType& struct_type() const { return *pointer<StructType>(b_); }
    Kind type_kind() const { return static_cast<Kind>(a_); }
    const StructType* type_structure() const { return pointer<StructType>(b_); }
    const Value* held() const { return pointer<Value>(a_); }  ///< of an optional; null for none
    const LanguageError& as_error() const { return *pointer<LanguageError>(a_); }

    std::size_t size() const { return size_; }  ///< of a list or map
    Value item(std::size_t index) const {
        if (b_ == 0) return pointer<Value>(a_)[index];
        const ListAccess& access = *pointer<ListAccess>(b_);
        if (access.item_type)
            return structure(pointer<std::byte>(a_) + index * access.item_bytes, *access.item_type);
        return access.at(pointer<void>(a_), index);
    }
    bool find(const Value& key, Value& found) const {
        return pointer<MapAccess>(b_)->find(pointer<void>(a_), size_, key, found);
    }
    Value key_at(std::size_t index) const {
        return pointer<MapAccess>(b_)->key_at(pointer<void>(a_), index);
    }
    Value value_at(std::size_t index) const {
        return pointer<MapAccess>(b_)->value_at(pointer<void>(a_), index);
    }

  private:
    explicit Value(Kind kind, std::uint64_t a = 0, std::uint64_t b = 0)
        : kind_(kind), a_(a), b_(b) {}

    static Value from_wide(Kind kind, int128 n) {
        const auto bits = static_cast<uint128>(n);
        return Value(kind, static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64));
    }
    int128 wide() const { return static_cast<int128>((static_cast<uint128>(b_) << 64) | a_); }
    static std::uint64_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }
    template <class T>
    static const T* pointer(std::uint64_t bits) {
        return reinterpret_cast<const T*>(static_cast<std::uintptr_t>(bits));
    }

    Kind kind_ = Kind::null;
    std::uint32_t size_ = 0;  // items of a list or map; digits after the point of a decimal
    std::uint64_t a_ = 0;
    std::uint64_t b_ = 0;
};

struct MapEntry {
    Value key;
    Value value;
};

/// The spec's equality: never an error; numbers of different types are equal when they mean the same.
bool equal(const Value&, const Value&);
/// Takes a step for each item it goes over; answers false once none are left (lists may share parts, so
/// that a small program could make a comparison endless).
bool equal(const Value&, const Value&, std::int64_t& steps_left);

enum class Ordering : std::uint8_t { less, equal, greater, unordered, incomparable };

/// `unordered` with a NaN, `incomparable` where the language has no such overload.
Ordering compare(const Value&, const Value&);

/// As the language would write it: `"gold"`, `5000`, `[1, 2]`, `timestamp("…")`.
std::string to_text(const Value&);

/// "int" or the struct's name.
std::string type_name(const Value&);

}  // namespace perennial::cel
