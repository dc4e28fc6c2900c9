// Declaring facts: `field<&Order::amount>("amount")` reads the member in place, by its C++ type.
#pragma once
#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/time.hpp"
#include "base/value.hpp"
#include "cel/json_value.hpp"
#include "cel/value.hpp"

namespace perennial::cel {

template <class T>
struct FactType;  // a member type without an entry needs a Field written by hand

template <>
struct FactType<bool> {
    static Type type() { return Kind::boolean; }
    static Value value(bool b) { return Value::boolean(b); }
};

template <std::integral T>
    requires(!std::same_as<T, bool>)
struct FactType<T> {
    static_assert(sizeof(T) < 8 || std::signed_integral<T>, "counts are int64");
    static Type type() { return Kind::integer; }
    static std::int64_t to_int(T n) { return static_cast<std::int64_t>(n); }
    static Value value(T n) { return Value::integer(to_int(n)); }
};

template <class Tag>
struct FactType<Quantity<Tag>> {
    static Type type() { return Kind::integer; }
    static std::int64_t to_int(Quantity<Tag> amount) { return amount.value; }
    static Value value(Quantity<Tag> amount) { return Value::integer(amount.value); }
};

template <>
struct FactType<std::string> {
    static Type type() { return Kind::string; }
    static std::string_view to_text(const std::string& text) { return text; }
    static Value value(const std::string& text) { return Value::string(text); }
};

template <>
struct FactType<std::string_view> {
    static Type type() { return Kind::string; }
    static std::string_view to_text(std::string_view text) { return text; }
    static Value value(std::string_view text) { return Value::string(text); }
};

template <>
struct FactType<Timestamp> {
    static Type type() { return Kind::timestamp; }
    static Value value(Timestamp t) { return Value::timestamp(t); }
};

template <>
struct FactType<Decimal> {
    static Type type() { return Kind::decimal; }
    static Value value(const Decimal& n) { return Value::decimal(n); }
};

template <>
struct FactType<boost::json::object> {
    static Type type() { return Type::map(Kind::string, Kind::dyn); }
    static Value value(const boost::json::object& object) { return from_json(object); }
};

template <class T>
struct FactType<std::optional<T>> {
    static Type type() { return FactType<T>::type().or_null(); }
    static Value value(const std::optional<T>& maybe) {
        return maybe ? FactType<T>::value(*maybe) : Value();
    }
};

template <class T>
struct FactType<std::vector<T>> {
    static Type type() { return Type::list(FactType<T>::type()); }
    static Value value(const std::vector<T>& list) {
        static constexpr ListAccess access{.at = [](const void* items, std::size_t index) {
            return FactType<T>::value(static_cast<const T*>(items)[index]);
        }};
        return Value::list_view(list.data(), list.size(), access);
    }
};

template <class T>
struct MemberPointer;
template <class Object_, class Member_>
struct MemberPointer<Member_ Object_::*> {
    using Object = Object_;
    using Member = Member_;
};
template <auto member>
using ObjectOf = typename MemberPointer<decltype(member)>::Object;
template <auto member>
using MemberOf = std::remove_const_t<typename MemberPointer<decltype(member)>::Member>;

/// A scalar, an optional, a list of scalars or a JSON object.
template <auto member>
Field field(std::string name) {
    using Fact = FactType<MemberOf<member>>;
    Field made{std::move(name), Fact::type(), [](const void* object) {
                   return Fact::value(static_cast<const ObjectOf<member>*>(object)->*member);
               }};
    if constexpr (requires { Fact::to_int; })
        made.get_int = [](const void* object) {
            return Fact::to_int(static_cast<const ObjectOf<member>*>(object)->*member);
        };
    if constexpr (requires { Fact::to_text; })
        made.get_text = [](const void* object) {
            return Fact::to_text(static_cast<const ObjectOf<member>*>(object)->*member);
        };
    return made;
}

/// A std::vector of structs. `items_max` (0 = unknown) bounds its length for the cost estimate.
template <auto member, const StructType& item_type>
Field list_field(std::string name, std::uint32_t items_max = 0) {
    using Item = typename MemberOf<member>::value_type;
    return {std::move(name), Type::list(item_type),
            [](const void* object) {
                static constexpr ListAccess access{nullptr, &item_type, sizeof(Item)};
                const auto& list = static_cast<const ObjectOf<member>*>(object)->*member;
                return Value::list_view(list.data(), list.size(), access);
            },
            items_max};
}

/// A struct held by value, by std::optional or by pointer (null when absent).
template <auto member, const StructType& type>
Field struct_field(std::string name) {
    constexpr bool by_value = !requires(const MemberOf<member>& m) { *m; };
    Type declared = by_value ? Type(type) : Type(type).or_null();
    return {std::move(name), std::move(declared), [](const void* object) {
                const auto& held = static_cast<const ObjectOf<member>*>(object)->*member;
                if constexpr (by_value) return Value::structure(&held, type);
                else return held ? Value::structure(&*held, type) : Value();
            }};
}

}  // namespace perennial::cel
