#include "platform/http/error_response.hpp"

#include <gtest/gtest.h>

#include "platform/http/answer.hpp"

namespace perennial::http {
namespace {

TEST(ErrorResponse, MapsEveryKind) {
    using enum ErrorKind;
    const std::pair<ErrorKind, int> kinds[] = {
        {invalid, 400},     {unauthenticated, 401}, {forbidden, 403}, {not_found, 404},
        {conflict, 409},    {too_large, 413},       {rejected, 400},  {limited, 429},
        {unavailable, 503}, {not_implemented, 501}, {internal, 500}};
    for (const auto& [kind, status] : kinds) EXPECT_EQ(http_status(kind), status);
}

TEST(ErrorResponse, WritesTheCompatibleObject) {
    Error error{&error::not_found, "Cannot find voucher with id \"X\"\n"};
    error.resource_id = "X";
    error.resource_type = "voucher";
    const auto response = error_response(error, "v-1");
    EXPECT_EQ(response.status, 404);
    EXPECT_TRUE(response.headers.empty());
    EXPECT_EQ(response.body,
              R"({"code":404,"key":"not_found","message":"Resource not found",)"
              R"("details":"Cannot find voucher with id \"X\"\n","request_id":"v-1",)"
              R"("resource_id":"X","resource_type":"voucher"})");
}

TEST(ErrorResponse, ListsAllIssues) {
    Error error{&error::invalid_payload, "Property /a: is required"};
    error.issues = {{"/a", "required", "is required"}, {"/b/0", "type", "must be a \xFFtext"}};
    EXPECT_EQ(
        error_body(error, "v-1"),
        R"({"code":400,"key":"invalid_payload","message":"Invalid payload",)"
        R"("details":"Property /a: is required","request_id":"v-1","errors":[)"
        R"({"pointer":"/a","key":"required","message":"is required"},)"
        "{\"pointer\":\"/b/0\",\"key\":\"type\",\"message\":\"must be a \xEF\xBF\xBDtext\"}]}");
}

TEST(ErrorResponse, KeepsInternalTextToItself) {
    Error error{&error::internal_error, "secret"};
    error.issues = {{"/secret", "secret", "secret"}};
    error.resource_id = "secret";
    const auto response = error_response(error, "v-1");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(ErrorResponse, SaysWhenToTryAgain) {
    const auto limited = error_response({&error::too_many_requests, {}}, "v-1", 30);
    ASSERT_EQ(limited.headers.size(), 1u);
    EXPECT_EQ(limited.headers[0].name, "Retry-After");
    EXPECT_EQ(limited.headers[0].value, "30");
    const auto down = error_response({&error::service_unavailable, {}}, "v-1");
    EXPECT_EQ(down.headers[0].value, "1");
}

TEST(Answer, CannotBeSplitByHeaderText) {
    Response response = json_response("{}");
    response.headers.push_back({"Location", "/a\r\nSet-Cookie: x=1\r\n\r\n<html>"});
    std::string out;
    append_answer(out, response, {.request_id = "v-1", .date = http_date(1'721'763'518)});
    EXPECT_EQ(out,
              "HTTP/1.1 200 OK\r\nDate: Tue, 23 Jul 2024 19:38:38 GMT\r\nX-Request-Id: v-1\r\n"
              "Content-Type: application/json\r\nContent-Length: 2\r\n"
              "Location: /aSet-Cookie: x=1<html>\r\n\r\n{}");
}

}  // namespace
}  // namespace perennial::http
