#include "modules/campaigns/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/tests/issues.hpp"

namespace perennial::campaigns {
namespace {

Result<json::object> read(std::string_view body) { return read_program(json::parse(body)); }

struct Mistake {
    const char* body;
    const char* issues;
};
class ProgramMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ProgramMistakes, AreAllNamed) {
    EXPECT_EQ(test::issues_of(read(GetParam().body)), GetParam().issues) << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    Shape, ProgramMistakes,
    testing::Values(
        Mistake{R"([])", " type"}, Mistake{R"({})", "/name required"},
        Mistake{R"({"name":"  "})", "/name required"}, Mistake{R"({"name":7})", "/name type"},
        Mistake{R"({"name":"camp_019a7f3e20004f1b8d5c3b2a19080706"})", "/name conflict"},
        Mistake{R"({"name":"a","type":"STANDALONE","auto_join":"yes","metadata":[]})",
                "/type enum, /auto_join type, /metadata type"},
        Mistake{R"({"name":"a","start_date":"2024-02-02","expiration_date":"2024-02-01"})",
                "/expiration_date conflict"},
        Mistake{R"({"name":"a","start_date":"soon","negative_balance":"MAYBE"})",
                "/start_date format, /negative_balance enum"},
        Mistake{R"({"name":"a","vouchers_count":-1})", "/vouchers_count range"},
        Mistake{R"({"name":"a","campaign_type":"PRIZE"})", "/campaign_type enum"},
        Mistake{R"({"campaign_type":"GIFT_VOUCHERS","voucher":{"type":"GIFT_VOUCHER"}})",
                "/campaign_type not_implemented"}));

INSTANTIATE_TEST_SUITE_P(
    Voucher, ProgramMistakes,
    testing::Values(
        Mistake{R"({"name":"a","voucher":{"type":"GIFT_VOUCHER"}})", "/voucher/type enum"},
        Mistake{R"({"name":"a","voucher":{"loyalty_card":{"points":-1}}})",
                "/voucher/loyalty_card/points range"},
        Mistake{R"({"name":"a","voucher":{"redemption":{"quantity":3}}})",
                "/voucher/redemption/quantity not_implemented"},
        Mistake{R"({"name":"a","voucher":{"code_config":{"charset":"aab","prefix":"é"}}})",
                "/voucher/code_config/charset invalid_code_config, "
                "/voucher/code_config/prefix invalid_code_config"},
        Mistake{R"({"name":"a","voucher":{"code_config":{"pattern":"CLUB-##"}}})",
                "/voucher/code_config/pattern invalid_code_config"},
        Mistake{R"({"name":"a","voucher":{"code_config":{"length":2}}})",
                "/voucher/code_config/length invalid_code_config"},
        Mistake{R"({"name":"a","voucher":{"loyalty_card":{"expiration_rules":{}}}})",
                "/voucher/loyalty_card/expiration_rules/period_type required"},
        Mistake{R"({"name":"a","voucher":{"loyalty_card":{"expiration_rules":
                {"period_type":"MONTH","rounding_type":"PARTICULAR_MONTH"}}}})",
                "/voucher/loyalty_card/expiration_rules/period_value required, "
                "/voucher/loyalty_card/expiration_rules/rounding_value required"},
        Mistake{R"({"name":"a","voucher":{"loyalty_card":{"expiration_rules":
                {"period_type":"FIXED_DAY_OF_YEAR","fixed_month":2,"fixed_day":30}}}})",
                "/voucher/loyalty_card/expiration_rules/fixed_day range"},
        Mistake{R"({"name":"a","voucher":{"loyalty_card":{"expiration_rules":
                {"period_type":"FIXED_DAY_OF_YEAR"}}}})",
                "/voucher/loyalty_card/expiration_rules/fixed_month required, "
                "/voucher/loyalty_card/expiration_rules/fixed_day required"}));

