#include "modules/earning/validity.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/earning/codec.hpp"
#include "modules/earning/facts.hpp"
#include "modules/earning/model.hpp"

namespace perennial::earning {
namespace {

TEST(Duration, OfFixedLength) {
    EXPECT_EQ(duration_seconds("P7D"), 7 * 86'400);
    EXPECT_EQ(duration_seconds("P1W"), 7 * 86'400);
    EXPECT_EQ(duration_seconds("P1DT12H"), 36 * 3600);
    EXPECT_EQ(duration_seconds("PT1H30M5S"), 5405);
    for (const char* wrong : {"", "P", "PT", "7D", "P1M", "P1Y", "PT1D", "P1H", "P-1D", "P1", "P0D",
                              "P1DT", "P999999999999999999999D", "P1.5D"})
        EXPECT_FALSE(duration_seconds(wrong)) << wrong;
}

class Validity : public testing::Test {
  protected:
    void rule(std::string_view validity) {
        json::object body = json::parse(validity).as_object();
        body["event"] = "review";
        body["loyalty"] = {{"type", "FIXED"}, {"points", 1}};
        projects::Definition definition;
        definition.kind = projects::definition_kind::earning_rule;
        definition.id = RawId::make(1, 2, 3);
        definition.doc = *read_rule(body);
        projects::Project project;
        project.settings.time_zone = "Europe/Bucharest";
        snapshot_ = std::make_unique<projects::Snapshot>(project, std::vector{definition});
    }

    bool runs(std::string_view at) {
        const Rule& compiled = snapshot_->get<Rules>().all.at(0);
        ContextFacts context;
        context.now = *Timestamp::parse(at);
        context.local_weekday = snapshot_->zone().local_date(context.now).weekday();
        EventFacts event;
        event.metadata["stars"] = 5;
        cel::Value slots[slot_count];
        slots[slot_event] = cel::Value::structure(&event, event_type);
        slots[slot_context] = cel::Value::structure(&context, context_type);
        cel::Arena arena;
        const cel::Value value = compiled.condition->evaluate(slots, arena);
        EXPECT_FALSE(value.is_error());
        return value.is_true();
    }

  private:
    std::unique_ptr<projects::Snapshot> snapshot_;
};

TEST_F(Validity, AWeekInEach91Days) {
    rule(R"({"start_date":"2023-12-31T22:00:00Z","validity_timeframe":
         {"interval":"P91D","duration":"P7D"}})");
    EXPECT_TRUE(runs("2023-12-31T22:00:00Z"));
    EXPECT_TRUE(runs("2024-01-07T21:59:59Z"));
    EXPECT_FALSE(runs("2024-01-07T22:00:00Z"));
    EXPECT_FALSE(runs("2024-03-31T21:59:59Z"));
    EXPECT_TRUE(runs("2024-03-31T22:00:00Z"));
}

TEST_F(Validity, LocalDaysWithACondition) {
    rule(R"({"validity_day_of_week":[2,2,3],"condition":"event.metadata.stars == 5 // the best"})");
    EXPECT_TRUE(runs("2024-07-23T10:00:00Z"));   // a Tuesday
    EXPECT_TRUE(runs("2024-07-22T21:30:00Z"));   // Monday in UTC, Tuesday in Bucharest
    EXPECT_FALSE(runs("2024-07-25T10:00:00Z"));  // a Thursday
    rule(R"({"validity_day_of_week":[2],"condition":"event.metadata.stars == 4 || false"})");
    EXPECT_FALSE(runs("2024-07-23T10:00:00Z"));
}

TEST_F(Validity, LocalHours) {
    rule(R"({"validity_hours":{"daily":[{"start_time":"12:00","expiration_time":"14:30",
         "days_of_week":[2]},{"start_time":"22:00","expiration_time":"24:00"}]}})");
    EXPECT_FALSE(runs("2024-07-23T08:59:00Z"));
    EXPECT_TRUE(runs("2024-07-23T09:00:00Z"));  // 12:00 in Bucharest
    EXPECT_TRUE(runs("2024-07-23T11:29:59Z"));
    EXPECT_FALSE(runs("2024-07-23T11:30:00Z"));
    EXPECT_FALSE(runs("2024-07-24T09:00:00Z"));
    EXPECT_TRUE(runs("2024-07-24T20:59:59Z"));
    EXPECT_FALSE(runs("2024-07-24T21:00:00Z"));
}

}  // namespace
}  // namespace perennial::earning
