#include "modules/webhooks/definition.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/webhooks/event_types.hpp"
#include "modules/webhooks/subscriptions.hpp"

namespace perennial::webhooks {
namespace {

std::vector<std::string> issues_of(const Result<WebhookChange>& result) {
    std::vector<std::string> out;
    if (result) return out;
    EXPECT_EQ(result.error().code->key, "invalid_payload");
    for (const FieldIssue& issue : result.error().issues)
        out.push_back(issue.pointer + " " + issue.key);
    return out;
}

projects::Definition definition(std::int64_t number, json::array events, bool active = true) {
    projects::Definition out;
    out.kind = projects::definition_kind::webhook;
    out.id = RawId::make(number, 0, static_cast<std::uint64_t>(number));
    out.doc = {{"target_url", "https://shop.example/" + std::to_string(number)},
               {"events", std::move(events)},
               {"active", active},
               {"secret", "whsec_AAAA"}};
    out.created_at = {number};
    return out;
}

TEST(EventTypes, BothSpellings) {
    for (const auto& [wrong, right] :
         std::vector<std::pair<std::string_view, EventType>>{
             {"campaign.vouchers.aded", EventType::campaign_vouchers_added},
             {"voucher.gift.balance_aded", EventType::voucher_gift_balance_added},
             {"voucher.loyalty_card.points_aded", EventType::voucher_points_added},
             {"voucher.loyalty_card.pending_points.aded",
              EventType::voucher_pending_points_added}}) {
        EXPECT_EQ(event_type_from(wrong), right);
        EXPECT_EQ(event_type_from(name_of(right)), right);
    }
    EXPECT_EQ(event_type_from("customer.created"), EventType::customer_created);
    for (const char* bad : {"", "customer", "customer.", "Customer.Created", "aded", "x.aded"})
        EXPECT_EQ(event_type_from(bad), std::nullopt) << bad;
}

TEST(EventTypes, NamesAreDistinct) {
    const std::set<std::string_view> names(event_type_names.begin(), event_type_names.end());
    EXPECT_EQ(names.size(), event_type_count);
}

TEST(WebhookBody, IsRead) {
    const auto change = parse_change(
        R"({"target_url":"https://shop.example/h","events":["customer.created","customer.created",
            "voucher.loyalty_card.points_aded"],"active":false,"unknown":1})",
        false);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->target_url, "https://shop.example/h");
    EXPECT_EQ(change->events, (std::vector<std::string>{"customer.created",
                                                        "voucher.loyalty_card.points_aded"}));
    EXPECT_EQ(change->active, false);
}

TEST(WebhookBody, AllMistakesAreNamedAtOnce) {
    const auto change = parse_change(
        R"({"target_url":"ftp://x","events":["customer.created","order.lost",7]})", false);
    EXPECT_EQ(issues_of(change),
              (std::vector<std::string>{"/target_url invalid_url", "/events/1 unknown_event",
                                        "/events/2 invalid_type"}));
    EXPECT_NE(change.error().issues[1].message.find("order.lost"), std::string::npos);
    EXPECT_EQ(issues_of(parse_change("{}", false)),
              (std::vector<std::string>{"/target_url required", "/events required"}));
    EXPECT_EQ(issues_of(parse_change(R"({"target_url":"https://x.example","events":[]})", false)),
              std::vector<std::string>{"/events empty"});
    EXPECT_TRUE(parse_change("{}", true));
    EXPECT_TRUE(parse_change("", true));
    EXPECT_FALSE(parse_change("{", true));
}

TEST(WebhookJson, ShowsTheSecretOnlyWhenAsked) {
    const projects::Definition made = definition(5, {"customer.created"});
    EXPECT_EQ(to_text(to_json(made)),
              R"({"id":"wh_00000000000500000000000000000005",)"
              R"("target_url":"https://shop.example/5","events":["customer.created"],)"
              R"("active":true,"created_at":"1970-01-01T00:00:00.005Z","updated_at":null,)"
              R"("object":"webhook"})");
    EXPECT_EQ(to_json(made, true).at("secret"), "whsec_AAAA");
}

TEST(Subscriptions, KnowWhoWantsWhat) {
    const projects::Snapshot snapshot(
        {}, {definition(1, {"customer.created", "voucher.loyalty_card.points_aded",
                            "voucher.loyalty_card.points_added"}),
             definition(2, {"customer.created"}),
             definition(3, {"customer.created", "redemption.succeeded"}, false),
             definition(4, {"of.a.later.version"})});
    const auto& subscriptions = snapshot.get<Subscriptions>();
    EXPECT_TRUE(subscriptions.wants(EventType::customer_created));
    EXPECT_FALSE(subscriptions.wants(EventType::redemption_succeeded));
    const auto created = subscriptions.webhooks(EventType::customer_created);
    ASSERT_EQ(created.size(), 2U);
    EXPECT_EQ(created[0], RawId::make(1, 0, 1));
    EXPECT_EQ(created[1], RawId::make(2, 0, 2));
    EXPECT_EQ(subscriptions.webhooks(EventType::voucher_points_added).size(), 1U);
    const Target* target = subscriptions.target(RawId::make(2, 0, 2));
    ASSERT_NE(target, nullptr);
    EXPECT_EQ(target->url, "https://shop.example/2");
    EXPECT_EQ(target->secret, "whsec_AAAA");
    EXPECT_EQ(subscriptions.target(RawId::make(3, 0, 3)), nullptr);
}

}  // namespace
}  // namespace perennial::webhooks