#define POLICY(text) R"({"name":"a","loyalty_tiers_expiration":)" text "}"
INSTANTIATE_TEST_SUITE_P(
    TierPolicy, ProgramMistakes,
    testing::Values(
        Mistake{POLICY("{}"), "/loyalty_tiers_expiration/qualification_type required"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD"})"),
                "/loyalty_tiers_expiration/qualification_period required"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD","qualification_period":"YEAR",
                          "expiration_date":{"type":"BALANCE_DROP"}})"),
                "/loyalty_tiers_expiration/expiration_date/type conflict"},
        Mistake{POLICY(R"({"qualification_type":"BALANCE","qualification_metric":"SPEND"})"),
                "/loyalty_tiers_expiration/qualification_metric conflict"},
        Mistake{POLICY(R"({"qualification_type":"BALANCE",
                          "expiration_date":{"type":"END_OF_PERIOD"}})"),
                "/loyalty_tiers_expiration/qualification_period required"},
        Mistake{POLICY(R"({"qualification_type":"BALANCE","start_date":{"type":"NEXT_PERIOD"},
                          "expiration_date":{"type":"CUSTOM","rounding":{"a":1}}})"),
                "/loyalty_tiers_expiration/qualification_period required, "
                "/loyalty_tiers_expiration/expiration_date/extend required, "
                "/loyalty_tiers_expiration/expiration_date/rounding/type required"},
        Mistake{POLICY(R"({"qualification_type":"BALANCE","qualification_window":"P90D",
                          "expiration_date":{"type":"BALANCE_DROP","extend":"P3M"}})"),
                "/loyalty_tiers_expiration/qualification_window conflict, "
                "/loyalty_tiers_expiration/expiration_date/extend conflict"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD","qualification_window":"P4Y",
                          "grace":"30 days","downgrade":"SOME"})"),
                "/loyalty_tiers_expiration/qualification_window range, "
                "/loyalty_tiers_expiration/grace format, "
                "/loyalty_tiers_expiration/downgrade enum"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD","qualification_window":"P90D",
                          "downgrade":"BY_ONE_LEVEL"})"),
                "/loyalty_tiers_expiration/grace required"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD","qualification_window":"ALL_TIME",
                          "expiration_date":{"type":"END_OF_PERIOD"}})"),
                "/loyalty_tiers_expiration/qualification_period required"},
        Mistake{POLICY(R"({"qualification_type":"POINTS_IN_PERIOD","qualification_period":"YEAR",
                          "expiration_date":{"type":"CUSTOM","extend":"P3M","rounding":
                          {"type":"CUSTOM","strategy":"START","unit":"DAY"}}})"),
                "/loyalty_tiers_expiration/expiration_date/rounding/strategy not_implemented, "
                "/loyalty_tiers_expiration/expiration_date/rounding/unit enum, "
                "/loyalty_tiers_expiration/expiration_date/rounding/value required"}));

INSTANTIATE_TEST_SUITE_P(
    Worth, ProgramMistakes,
    testing::Values(
        Mistake{R"({"name":"a","point_value":"1,5","margin_percent":"101",
                  "minimum_order_to_spend":-1})",
                "/minimum_order_to_spend range, /point_value format, /margin_percent range"},
        Mistake{R"({"name":"a","point_value":0.5})", "/point_value format"},
        Mistake{R"({"name":"a","currency_name":{"de":{"one":"Stern"},"ro":{"one":"stea",
                  "other":"de stele"},"ru":{"one":"a","few":"b"}}})",
                "/currency_name/de unknown, /currency_name/ro/few required, "
                "/currency_name/ru/many required"}));

INSTANTIATE_TEST_SUITE_P(
    NotThere, ProgramMistakes,
    testing::Values(Mistake{R"({"name":"a","validity_timeframe":{"interval":"P1D"},
                              "validity_day_of_week":[1],"validity_hours":{"daily":[]},
                              "activity_duration_after_publishing":"P1D",
                              "validation_rules":["val_1"],"category_id":"cat_1"})",
                            "/validity_timeframe not_implemented, "
                            "/validity_day_of_week not_implemented, "
                            "/validity_hours not_implemented, "
                            "/activity_duration_after_publishing not_implemented, "
                            "/validation_rules not_implemented, /category_id not_implemented"}));

TEST(Program, DefaultsAreWrittenOut) {
    const auto doc = read(R"({"name":"Club"})");
    ASSERT_TRUE(doc);
    EXPECT_EQ(to_text(*doc),
              R"({"name":"Club","campaign_type":"LOYALTY_PROGRAM","type":"STATIC",)"
              R"("voucher":{"type":"LOYALTY_CARD","loyalty_card":{"points":0},"code_config":{}},)"
              R"("auto_join":false,"join_once":true,"use_voucher_metadata_schema":true,)"
              R"("active":true,"negative_balance":"REFUSE","metadata":{}})");
}

