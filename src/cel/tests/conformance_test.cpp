// The public tests of google/cel-spec (tests/corpus/cel/README.md), each evaluated with and without a
// trace. skips.txt names what is out of scope and why; a skipped test that passes fails here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "cel/program.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

namespace json = boost::json;

const std::string corpus = PERENNIAL_SOURCE_DIR "/tests/corpus/cel/";

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::map<std::string, std::string> read_skips() {
    std::map<std::string, std::string> skips;
    std::istringstream lines(read_file(corpus + "skips.txt"));
    for (std::string line; std::getline(lines, line);) {
        const auto cut = line.find(" ; ");
        if (line.starts_with('#') || cut == std::string::npos) continue;
        skips[line.substr(0, cut)] = line.substr(cut + 3);
    }
    return skips;
}

std::string from_base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) break;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<char>(bits >> held & 0xff));
    }
    return bytes;
}

double double_of(const json::value& value) {
    if (!value.is_string()) return value.to_number<double>();
    if (value.get_string() == "NaN") return std::nan("");
    return value.get_string() == "Infinity" ? INFINITY : -INFINITY;
}

Kind kind_of(std::string_view name) {
    for (int kind = 0; kind < static_cast<int>(Kind::dyn); ++kind)
        if (kind_name(static_cast<Kind>(kind)) == name) return static_cast<Kind>(kind);
    return Kind::dyn;
}

std::optional<Value> value_of(const json::object& proto, Arena& arena) {
    if (proto.empty()) return std::nullopt;
    const auto& [name, value] = *proto.begin();
    if (name == "nullValue") return Value();
    if (name == "boolValue") return Value::boolean(value.get_bool());
    if (name == "int64Value") return Value::integer(std::stoll(value.get_string().c_str()));
    if (name == "uint64Value")
        return Value::unsigned_integer(std::stoull(value.get_string().c_str()));
    if (name == "doubleValue") return Value::floating(double_of(value));
    if (name == "stringValue") return Value::string(value.get_string());
    if (name == "bytesValue") return Value::bytes(arena.copy(from_base64(value.get_string())));
    if (name == "typeValue") return Value::type(kind_of(value.get_string()));
    if (name == "listValue") {
        std::vector<Value> items;
        if (const auto* values = value.get_object().if_contains("values"))
            for (const auto& item : values->get_array())
                items.push_back(value_of(item.get_object(), arena).value_or(Value()));
        Value* const kept = arena.make<Value>(items.size());
        std::ranges::copy(items, kept);
        return Value::list({kept, items.size()});
    }
    if (name == "mapValue") {
        std::vector<MapEntry> entries;
        if (const auto* given = value.get_object().if_contains("entries"))
            for (const auto& entry : given->get_array())
                entries.push_back({*value_of(entry.at("key").get_object(), arena),
                                   *value_of(entry.at("value").get_object(), arena)});
        MapEntry* const kept = arena.make<MapEntry>(entries.size());
        std::ranges::copy(entries, kept);
        return Value::map({kept, entries.size()});
    }
    if (name == "objectValue" && value.get_object().contains("value")) {
        const std::string_view text = value.at("value").get_string();
        if (const auto ns = parse_duration_ns(text)) return Value::duration_ns(*ns);
        if (const auto ns = parse_timestamp_ns(text)) return Value::timestamp_ns(*ns);
    }
    return std::nullopt;
}

Type type_of(const json::object& proto) {
    const auto& [name, value] = *proto.begin();
    if (name == "null") return Kind::null;
    if (name == "listType") return Type::list(type_of(value.at("elemType").get_object()));
    if (name == "mapType")
        return Type::map(type_of(value.at("keyType").get_object()),
                         type_of(value.at("valueType").get_object()));
    if (name == "abstractType" && value.at("name").get_string() == "optional_type")
        return Type::optional(type_of(value.at("parameterTypes").at(0).get_object()));
    if (name == "wellKnown") return value.get_string() == "DURATION" ? Kind::duration : Kind::timestamp;
    if (name == "messageType") return kind_of(value.get_string());
    const std::map<std::string_view, Kind> primitives = {
        {"BOOL", Kind::boolean},  {"INT64", Kind::integer}, {"UINT64", Kind::unsigned_integer},
        {"DOUBLE", Kind::floating}, {"STRING", Kind::string}, {"BYTES", Kind::bytes}};
    return name == "primitive" ? primitives.at(value.get_string()) : Kind::dyn;
}

