// tests/corpus/cel/*.txt: `expression ; input JSON ; output`, where the output is the value's text, or
// `error line:column: message` of the evaluation, or `refused line:column: message` of the compiler (several
// joined by ` | `). A line `@ result: value` (or boolean, any) sets what the expression must be; `@ facts: shop`
// declares the structs of shop_facts.hpp, `@ facts: json` the input's members as dyn.
// Rewrite the outputs with PERENNIAL_UPDATE_GOLDENS=1, then review the diff.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cel/program.hpp"
#include "cel/tests/shop_facts.hpp"

namespace perennial::cel {
namespace {

namespace json = boost::json;

struct Mode {
    ResultType result = ResultType::any;
    bool shop = false;
};

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

void read_directive(std::string_view line, Mode& mode) {
    if (line.find("result: value") != std::string_view::npos) mode.result = ResultType::value;
    if (line.find("result: boolean") != std::string_view::npos) mode.result = ResultType::boolean;
    if (line.find("result: any") != std::string_view::npos) mode.result = ResultType::any;
    if (line.find("facts: shop") != std::string_view::npos) mode.shop = true;
    if (line.find("facts: json") != std::string_view::npos) mode.shop = false;
}

std::string outcome(const Program& program, const Value& value) {
    if (!value.is_error()) return to_text(value);
    const Position at = program.locate(value.as_error().range.offset);
    return fmt::format("error {}:{}: {}", at.line, at.column, value.as_error().message);
}

std::string run(const Mode& mode, const std::string& expression, const std::string& input) {
    const json::value facts = json::parse(input.empty() ? "{}" : input);
    Environment environment = mode.shop ? shop_environment() : Environment();
    const Shop shop = mode.shop ? Shop::from(facts.get_object()) : Shop();
    std::vector<Value> variables;
    if (mode.shop) variables = shop.variables();
    if (!mode.shop)
        for (const auto& [name, value] : facts.get_object()) {
            environment.add(std::string(name), Kind::dyn);
            variables.push_back(from_json(value));
        }
    const auto program = compile(environment, expression, {.result = mode.result});
    if (!program) {
        std::string all = "refused";
        for (const CompileError& error : program.error())
            all += fmt::format("{} {}:{}: {}", &error == &program.error()[0] ? "" : " |",
                               error.position.line, error.position.column, error.message);
        return all;
    }
    Arena arena;
    const std::string plain = outcome(*program, program->evaluate(variables, arena));
    Trace trace;
    const std::string traced = outcome(*program, program->evaluate(variables, arena, &trace));
    return plain == traced ? plain : fmt::format("{}, but traced {}", plain, traced);
}

void check_file(const std::filesystem::path& path) {
    const bool update = std::getenv("PERENNIAL_UPDATE_GOLDENS") != nullptr;
    std::ifstream file(path);
    std::string written;
    Mode mode;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.starts_with('@')) read_directive(line, mode);
        if (line.empty() || line.starts_with('@') || line.starts_with('#')) {
            written += line + "\n";
            continue;
        }
        const auto last = line.rfind(" ; ");
        const auto middle = last == std::string::npos ? last : line.rfind(" ; ", last - 1);
        ASSERT_NE(middle, std::string::npos) << path << ":" << number << ": " << line;
        const std::string expression = trimmed(line.substr(0, middle));
        const std::string input = trimmed(line.substr(middle + 3, last - middle - 3));
        const std::string actual = run(mode, expression, input);
        written += line.substr(0, last) + " ; " + actual + "\n";
        if (update) continue;
        EXPECT_EQ(actual, trimmed(line.substr(last + 3))) << path << ":" << number << ": " << expression;
    }
    file.close();
    if (update) std::ofstream(path) << written;
}

TEST(corpus, every_line) {
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(PERENNIAL_SOURCE_DIR "/tests/corpus/cel")) {
        if (entry.path().extension() != ".txt" || entry.path().filename() == "skips.txt") continue;
        check_file(entry.path());
        ++files;
    }
    EXPECT_GE(files, 4);
}

}  // namespace
}  // namespace perennial::cel
