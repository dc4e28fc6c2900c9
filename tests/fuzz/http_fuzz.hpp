// What the server does with a connection's bytes, without a socket. The same bytes in pieces must
// give the same requests as in one: where reads happen to end must not change what a request is.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "platform/http/answer.hpp"
#include "platform/http/error_response.hpp"
#include "platform/http/request_parser.hpp"
#include "platform/http/router.hpp"

namespace perennial::http::fuzz {

struct Outcome {
    std::vector<RequestParser::Completed> requests;
    bool failed = false;
};

inline Outcome read_all(std::string_view bytes, std::size_t piece,
                        const RequestParser::Limits& limits) {
    RequestParser parser(limits);
    Outcome outcome;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (end < bytes.size()) {
        end = std::min(bytes.size(), end + piece);
        for (;;) {
            std::size_t used = 0;
            // A copy of its own, so that a read past the end is seen.
            const std::vector<char> given(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(end));
            const auto state = parser.read({given.data(), given.size()}, used);
            CHECK(used <= end - begin);
            begin += used;
            if (state == RequestParser::State::failed) {
                outcome.failed = true;
                CHECK(parser.failure().status >= 400);
                return outcome;
            }
            if (state == RequestParser::State::need_more) {
                parser.wants_continue();
                break;
            }
            outcome.requests.push_back(parser.take());
            CHECK(outcome.requests.back().request.body.size() <= limits.body_bytes);
        }
    }
    return outcome;
}

inline const RouteTable& routes() {
    static const RouteTable table = [] {
        RouteTable made;
        made.add(Method::get, "/");
        made.add(Method::get, "/v1/vouchers");
        made.add(Method::post, "/v1/vouchers/import");
        made.add(Method::get, "/v1/vouchers/{code}");
        made.add(Method::post, "/v1/vouchers/{code}/redemption");
        made.add(Method::delete_, "/v1/vouchers/{code}/sessions/{key}");
        made.add(Method::get, "/assets/{path...}");
        return made;
    }();
    return table;
}

inline void answer(const RequestParser::Completed& completed) {
    const Request& request = completed.request;
    const RouteMatch match = routes().find(request.method, request.path);
    Response response;
    if (completed.refusal)
        response = error_response(*completed.refusal, "v-1");
    else if (!match.found())
        response = answer_without_route(match, request);
    else
        CHECK(match.path_params.size() == routes().patterns()[match.route].param_names.size());

    static constexpr std::string_view order[] = {"created_at", "code"};
    const auto page = read_page(request.query, ListRules{.order = order});
    if (!page) response = error_response(page.error(), "v-1");
    const auto filters = request.query.filters();
    if (!filters) response = error_response(filters.error(), "v-1");
    QueryReader reader(request.query);
    reader.timestamp("created_at", "after");
    reader.boolean("force");
    if (!reader.ok()) response = error_response(reader.refuse().error(), "v-1");
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        const auto [name, value] = request.headers.at(i);
        response.headers.push_back({"X-Echo", std::string(name) + std::string(value)});
    }

    std::string text;
    append_answer(text, response, {.request_id = "v-1", .date = "today"});
    const auto head = text.substr(0, text.find("\r\n\r\n"));
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = head.find('\n', at)) != std::string::npos; ++at) ++lines;
    CHECK(lines <= 6 + response.headers.size());
}

inline void run(std::string_view bytes) {
    const RequestParser::Limits limits{.header_bytes = 32 * 1024, .body_bytes = 2000};
    const Outcome whole = read_all(bytes, bytes.size(), limits);
    for (const auto& completed : whole.requests) answer(completed);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
        const Outcome pieces = read_all(bytes, piece, limits);
        CHECK(pieces.requests.size() == whole.requests.size());
        for (std::size_t i = 0; i < whole.requests.size(); ++i) {
            const auto& a = whole.requests[i];
            const auto& b = pieces.requests[i];
            CHECK(a.request.method == b.request.method && a.request.target == b.request.target);
            CHECK(a.request.body == b.request.body && a.keep_alive == b.keep_alive);
            CHECK(a.request.headers.size() == b.request.headers.size());
        }
    }
    read_all(bytes, 64, {.header_bytes = 64, .body_bytes = 16});

    auto query = Query::parse(bytes);
    if (query) CHECK(query->filters() || !query->empty());
    const auto decoded = percent_decode(bytes);
    if (decoded) CHECK(percent_decode(percent_encode(*decoded)) == decoded);
    routes().find(Method::get, bytes);
}

}  // namespace perennial::http::fuzz
