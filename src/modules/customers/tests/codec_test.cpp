#include "modules/customers/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace perennial::customers {
namespace {

struct Read {
    Change change;
    std::vector<FieldIssue> issues;
};

Read read(std::string_view text) {
    Issues issues;
    const json::value body = json::parse(text);
    JsonReader reader(body, issues);
    Change change = read_change(reader);
    return {std::move(change), issues.all()};
}

const Timestamp born = *Timestamp::parse("2024-07-23T19:38:38.219Z");

Customer alice() {
    Customer customer;
    customer.id = *CustomerId::parse("cust_018f0a1b2c3d4e5f60718293a4b5c6d7");
    customer.source_id = "alice-1";
    customer.created_at = born;
    return customer;
}

TEST(CustomerCodec, AbsentNullAndSetAreThreeThings) {
    const auto [change, issues] = read(R"({"name":null,"email":"not an address","phone":""})");
    EXPECT_TRUE(issues.empty());
    ASSERT_TRUE(change.name.has_value());
    EXPECT_FALSE(change.name->has_value());
    EXPECT_EQ(**change.email, "not an address");
    EXPECT_EQ(**change.phone, "");
    EXPECT_FALSE(change.description.has_value());
    EXPECT_FALSE(change.names_someone());
}

TEST(CustomerCodec, CollectsAllMistakes) {
    const auto [change, issues] = read(
        R"({"id":"cust_1","source_id":7,"name":[],"birthdate":"1990-02-30",)"
        R"("address":{"city":1,"planet":2},"metadata":"x"})");
    std::vector<std::string> pointers;
    for (const auto& issue : issues) pointers.push_back(issue.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/id", "/source_id", "/name", "/birthdate",
                                                  "/address/city", "/metadata"}));
}

TEST(CustomerCodec, UnknownPropertiesAndNullCustomersAreNoMistake) {
    EXPECT_TRUE(read(R"({"source_id":"a","planet":"Mars","assets":{"x":1}})").issues.empty());
    Issues issues;
    const json::value order = json::parse(R"({"customer":null})");
    JsonReader body(order, issues);
    JsonReader customer = body.reader("customer");
    EXPECT_FALSE(read_change(customer).names_someone());
    EXPECT_TRUE(issues.empty());
}

TEST(CustomerCodec, BirthdayIsTheOldNameOfBirthdate) {
    EXPECT_EQ(**read(R"({"birthday":"1990-04-12"})").change.birthdate, "1990-04-12");
    EXPECT_EQ(**read(R"({"birthday":"1990-04-12","birthdate":"1991-01-01T00:00:00Z"})")
                    .change.birthdate,
              "1991-01-01");
}

TEST(CustomerCodec, NewCustomerHasAllProperties) {
    EXPECT_EQ(
        to_json(alice(), 0),
        json::parse(
            R"({"id":"cust_018f0a1b2c3d4e5f60718293a4b5c6d7","source_id":"alice-1","name":null,
                "description":null,"email":null,"phone":null,"birthday":null,"birthdate":null,
                "address":null,"metadata":{},"system_metadata":{},"assets":{},
                "summary":{
                  "redemptions":{"total_redeemed":0,"total_failed":0,"total_succeeded":0,
                    "total_rolled_back":0,"total_rollback_failed":0,"total_rollback_succeeded":0,
                    "gift":{"redeemed_amount":0,"amount_to_go":0},
                    "loyalty_card":{"redeemed_points":0,"points_to_go":0}},
                  "orders":{"total_amount":0,"total_count":0,"average_amount":0,
                    "last_order_amount":0,"last_order_date":null}},
                "loyalty":{"points":0,"referred_customers":0,"campaigns":{}},
                "referrals":{"total":0,"campaigns":[]},
                "created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"customer"})"));
}

TEST(CustomerCodec, SummaryOfOrdersAndPoints) {
    Customer customer = alice();
    customer.orders_count = 2;
    customer.orders_amount = Money(2501);
    customer.last_order_amount = Money(500);
    customer.last_order_at = born;
    json::object loyalty = loyalty_json(120);
    loyalty["redeemed_points"] = 30;
    const json::value out = to_json(customer, std::move(loyalty));
    EXPECT_EQ(out.at_pointer("/summary/orders/average_amount"), 1251);  // 1250.5 half up
    EXPECT_EQ(out.at_pointer("/summary/orders/last_order_date"), "2024-07-23T19:38:38.219Z");
    EXPECT_EQ(out.at_pointer("/loyalty/points"), 120);
    EXPECT_EQ(out.at_pointer("/summary/redemptions/loyalty_card"),
              json::parse(R"({"redeemed_points":30,"points_to_go":120})"));
}

TEST(CustomerCodec, MergesAddressAndMetadata) {
    Customer customer = alice();
    apply(read(R"({"address":{"city":"Oslo","country":"NO"},"metadata":{"a":1,"b":2}})").change,
          customer, born);
    apply(read(R"({"address":{"city":null,"line_1":"Havn 1"},"metadata":{"b":null}})").change,
          customer, born);
    const json::value out = to_json(customer, 0);
    EXPECT_EQ(out.at("address"),
              json::parse(R"({"city":null,"state":null,"line_1":"Havn 1","line_2":null,
                              "country":"NO","postal_code":null})"));
    EXPECT_EQ(out.at("metadata"), json::parse(R"({"a":1,"b":null})"));
    apply(read(R"({"address":null})").change, customer, born);
    EXPECT_TRUE(to_json(customer, 0).at("address").is_null());
}

TEST(CustomerCodec, EmbeddedCustomer) {
    Customer customer = alice();
    customer.email = "alice@shop.example";
    EXPECT_EQ(embedded_json(customer),
              json::parse(R"({"id":"cust_018f0a1b2c3d4e5f60718293a4b5c6d7","name":null,
                "email":"alice@shop.example","source_id":"alice-1","metadata":{},
                "object":"customer"})"));
}

}  // namespace
}  // namespace perennial::customers