TEST(Program, ReadsItsOwnAnswer) {
    projects::Definition definition;
    definition.doc = *read(
        R"({"name":"Club","description":"d","category":"c","start_date":"2024-01-01T00:00:00Z",
        "voucher":{"loyalty_card":{"points":5,"expiration_rules":{"period_type":"MONTH",
        "period_value":3,"rounding_type":"PARTICULAR_MONTH","rounding_value":6}},
        "code_config":{"length":12,"suffix":"-X"}},
        "loyalty_tiers_expiration":{"qualification_type":"POINTS_IN_PERIOD",
        "qualification_metric":"SPEND","qualification_period":"YEAR",
        "expiration_date":{"type":"CUSTOM","extend":"P3M","rounding":{"type":"CUSTOM","value":5}},
        "start_date":{"type":"NEXT_PERIOD"},"qualification_window":"P90D","grace":"P1M",
        "downgrade":"BY_ONE_LEVEL"},"negative_balance":"ALLOW","point_value":"0.50",
        "margin_percent":40,"minimum_order_to_spend":2500,
        "currency_name":{"ro":{"one":"stea","few":"stele","other":"de stele"}},
        "metadata":{"a":null}})");
    EXPECT_EQ(definition.doc.at("point_value"), "0.5");
    const json::object answer = to_json(definition, 7);
    EXPECT_EQ(answer.at("vouchers_count"), 7);
    EXPECT_EQ(answer.at("updated_at"), nullptr);
    EXPECT_EQ(answer.at("voucher").at("code_config").at("pattern"), "############");
    const auto again = read_program(answer);
    ASSERT_TRUE(again);
    // The answer writes out the code's defaults; nothing else differs.
    json::object expected = definition.doc;
    expected["voucher"].as_object()["code_config"] =
        again->at("voucher").at("code_config");
    EXPECT_EQ(*again, expected);
}

TEST(Program, AnswerHasWhatTheClientsTypesRequire) {
    projects::Definition definition;
    definition.doc = *read(R"({"name":"Club"})");
    const json::object answer = to_json(definition, 0);
    for (const char* name : {"id", "name", "campaign_type", "type", "created_at", "active",
                             "vouchers_generation_status", "validation_rules_assignments",
                             "voucher", "metadata", "object"})
        EXPECT_TRUE(answer.contains(name)) << name;
    for (const char* name : {"description", "start_date", "expiration_date", "category"})
        EXPECT_FALSE(answer.contains(name)) << name;
}

TEST(Program, Compiles) {
    projects::Definition definition;
    definition.kind = projects::definition_kind::campaign;
    definition.id = RawId::make(1, 2, 3);
    definition.name = "Club";
    definition.doc = *read(
        R"({"name":"Club","active":false,"auto_join":true,"expiration_date":"2030-01-01",
        "voucher":{"loyalty_card":{"points":5,"expiration_rules":{"period_type":"MONTH",
        "period_value":3,"rounding_type":"END_OF_YEAR"}},"code_config":{"pattern":"A-####"}},
        "loyalty_tiers_expiration":{"qualification_type":"POINTS_IN_PERIOD",
        "qualification_metric":"SPEND","qualification_period":"HALF_YEAR",
        "expiration_date":{"type":"END_OF_NEXT_PERIOD"}},"negative_balance":"ALLOW"})");
    const projects::Snapshot snapshot({}, {definition});
    const auto& programs = snapshot.get<Programs>();
    const Program* program = programs.find(ProgramId(definition.id));
    ASSERT_NE(program, nullptr);
    EXPECT_FALSE(program->active);
    EXPECT_TRUE(program->auto_join);
    EXPECT_TRUE(program->allow_debt);
    EXPECT_EQ(program->initial_points, Points(5));
    EXPECT_EQ(program->expiration.rounding, ExpirationRule::Rounding::end_of_year);
    EXPECT_EQ(program->expiration_date->iso(), "2030-01-01T00:00:00.000Z");
    EXPECT_EQ(program->code_config.pattern, "A-####");
    EXPECT_EQ(program->code_config.charset.size(), 62u);
    EXPECT_EQ(program->tier_policy.metric, TierPolicy::Metric::spend);
    EXPECT_EQ(program->tier_policy.counting, TierPolicy::Counting::period);
    EXPECT_EQ(program->tier_policy.period, TierPolicy::Period::half_year);
    EXPECT_EQ(program->tier_policy.end, TierPolicy::End::end_of_next_period);
    EXPECT_EQ(programs.find(ProgramId()), nullptr);
}

}  // namespace
}  // namespace perennial::campaigns
