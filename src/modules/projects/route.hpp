// What a route is to a module: what it needs, what it documents, and how JSON becomes a command or an
// answer. Hop 3 of a request (docs/ARCHITECTURE.md).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "modules/projects/snapshot.hpp"
#include "platform/http/request.hpp"
#include "platform/http/response.hpp"
#include "platform/work/batch.hpp"

namespace perennial::projects {

/// What a command knows of its surroundings when it runs. `now` is the business time at which it
/// counts; imports of old facts have it before `recorded_at`, the project's time as it writes.
struct Context {
    work::Batch& batch;
    const SnapshotPtr& snapshot;
    ProjectNumber project;
    const Actor& actor;
    Timestamp now;
    Timestamp recorded_at;
    Cache& cache;
    std::string_view request_id;
};

/// A refusal found after the command has changed facts: thrown so that the whole transaction is rolled
/// back and the other commands of the batch are repeated without this one. Only for what `decide`
/// cannot see beforehand (more points than fit).
struct LateRefusal {
    Error error;
};

/// The value, or LateRefusal.
template <class T>
T or_roll_back(Result<T> result) {
    if (!result) throw LateRefusal{std::move(result).error()};
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A write: runs in a batch of the committer. The pipeline adds the project, the idempotency key and
/// the answer around it. All steps may be called again.
struct Command {
    std::function<void(work::Batch&)> want = nullptr;
    std::function<void(work::Batch&)> want_more = nullptr;
    std::function<Result<http::Response>(const Context&)> run;
    bool alone = false;
    Place lane = 0;
    /// Runs on a worker after the commit and before the answer, when the command was accepted.
    std::function<void()> after = nullptr;
    /// The answer shows a secret once: it is not kept for an idempotency key.
    bool tells_secret = false;
};

struct ReadContext {
    db::Tx& tx;
    const SnapshotPtr& snapshot;
    ProjectNumber project;
    const Actor& actor;
    Timestamp now;
    Cache& cache;
};

/// Words for /openapi.json and /docs.
struct RouteDoc {
    std::string tag;
    std::string summary;
    std::string body = {};    ///< an example of the request's body, JSON; empty = none
    std::string answer = {};  ///< an example of the answer
    std::vector<std::string> query = {};
    std::vector<std::string> types = {};  ///< other content types of the answer: "text/csv"
};

/// {"object":"list","data_ref":KEY,KEY:[one],"total":1}: an example of a list.
inline std::string example_list(std::string_view one, std::string_view key = "data") {
    const std::string word(key);
    return R"({"object":"list","data_ref":")" + word + R"(",")" + word + "\":[" + std::string(one) +
           R"(],"total":1})";
}

struct Route {
    http::Method method;
    std::string pattern;
    Permission permission;
    RouteDoc doc;
    /// Exactly one of the two is set; none of a route that is planned only (501). `write` checks shape and refuses bad input before anything is
    /// queued; it sees no facts.
    std::function<Result<http::Response>(const http::Request&, const ReadContext&)> read = nullptr;
    std::function<Result<Command>(const http::Request&, ProjectNumber, const Actor&)> write = nullptr;
};

using Routes = std::vector<Route>;

}  // namespace perennial::projects