/// The same value of the same type; equality of the language would take 1 for 1.0.
bool same(const Value& a, const Value& b) {
    if (a.kind() != b.kind() || a.is_error()) return false;
    if (a.is(Kind::floating) && std::isnan(a.as_double())) return std::isnan(b.as_double());
    return equal(a, b);
}

/// "" when it passes, else what happened.
std::string run(const json::object& test) {
    Arena arena;
    Environment environment;
    std::vector<Value> variables;
    if (test.contains("container") && test.at("expr").get_string().find('{') != std::string::npos)
        return "messages are out of scope";
    if (const auto* bindings = test.if_contains("bindings"))
        for (const auto& [name, binding] : bindings->get_object()) {
            Type type;
            const auto* type_environment = test.if_contains("typeEnv");
            for (const auto& declared : type_environment ? type_environment->get_array() : json::array())
                if (declared.at("name").get_string() == name)
                    type = type_of(declared.at("ident").at("type").get_object());
            environment.add(name, type);
            variables.push_back(
                value_of(binding.at("value").get_object(), arena).value_or(Value()));
        }
    const bool wants_error = test.contains("error");
    CompileOptions options;
    options.typing = test.contains("disableCheck") ? Typing::dynamic : Typing::strict;
    const auto program = compile(environment, test.at("expr").get_string(), options);
    if (!program) return wants_error ? "" : to_text(program.error()[0]);
    if (const auto* deduced = test.if_contains("type")) {
        const std::string expected = type_of(deduced->get_object()).name();
        const std::string type = program->result_type().name();
        return type == expected ? "" : fmt::format("deduced {} for {}", type, expected);
    }
    const Value result = program->evaluate(variables, arena);
    Trace trace;
    const Value traced = program->evaluate(variables, arena, &trace);
    if (to_text(result) != to_text(traced))
        return fmt::format("{}, but traced {}", to_text(result), to_text(traced));
    if (wants_error) return result.is_error() ? "" : fmt::format("{} for an error", to_text(result));
    json::object is_true;
    is_true["boolValue"] = true;
    const json::object& wanted =
        test.contains("value") ? test.at("value").get_object() : is_true;
    const auto expected = value_of(wanted, arena);
    if (expected && same(result, *expected)) return "";
    return fmt::format("{} for {}", to_text(result), json::serialize(wanted));
}

struct Tally {
    int passed = 0;
    int total = 0;
    std::map<std::string, int> skipped;
};

TEST(conformance, cel_spec) {
    const json::value tests = json::parse(read_file(corpus + "cel_spec.json"));
    std::map<std::string, std::string> skips = read_skips();
    std::map<std::string, Tally> tallies;
    ASSERT_GT(tests.get_array().size(), 1000u);
    for (const json::value& test : tests.get_array()) {
        const std::string name(test.at("name").get_string());
        Tally& tally = tallies[name.substr(0, name.find('/'))];
        ++tally.total;
        const std::string wrong = run(test.get_object());
        const auto skip = skips.find(name);
        if (wrong.empty()) {
            ++tally.passed;
            EXPECT_TRUE(skip == skips.end()) << name << " passes and should leave skips.txt";
        } else if (skip != skips.end()) {
            ++tally.skipped[skip->second];
        } else {
            ADD_FAILURE() << name << ": " << test.at("expr").get_string() << "\n  " << wrong;
        }
        if (skip != skips.end()) skips.erase(skip);
    }
    for (const auto& [name, reason] : skips) ADD_FAILURE() << "no such test: " << name;
    for (const auto& [file, tally] : tallies) {
        std::cout << fmt::format("{:<14}{:>4} of {:>4}", file, tally.passed, tally.total);
        for (const auto& [reason, count] : tally.skipped)
            std::cout << fmt::format("  (skipped: {} {})", count, reason);
        std::cout << "\n";
    }
}

}  // namespace
}  // namespace perennial::cel
