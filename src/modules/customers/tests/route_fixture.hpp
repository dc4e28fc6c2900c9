// Runs a module's routes on a database as the pipeline does, without HTTP: one batch a write.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "modules/projects/route.hpp"
#include "modules/projects/store.hpp"
#include "platform/http/error_response.hpp"
#include "platform/http/router.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::test {

struct Answer {
    int status = 0;
    json::value body;

    const json::value& operator[](std::string_view pointer) const {
        return body.at_pointer(pointer);
    }
    std::string text(std::string_view pointer) const {
        return std::string(body.at_pointer(pointer).as_string());
    }
    std::int64_t number(std::string_view pointer) const {
        return body.at_pointer(pointer).as_int64();
    }
    std::string key() const { return text("/key"); }
};

class RouteTest : public DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        auto tx = database().begin_write();
        project_ = projects::create_project(*tx, ids_, "shop", {}, false, now_).number;
        tx->commit();
    }

    void use(projects::Routes routes) {
        for (auto& route : routes) {
            const auto method = route.method;
            const std::string pattern = route.pattern;
            router_.add(method, pattern, std::move(route));
        }
    }

    /// "POST /v1/products?limit=1" with a body; every call is a second later.
    Answer call(std::string_view line, std::string body = {}) {
        now_ = now_ + second_ms;
        const http::Request request = read_request(line, std::move(body));
        const auto match = router_.find(request.method, request.path);
        EXPECT_TRUE(match.found()) << line;
        http::Request matched = request;
        matched.path_params = match.path_params;
        const projects::Route& route = router_.payload(match.route);
        const auto result = route.read ? read(route, matched) : write(route, matched);
        return to_answer(result);
    }

    /// Several writes in one batch.
    std::vector<Answer> batch(const std::vector<std::pair<std::string, std::string>>& calls) {
        now_ = now_ + second_ms;
        std::vector<projects::Command> commands;
        for (const auto& [line, body] : calls) {
            http::Request request = read_request(line, body);
            const auto match = router_.find(request.method, request.path);
            request.path_params = match.path_params;
            auto command = router_.payload(match.route).write(request, project_, actor_);
            EXPECT_TRUE(command.has_value());
            commands.push_back(*std::move(command));
        }
        std::vector<Answer> answers;
        for (const auto& result : run(commands)) answers.push_back(to_answer(result));
        return answers;
    }

    Ids ids_{7};
    Timestamp now_ = *Timestamp::parse("2024-07-23T10:00:00Z");
    projects::ProjectNumber project_ = 0;

  private:
    static http::Request read_request(std::string_view line, std::string body) {
        http::Request request;
        const auto space = line.find(' ');
        request.method = http::method_from(line.substr(0, space));
        request.target = line.substr(space + 1);
        const auto mark = request.target.find('?');
        request.path = request.target.substr(0, mark);
        if (mark != std::string::npos)
            request.query = *http::Query::parse(std::string_view(request.target).substr(mark + 1));
        request.body = std::move(body);
        return request;
    }

    Result<http::Response> read(const projects::Route& route, const http::Request& request) {
        Result<http::Response> out = refuse(error::internal_error);
        database().read([&](db::Tx& tx) {
            const auto snapshot = cache_.load(tx, project_);
            out = route.read(request, {tx, snapshot, project_, actor_, now_, cache_});
        });
        return out;
    }

    Result<http::Response> write(const projects::Route& route, const http::Request& request) {
        auto command = route.write(request, project_, actor_);
        if (!command) return std::unexpected(command.error());
        std::vector<projects::Command> commands;
        commands.push_back(*std::move(command));
        return run(commands).front();
    }

    std::vector<Result<http::Response>> run(const std::vector<projects::Command>& commands) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, now_);
        auto& known = batch.get<projects::Set>();
        known.want(cache_, project_);
        for (const auto& command : commands)
            if (command.want) command.want(batch);
        batch.load();
        for (const auto& command : commands)
            if (command.want_more) command.want_more(batch);
        batch.load();
        std::vector<Result<http::Response>> out;
        for (const auto& command : commands)
            out.push_back(command.run(
                {batch, known.snapshot(project_), project_, actor_, now_, now_, cache_,
                 "v-0123456789abcdef01"}));
        batch.save();
        tx->commit();
        return out;
    }

    static Answer to_answer(const Result<http::Response>& result) {
        const http::Response response =
            result ? *result : http::error_response(result.error(), "v-0123456789abcdef01");
        Answer out{response.status, nullptr};
        if (!response.body.empty()) out.body = json::parse(response.body);
        return out;
    }

    projects::Cache cache_;
    projects::Actor actor_{.app_id = "app", .role = projects::Role::admin};
    http::Router<projects::Route> router_;
};

}  // namespace perennial::test
