// The program of the demo store is read without a mistake.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "modules/campaigns/codec.hpp"
#include "modules/campaigns/tests/issues.hpp"
#include "modules/earning/codec.hpp"

namespace perennial::earning {
namespace {

TEST(Demo, ProgramAndRulesAreAccepted) {
    std::ifstream file(PERENNIAL_SOURCE_DIR "/examples/demo/program.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto program = parse_json(text.str());
    ASSERT_TRUE(program);
    EXPECT_EQ(test::issues_of(campaigns::read_program(program->at("campaign"))), "accepted");
    for (json::value rule : program->at("earning_rules").as_array()) {
        // `apply` puts ids in the place of names.
        if (json::value* tier = rule.as_object().if_contains("loyalty_tier"))
            tier->at("id") = "__ANY__";
        EXPECT_EQ(test::issues_of(read_rule(rule)), "accepted") << to_text(rule);
    }
}

}  // namespace
}  // namespace perennial::earning
