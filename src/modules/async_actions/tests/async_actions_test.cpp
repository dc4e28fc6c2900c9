#include "modules/async_actions/async_actions.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/async_actions/routes.hpp"
#include "modules/projects/store.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::async_actions {
namespace {

constexpr Timestamp begin{1'700'000'000'000};

class AsyncActionsTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        auto tx = database().begin_write();
        project_ = projects::create_project(*tx, ids_, "Shop", {}, false, begin).number;
        other_ = projects::create_project(*tx, ids_, "Other", {}, false, begin).number;
        tx->commit();
    }

    template <class Body>
    jobs::JobId in_batch(Timestamp now, Body body) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, begin);
        const auto snapshot = cache_.load(*tx, project_);
        const projects::Actor actor{.app_id = "app", .role = projects::Role::user};
        const jobs::JobId id = body(projects::Context{batch, snapshot, project_, actor, now, now,
                                                      cache_, "v-0123456789abcdef01"});
        batch.save();
        tx->commit();
        return id;
    }
    jobs::JobId record(Timestamp now) {
        return in_batch(now, [](const projects::Context& context) {
            return async_actions::record(
                context, "VOUCHERS.IMPORT",
                {"2 done, 1 failed", 2, {{{"code", "A"}, {"reason", "exists"}}}});
        });
    }
    perennial::Result<http::Response> get(projects::ProjectNumber project, const std::string& path,
                                          std::vector<std::string> params,
                                          const std::string& query = "") {
        http::Request request;
        request.path_params = std::move(params);
        request.query = http::Query::parse(query).value();
        perennial::Result<http::Response> out;
        database().read([&](db::Tx& tx) {
            const auto snapshot = cache_.load(tx, project);
            const projects::Actor actor;
            for (const projects::Route& route : routes())
                if (route.pattern == path)
                    out = route.read(request, {tx, snapshot, project, actor, begin, cache_});
        });
        return out;
    }

    Ids ids_{5};
    projects::Cache cache_;
    projects::ProjectNumber project_ = 0;
    projects::ProjectNumber other_ = 0;
};
PERENNIAL_ON_ALL_DATABASES(AsyncActionsTest);

TEST_P(AsyncActionsTest, AFinishedActionIsThereAtOnce) {
    const jobs::JobId id = record(begin);
    const auto answer = get(project_, "/v1/async-actions/{asyncActionId}", {id.text()});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body,
              R"({"id":")" + id.text() +
                  R"(","type":"VOUCHERS.IMPORT","status":"DONE","result":{"message":)"
                  R"("2 done, 1 failed","failed":[{"code":"A","reason":"exists"}],)"
                  R"("done_count":2,"failed_count":1},"created_at":"2023-11-14T22:13:20.000Z",)"
                  R"("updated_at":"2023-11-14T22:13:20.000Z","operation_status":"SUCCESS",)"
                  R"("request_id":"v-0123456789abcdef01","progress":100,"processing_time":0,)"
                  R"("object":"async_action"})");
    EXPECT_EQ(accepted(id).status, 202);
    EXPECT_EQ(accepted(id).body, R"({"async_action_id":")" + id.text() + R"("})");
}

TEST_P(AsyncActionsTest, AnEnqueuedOneHasNoResultYet) {
    const jobs::JobId id = in_batch(begin, [](const projects::Context& context) {
        return enqueue(context, "CAMPAIGN.VOUCHERS_GENERATE", "generate", "{}");
    });
    const auto answer = get(project_, "/v1/async-actions/{asyncActionId}", {id.text()});
    ASSERT_TRUE(answer);
    const auto body = json::parse(answer->body).as_object();
    EXPECT_EQ(body.at("status"), "ENQUEUED");
    EXPECT_EQ(body.at("operation_status"), "UNKNOWN");
    EXPECT_TRUE(body.at("result").is_null());
    EXPECT_TRUE(body.at("updated_at").is_null());
}

TEST_P(AsyncActionsTest, UnknownOnesAndThoseOfOthersAreNotFound) {
    const jobs::JobId id = record(begin);
    for (const auto& [project, text] :
         std::vector<std::pair<projects::ProjectNumber, std::string>>{
             {other_, id.text()}, {project_, "aa_0"}, {project_, "nonsense"}}) {
        const auto answer = get(project, "/v1/async-actions/{asyncActionId}", {text});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code->key, "not_found");
        EXPECT_EQ(answer.error().resource_type, "async_action");
    }
}

TEST_P(AsyncActionsTest, ListsNewestFirst) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(record(begin + i * minute_ms).text());
    const auto listed = [&](const std::string& query) {
        std::vector<std::string> out;
        const auto answer = get(project_, "/v1/async-actions", {}, query);
        const json::value list = json::parse(answer.value().body);
        for (const json::value& one : list.at("async_actions").as_array()) {
            EXPECT_FALSE(one.as_object().contains("result"));
            out.emplace_back(one.at("id").as_string());
        }
        return out;
    };
    EXPECT_EQ(listed(""), (std::vector{ids[2], ids[1], ids[0]}));
    EXPECT_EQ(listed("limit=1"), std::vector{ids[2]});
    EXPECT_EQ(listed("end_date=2023-11-14T22:14:20.000Z"), std::vector{ids[0]});
    EXPECT_FALSE(get(project_, "/v1/async-actions", {}, "limit=101"));
}

}  // namespace
}  // namespace perennial::async_actions
