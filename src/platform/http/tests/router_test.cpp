#include "platform/http/router.hpp"

#include <gtest/gtest.h>

namespace perennial::http {
namespace {

using enum RouteMatch::Outcome;

Router<std::string> shop() {
    Router<std::string> router;
    router.add(Method::get, "/", "home");
    router.add(Method::get, "/v1/vouchers", "list");
    router.add(Method::post, "/v1/vouchers/import", "import");
    router.add(Method::get, "/v1/vouchers/{code}", "read");
    router.add(Method::post, "/v1/vouchers/{code}", "create");
    router.add(Method::put, "/v1/vouchers/{code}", "update");
    router.add(Method::delete_, "/v1/vouchers/{code}/sessions/{key}", "unlock");
    router.add(Method::get, "/v1/vouchers/{code}/redemption", "redemption");
    router.add(Method::get, "/assets/{path...}", "asset");
    return router;
}

std::string found_in(const Router<std::string>& router, Method method, std::string_view path) {
    const RouteMatch match = router.find(method, path);
    std::string out = match.found() ? router.payload(match.route) : "-";
    for (const auto& param : match.path_params) out += "|" + param;
    return out;
}

TEST(Router, FindsRoutes) {
    const auto router = shop();
    EXPECT_EQ(found_in(router, Method::get, "/"), "home");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers"), "list");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/ABC"), "read|ABC");
    EXPECT_EQ(found_in(router, Method::head, "/v1/vouchers/ABC"), "read|ABC");
    EXPECT_EQ(found_in(router, Method::delete_, "/v1/vouchers/A/sessions/B"), "unlock|A|B");
    EXPECT_EQ(found_in(router, Method::get, "/assets/a/b.js"), "asset|a/b.js");
    EXPECT_EQ(found_in(router, Method::get, "/assets/"), "asset|");
    EXPECT_EQ(found_in(router, Method::get, "/assets"), "asset|");
}

TEST(Router, WordBeatsParameterUnlessItLacksTheMethod) {
    const auto router = shop();
    EXPECT_EQ(found_in(router, Method::post, "/v1/vouchers/import"), "import");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/import"), "read|import");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/import/redemption"), "redemption|import");
}

TEST(Router, DecodesSegmentsAfterSplitting) {
    const auto router = shop();
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/a%2Fb"), "read|a/b");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/50%25%20off%23"), "read|50% off#");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/a+b"), "read|a+b");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/%2e%2e"), "read|..");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouchers/%C3%BC"), "read|\xC3\xBC");
    EXPECT_EQ(found_in(router, Method::get, "/v1/vouch%65rs"), "list");
    for (const auto* bad : {"/v1/vouchers/%", "/v1/vouchers/%2", "/v1/vouchers/%zz",
                            "/v1/vouchers/%00", "/v1/vouchers/%ff", "/%C0%80"})
        EXPECT_EQ(router.find(Method::get, bad).outcome, bad_path) << bad;
}

TEST(Router, TellsUnknownPathsFromUnknownMethods) {
    const auto router = shop();
    for (const auto* path : {"/v1", "/v2/vouchers", "/v1/vouchers/", "//", "/v1//vouchers",
                             "/v1/vouchers/a/b", "", "*", "v1/vouchers"})
        EXPECT_EQ(router.find(Method::get, path).outcome, not_found) << path;
    const auto match = router.find(Method::delete_, "/v1/vouchers/import");
    EXPECT_EQ(match.outcome, method_not_allowed);
    EXPECT_EQ(match.allow, "GET, HEAD, POST, PUT, OPTIONS");
    EXPECT_EQ(router.find(Method::other, "/v1/vouchers").outcome, method_not_allowed);
    const auto preflight = router.find(Method::options, "/v1/vouchers");
    EXPECT_EQ(preflight.outcome, options);
    EXPECT_EQ(preflight.allow, "GET, HEAD, OPTIONS");
    std::string deep = "/assets";
    for (int i = 0; i < 1000; ++i) deep += "/a";
    EXPECT_EQ(router.find(Method::get, deep).outcome, not_found);
}

TEST(Router, AnswersWithoutARoute) {
    const auto router = shop();
    Request request;
    request.method = Method::delete_;
    request.path = "/v1/vouchers";
    request.request_id = "v-1";
    const auto refused = answer_without_route(router.find(request.method, request.path), request);
    EXPECT_EQ(refused.status, 405);
    ASSERT_EQ(refused.headers.size(), 1u);
    EXPECT_EQ(refused.headers[0].name, "Allow");
    EXPECT_EQ(refused.headers[0].value, "GET, HEAD, OPTIONS");
    request.path = "/nowhere";
    const auto missed = answer_without_route(router.find(request.method, request.path), request);
    EXPECT_EQ(missed.status, 404);
    EXPECT_EQ(missed.body, R"({"code":404,"key":"not_found","message":"Resource not found",)"
                           R"("details":"Route not found: DELETE /nowhere","request_id":"v-1"})");
    request.path = "/%";
    EXPECT_EQ(answer_without_route(router.find(request.method, request.path), request).status, 400);
    request.path = "/v1/vouchers";
    EXPECT_EQ(answer_without_route(router.find(Method::options, request.path), request).status,
              204);
}

TEST(Router, CanBeWalked) {
    const auto router = shop();
    EXPECT_EQ(router.size(), 9u);
    EXPECT_EQ(router.pattern(6).method, Method::delete_);
    EXPECT_EQ(router.pattern(6).param_names, (std::vector<std::string>{"code", "key"}));
    EXPECT_EQ(router.payload(6), "unlock");
}

TEST(Router, ChecksPatterns) {
    Router<int> router;
    router.add(Method::get, "/a/{b}", 1);
    EXPECT_THROW(router.add(Method::get, "/a/{other}", 2), InvariantBroken);
    EXPECT_THROW(router.add(Method::get, "a", 2), InvariantBroken);
    EXPECT_THROW(router.add(Method::get, "/a//b", 2), InvariantBroken);
    EXPECT_THROW(router.add(Method::get, "/{rest...}/b", 2), InvariantBroken);
    EXPECT_THROW(router.add(Method::other, "/b", 2), InvariantBroken);
}

}  // namespace
}  // namespace perennial::http
