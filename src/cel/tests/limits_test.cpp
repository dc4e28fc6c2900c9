#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "cel/functions.hpp"
#include "cel/program.hpp"
#include "cel/tests/shop_facts.hpp"
#include "tests/fuzz/cel_fuzz.cpp"  // NOLINT: the same entry as the fuzzer's

namespace perennial::cel {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string first_error(std::string_view source, const CompileOptions& options = {}) {
    const auto program = compile(shop_environment(), source, options);
    return program ? "compiled" : program.error()[0].message;
}

std::string evaluated(std::string_view source, std::uint64_t steps_max) {
    const auto program = compile(shop_environment(), source, {.typing = Typing::dynamic});
    if (!program) return program.error()[0].message;
    Arena arena;
    const Shop shop;
    return to_text(program->evaluate(shop.variables(), arena, nullptr, {.steps_max = steps_max}));
}

TEST(limits, nesting_of_any_kind_is_refused_in_words) {
    const std::string deep = "the expression is nested deeper than 200 levels; split it";
    EXPECT_EQ(first_error(repeated("(", 10'000)), deep);
    EXPECT_EQ(first_error(repeated("[", 10'000)), deep);
    EXPECT_EQ(first_error(repeated("{1:", 5'000)), deep);
    EXPECT_EQ(first_error(repeated("!(", 5'000)), deep);
    EXPECT_EQ(first_error(repeated("!-", 5'000)), deep);
    EXPECT_EQ(first_error(repeated("true ? true : ", 2'000) + "true"), deep);
    EXPECT_EQ(first_error(repeated("size(", 5'000)), deep);
    EXPECT_EQ(first_error("1" + repeated(" + 1", 5'000)), deep);
    EXPECT_EQ(first_error("order" + repeated(".a", 5'000)), deep);
    EXPECT_EQ(first_error("order" + repeated("[0]", 5'000)), deep);
    EXPECT_EQ(first_error("1" + repeated(" + 1", 150)), "compiled");
    EXPECT_EQ(first_error(repeated("(", 150) + "1" + repeated(")", 150)), "compiled");
    EXPECT_EQ(first_error("true" + repeated(" && true", 3'000)), "compiled");
}

TEST(limits, length_is_bounded) {
    EXPECT_EQ(first_error("'" + std::string(40'000, 'x') + "'"),
              "the expression has 40002 bytes; at most 32768 are allowed");
    EXPECT_EQ(first_error("'" + std::string(30'000, 'x') + "' == ''"), "compiled");
    EXPECT_EQ(first_error(std::string(400, '9') + " > 1"),
              std::string(400, '9') + " is out of the range of an int");
}

TEST(limits, invalid_text_is_refused) {
    EXPECT_EQ(first_error("'\xff'"), "the expression is not valid UTF-8");
    EXPECT_EQ(first_error("'\xc0\x80'"), "the expression is not valid UTF-8");
    EXPECT_EQ(first_error("'\xed\xa0\x80'"), "the expression is not valid UTF-8");
    EXPECT_EQ(first_error(std::string_view("1 \0 2", 5)), "a control character (0x00) cannot stand here");
    EXPECT_EQ(first_error(""), "the expression ends too early; here a value is missing");
}

TEST(limits, known_worst_cases_are_refused_when_compiled) {
    const std::string pairs = "order.items.all(i, order.items.all(j, i.sku != j.sku || i.price == j.price))";
    const auto program = compile(shop_environment(), pairs);
    ASSERT_TRUE(program.has_value()) << to_text(program.error()[0]);
    EXPECT_GT(program->steps_bound(), 250'000u);
    EXPECT_TRUE(first_error(pairs, {.steps_max = 100'000}).starts_with("this may take "));
    EXPECT_EQ(compile(shop_environment(), "order.metadata.lines.all(l, l.n == 1)")->steps_bound(),
              std::nullopt);
    // A bound list is as long as the one it stands for.
    const std::string bound = "cel.bind(l, order.items, l.all(n, i, l.all(m, j, n == m || i.sku != j.sku)))";
    const auto with_bind = compile(shop_environment(), bound);
    ASSERT_TRUE(with_bind.has_value()) << to_text(with_bind.error()[0]);
    EXPECT_GT(with_bind->steps_bound(), 250'000u);
    EXPECT_TRUE(first_error(bound, {.steps_max = 100'000}).starts_with("this may take "));
    EXPECT_EQ(compile(shop_environment(), "order.?coupon.orValue('').split(',').exists(c, c == 'A')")
                  ->steps_bound(),
              std::nullopt);
}

TEST(limits, the_budget_ends_an_evaluation) {
    const std::string spent = "error: the step budget is used up; make the expression simpler";
    const std::string ten = "[0,1,2,3,4,5,6,7,8,9]";
    std::string nested = "true";
    for (int i = 0; i < 6; ++i) nested = ten + ".all(x" + std::to_string(i) + ", " + nested + ")";
    EXPECT_EQ(evaluated(nested, 10'000), spent);
    EXPECT_EQ(evaluated(nested + " || true", 10'000), spent);
    EXPECT_EQ(evaluated(ten + ".all(x, x < 10)", 1'000), "true");
    std::string doubled = "'0123456789abcdef'";
    for (int i = 0; i < 30; ++i) doubled = "[" + doubled + "].map(x, x + x)[0]";
    EXPECT_EQ(evaluated(doubled + " == ''", 1'000'000), spent);
    std::string shared = "[0]";
    for (int i = 0; i < 40; ++i) shared = "[" + shared + "].map(x, [x, x])";
    EXPECT_EQ(evaluated(shared + " == " + shared, 100'000), spent);
}

TEST(limits, texts_and_maps_that_grow_use_up_the_budget) {
    const auto is_spent = [](const std::string& answer) {
        return answer.find("the step budget is used up") != std::string::npos;
    };
    std::string grown = "'x'";
    for (int i = 0; i < 8; ++i) grown = "[" + grown + "].map(x, x.replace('', '0123456789abcdef'))[0]";
    EXPECT_TRUE(is_spent(evaluated(grown + " == ''", 1'000'000))) << evaluated(grown, 1'000'000);
    std::string shared = "[0]";
    for (int i = 0; i < 40; ++i) shared = "[" + shared + "].map(x, [x, x])";
    EXPECT_TRUE(is_spent(evaluated("'%s'.format(" + shared + ") == ''", 100'000)));
    std::string joined = "['0123456789abcdef']";
    for (int i = 0; i < 24; ++i) joined = "cel.bind(l, " + joined + ", [(l + l).join(',')])";
    EXPECT_TRUE(is_spent(evaluated(joined + " == []", 100'000)));
    const std::string ten = "[0,1,2,3,4,5,6,7,8,9]";
    EXPECT_TRUE(is_spent(evaluated(ten + ".transformMapEntry(i, v, " + ten + ".transformMapEntry(j, w, " + ten +
                                       ".transformMapEntry(k, u, {i * 100 + j * 10 + k: 0}))) == {}",
                                   10'000)));
}

TEST(limits, nested_optionals_keep_their_types) {
    const auto type_of = [](std::string_view source) {
        const auto program = compile(shop_environment(), source);
        return program ? program->result_type().name() : to_text(program.error()[0]);
    };
    EXPECT_EQ(type_of("order.?items[?0].sku"), "optional(string)");
    EXPECT_EQ(type_of("order.?items[?0].tags[0].orValue('')"), "string");
    EXPECT_EQ(type_of("order.?coupon.optMap(c, c.size())"), "optional(int)");
    EXPECT_EQ(type_of("order.amount > 5 ? optional.of(1) : optional.none()"), "optional(int)");
    EXPECT_EQ(type_of("optional.of(1).orValue(decimal('1.5'))"), "decimal");
    EXPECT_EQ(type_of("optional.of([]).orValue(['a'])"), "list(string)");
    EXPECT_EQ(type_of("[?optional.of(1), ?optional.none()]"), "list(int)");
    EXPECT_EQ(type_of("order.items.transformMap(n, i, i.sku)"), "map(int, string)");
    EXPECT_EQ(type_of("order.metadata.transformMapEntry(k, v, {k + '!': 1})"), "map(string, int)");
    EXPECT_EQ(type_of("cel.bind(x, order.items, x.map(i, i.price))"), "list(int)");
    EXPECT_EQ(type_of("math.greatest(1, 2)"), "int");
    EXPECT_EQ(type_of("math.greatest([1.5, 2.5])"), "double");
    EXPECT_EQ(type_of("math.least(1, decimal('2'))"), "decimal");
    EXPECT_EQ(type_of("math.least(1, 2.0)"), "dyn");
    EXPECT_EQ(type_of("'a,b'.split(',')[0]"), "string");
}

TEST(limits, a_program_serves_many_threads) {
    const auto program = compile(shop_environment(), "order.items.map(i, string(i.quantity))",
                                 {.result = ResultType::any});
    ASSERT_TRUE(program.has_value());
    Shop shop;
    shop.order.items.resize(50);
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            const std::vector<Value> variables = shop.variables();
            for (int i = 0; i < 500; ++i) {
                Arena arena;
                right += program->evaluate(variables, arena).size() == 50;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, 2000);
}

TEST(limits, every_example_of_a_function_compiles) {
    for (const Function& function : functions())
        EXPECT_EQ(first_error(function.example), "compiled") << function.example;
}

TEST(fuzz, the_saved_corpus_is_replayed) {
    int seeds = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(PERENNIAL_SOURCE_DIR "/tests/corpus/cel/fuzz")) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        const std::string seed = text.str();
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size());
        ++seeds;
    }
    EXPECT_GE(seeds, 40);
}

/// Cheap mutations of the seeds: cut, doubled, two glued, a byte changed; always the same ones.
TEST(fuzz, mutated_seeds) {
    std::vector<std::string> seeds;
    for (const auto& entry :
         std::filesystem::directory_iterator(PERENNIAL_SOURCE_DIR "/tests/corpus/cel/fuzz")) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        seeds.push_back(text.str());
    }
    std::ranges::sort(seeds);
    std::uint64_t state = 88172645463325252u;
    const auto draw = [&](std::size_t below) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<std::size_t>(state % std::max<std::size_t>(below, 1));
    };
    const char* const rounds = std::getenv("PERENNIAL_FUZZ_ROUNDS");
    const int count = rounds ? std::atoi(rounds) : 20'000;
    for (int round = 0; round < count; ++round) {
        std::string text = seeds[draw(seeds.size())];
        for (std::size_t edits = draw(4) + 1; edits > 0 && !text.empty(); --edits) {
            const std::size_t at = draw(text.size());
            const std::string& other = seeds[draw(seeds.size())];
            switch (draw(5)) {
                case 0: text.erase(at, draw(8) + 1); break;
                case 1: text.insert(at, other.substr(draw(other.size()), draw(20))); break;
                case 2: text[at] = static_cast<char>(draw(256)); break;
                case 3: text.insert(at, text.substr(at, draw(30))); break;
                default: text.replace(at, draw(10), other.substr(std::min<std::size_t>(1, other.size()))); break;
            }
        }
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
}

}  // namespace
}  // namespace perennial::cel
