// Rubbish in, no crash out: parse, check, evaluate with and without a trace. The first byte chooses the
// options. Built with -fsanitize=fuzzer it is a libFuzzer target; the test suite replays the saved corpus.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cel/program.hpp"
#include "cel/tests/shop_facts.hpp"

namespace {

using namespace perennial;

const cel::Shop& shop() {
    static const cel::Shop made = cel::Shop::from(boost::json::parse(R"({
        "order": {"amount": 12000, "coupon": "WELCOME", "metadata": {"channel": "web", "rate": 0.07},
                  "items": [{"category": "perfume", "quantity": 2, "tags": ["new"]}, {"sku": "A"}]},
        "customer": {"tier": "gold", "score": 0.5, "metadata": {"n": 1, "list": [1, "a", null]}}})")
                                                         .get_object());
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view source(reinterpret_cast<const char*>(data) + 1, size - 1);
    cel::CompileOptions options;
    options.typing = (data[0] & 1) != 0 ? cel::Typing::dynamic : cel::Typing::strict;
    options.result = static_cast<cel::ResultType>((data[0] >> 1) % 3);
    const auto program = cel::compile(cel::shop_environment(), source, options);
    if (!program) {
        CHECK(!program.error().empty() && !program.error()[0].message.empty());
        return 0;
    }
    cel::Arena arena;
    cel::Trace trace;
    const std::vector<cel::Value> variables = shop().variables();
    const cel::EvaluateOptions budget{.steps_max = 20'000};
    const cel::Value plain = program->evaluate(variables, arena, nullptr, budget);
    const cel::Value traced = program->evaluate(variables, arena, &trace, budget);
    CHECK(to_text(plain) == to_text(traced));
    if (plain.is_error()) CHECK(!program->describe(plain.as_error()).empty());
    return 0;
}
