// Static types. Typing is gradual: `dyn` fits anything and is checked when evaluated.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace perennial::cel {

class Value;
struct StructType;

enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    unsigned_integer,
    floating,
    decimal,
    string,
    bytes,
    timestamp,
    duration,
    list,
    map,
    structure,
    type,
    optional,
    error,
    dyn,  // of types only, never of a value
};

/// "int", "uint", "double" … as the language writes them.
std::string_view kind_name(Kind);

struct Type {
    Kind kind = Kind::dyn;
    /// Of a dyn: nothing has been said yet (the items of `[]`), so that any other type wins beside it.
    bool open = false;
    /// The value may be null as well (an optional fact). Comparing it with null is allowed.
    bool nullable = false;
    const StructType* structure = nullptr;
    std::shared_ptr<const Type> key = nullptr;      // of a map
    std::shared_ptr<const Type> element = nullptr;  // of a list or an optional, or the values of a map

    Type() = default;
    Type(Kind k) : kind(k) {}  // NOLINT: a plain kind is a type
    Type(const StructType& type) : kind(Kind::structure), structure(&type) {}  // NOLINT
    static Type list(Type element);
    static Type map(Type key, Type element);
    static Type optional(Type element);
    static Type unsaid();
    Type or_null() const;

    bool is_dyn() const { return kind == Kind::dyn; }
    bool is_number() const {
        return kind == Kind::integer || kind == Kind::unsigned_integer || kind == Kind::floating ||
               kind == Kind::decimal;
    }
    Type element_type() const { return element ? *element : Type(); }
    Type key_type() const { return key ? *key : Type(); }
    std::string name() const;

    bool operator==(const Type&) const;
};

/// A fact's member. `get` must not allocate or throw; what it returns points into the object.
struct Field {
    std::string name;
    Type type;
    Value (*get)(const void* object);
    /// Upper bound of a list's length, for the cost estimate; 0 = unknown.
    std::uint32_t max_items = 0;
    /// The same as `get` where the member is always an int or a text: comparisons read it in registers.
    std::int64_t (*get_int)(const void* object) = nullptr;
    std::string_view (*get_text)(const void* object) = nullptr;
};

/// A struct of facts. Lives as long as every program compiled against it (declare it `const` at
/// namespace scope).
struct StructType {
    std::string name;
    std::vector<Field> fields;

    const Field* find(std::string_view field_name) const;
};

}  // namespace perennial::cel
