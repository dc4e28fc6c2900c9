#include "app/openapi.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <set>

#include "app/app.hpp"
#include "platform/config/config.hpp"

namespace perennial::app {
namespace {

using Router = http::Router<projects::Route>;

void add(Router& router, projects::Route route) {
    const http::Method method = route.method;
    const std::string pattern = route.pattern;
    // One that does nothing is only planned, and is not described.
    if (!route.read && !route.write)
        route.read = [](const http::Request&, const projects::ReadContext&)
            -> Result<http::Response> { return http::no_content(); };
    router.add(method, pattern, std::move(route));
}

std::string lower(std::string_view text) {
    std::string out;
    for (char c : text) out += static_cast<char>(c | 0x20);
    return out;
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

// The whole product's routes.
class OpenApiTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("perennial-openapi-" + std::to_string(::getpid()));
        auto config = config::load({{"data-dir", folder_.string()}}, {});
        ASSERT_TRUE(config);
        auto engine = Engine::open(config->settings);
        ASSERT_TRUE(engine);
        engine_ = *std::move(engine);
        for (projects::Route& route : all_routes(*engine_)) add(router_, std::move(route));
        text_ = openapi(router_, "https://loyalty.shop.example");
        document_ = json::parse(text_);
    }
    void TearDown() override {
        engine_.reset();
        std::filesystem::remove_all(folder_);
    }

    template <class Visit>
    void each_operation(Visit visit) const {
        for (const auto& [path, item] : document_.at("paths").as_object())
            for (const auto& [method, operation] : item.as_object())
                visit(std::string(path), std::string(method), operation);
    }
    json::value resolved(const json::value& part) const {
        const json::value* reference = part.as_object().if_contains("$ref");
        return reference ? document_.at_pointer(text_of(*reference).substr(1)) : part;
    }

    std::filesystem::path folder_;
    std::unique_ptr<Engine> engine_;
    Router router_;
    std::string text_;
    json::value document_;
};

TEST_F(OpenApiTest, HoldsEveryRoute) {
    std::multiset<std::string> described;
    each_operation([&](const std::string&, const std::string& method,
                       const json::value& operation) {
        described.insert(method + " " + text_of(operation.at("summary")));
    });
    EXPECT_EQ(described.size(), router_.size());
    for (std::size_t index = 0; index < router_.size(); ++index) {
        const projects::Route& route = router_.payload(index);
        EXPECT_FALSE(route.doc.summary.empty()) << route.pattern;
        EXPECT_FALSE(route.doc.tag.empty()) << route.pattern;
        const auto found =
            described.find(lower(http::method_name(route.method)) + " " + route.doc.summary);
        ASSERT_NE(found, described.end()) << route.pattern;
        described.erase(found);
    }
}

TEST_F(OpenApiTest, NamesEachOperationOnce) {
    std::set<std::string> ids;
    each_operation([&](const std::string& path, const std::string&, const json::value& operation) {
        EXPECT_TRUE(ids.insert(text_of(operation.at("operationId"))).second) << path;
    });
}

TEST_F(OpenApiTest, DeclaresTheParametersOfEachPath) {
    each_operation([&](const std::string& path, const std::string& method,
                       const json::value& operation) {
        std::set<std::string> in_path;
        bool idempotency_key = false;
        if (const json::value* parameters = operation.as_object().if_contains("parameters"))
            for (const json::value& one : parameters->as_array()) {
                const json::value parameter = resolved(one);
                const std::string name = text_of(parameter.at("name"));
                idempotency_key |= name == "Idempotency-Key";
                if (text_of(parameter.at("in")) != "path") continue;
                EXPECT_TRUE(in_path.insert(name).second) << path;
                EXPECT_NE(path.find("{" + name + "}"), std::string::npos) << path;
            }
        EXPECT_EQ(std::ssize(in_path), std::ranges::count(path, '{')) << path;
        const bool only_looks = method == "get" || path == "/v1/simulate" ||
                                path.ends_with("/qualifications");
        EXPECT_EQ(idempotency_key, !only_looks) << method << ' ' << path;
    });
}

TEST_F(OpenApiTest, ReferencesOnlyWhatIsThere) {
    each_operation([&](const std::string& path, const std::string&, const json::value& operation) {
        for (const auto& [status, answer] : operation.at("responses").as_object())
            EXPECT_NO_THROW(EXPECT_TRUE(resolved(answer).as_object().contains("description")))
                << path << ' ' << status;
    });
}

TEST_F(OpenApiTest, ExamplesThatStandUnderJsonAreJson) {
    each_operation([&](const std::string& path, const std::string& method,
                       const json::value& operation) {
        if (const json::value* body = operation.as_object().if_contains("requestBody")) {
            EXPECT_FALSE(body->at("content").as_object().contains("text/plain"))
                << method << ' ' << path << ": the example of the body does not parse";
        }
    });
}

TEST_F(OpenApiTest, SaysWhereTheServerIs) {
    EXPECT_EQ(text_of(document_.at("openapi")), "3.1.0");
    EXPECT_EQ(text_of(document_.at_pointer("/servers/0/url")), "https://loyalty.shop.example");
}

TEST(OpenApi, ReadsTheShapeOffTheExample) {
    Router router;
    add(router, {http::Method::post,
                 "/v1/things/{path...}",
                 projects::Permission::write,
                 {"Things", "Make one",
                  R"({"name":"Mug","at":"2026-01-31T10:00:00.000Z","day":"2026-01-31",)"
                  R"("n":3,"x":1.5,"list":[{"on":true}],"none":null})"}});
    const json::value operation =
        json::parse(openapi(router, "")).at("paths").at("/v1/things/{path}").at("post");
    const json::value schema =
        operation.at_pointer("/requestBody/content/application~1json/schema/properties");
    const json::value expected = json::parse(
        R"({"name":{"type":["string","null"]},"at":{"type":["string","null"],"format":"date-time"},)"
        R"("day":{"type":["string","null"],"format":"date"},"n":{"type":["integer","null"]},"x":{"type":["number","null"]},)"
        R"("list":{"type":["array","null"],"items":{"type":"object",)"
        R"("properties":{"on":{"type":["boolean","null"]}}}},"none":{}})");
    EXPECT_EQ(schema, expected) << schema;
}

TEST(OpenApi, GivesTemplatesThatDifferInNamesOnlyOnePath) {
    Router router;
    using enum projects::Permission;
    add(router, {http::Method::get, "/v1/things/{thingId}", read, {"T", "Get"}});
    add(router, {http::Method::put, "/v1/things/{id}", write, {"T", "Put"}});
    const json::value document = json::parse(openapi(router, ""));
    const json::object& paths = document.at("paths").as_object();
    ASSERT_EQ(paths.size(), 1U);
    EXPECT_EQ(paths.at("/v1/things/{thingId}").as_object().size(), 2U);
    EXPECT_EQ(text_of(document.at_pointer(
                  "/paths/~1v1~1things~1{thingId}/put/parameters/0/name")), "thingId");
}

}  // namespace
}  // namespace perennial::app
