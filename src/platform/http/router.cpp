#include "platform/http/router.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "platform/http/error_response.hpp"

namespace perennial::http {
namespace {

constexpr std::size_t methods = static_cast<std::size_t>(Method::other);
constexpr std::size_t segments_max = 32;

using Segments = std::vector<std::string_view>;

/// "/a/b" -> a, b; "/" -> none. An empty segment stays, and no pattern but `{name...}` takes it.
Segments split(std::string_view path) {
    Segments segments;
    if (path == "/") return segments;
    path.remove_prefix(1);
    for (;;) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace

struct RouteTable::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
    std::unique_ptr<Node> one;   // {name}
    std::unique_ptr<Node> rest;  // {name...}
    std::array<std::optional<std::size_t>, methods> routes;

    bool has_routes() const {
        for (const auto& route : routes)
            if (route) return true;
        return false;
    }

    std::optional<std::size_t> route_for(Method method) const {
        if (method == Method::other) return std::nullopt;
        const auto own = routes[static_cast<std::size_t>(method)];
        if (own || method != Method::head) return own;
        return routes[static_cast<std::size_t>(Method::get)];
    }
};

namespace {

/// One walk down the tree. Nodes whose path fits but that lack the method only leave their methods.
template <class Node>
struct Search {
    Method method;
    const std::vector<std::string>& segments;  // decoded
    std::vector<const Node*> seen = {};
    std::vector<std::string> params = {};

    std::optional<std::size_t> try_node(const Node& node) {
        if (node.has_routes()) seen.push_back(&node);
        return node.route_for(method);
    }

    std::optional<std::size_t> walk(const Node& node, std::size_t depth) {
        if (depth == segments.size()) {
            if (const auto route = try_node(node)) return route;
        } else {
            if (const auto word = node.words.find(segments[depth]); word != node.words.end())
                if (const auto route = walk(*word->second, depth + 1)) return route;
            if (node.one && !segments[depth].empty()) {
                params.push_back(segments[depth]);
                if (const auto route = walk(*node.one, depth + 1)) return route;
                params.pop_back();
            }
        }
        if (!node.rest) return std::nullopt;
        std::string rest;
        for (std::size_t i = depth; i < segments.size(); ++i) {
            if (i > depth) rest += '/';
            rest += segments[i];
        }
        params.push_back(std::move(rest));
        if (const auto route = try_node(*node.rest)) return route;
        params.pop_back();
        return std::nullopt;
    }

    std::string allow() const {
        std::string out;
        for (std::size_t i = 0; i < methods; ++i) {
            const auto one = static_cast<Method>(i);
            bool known = one == Method::options;
            for (const Node* node : seen) known = known || node->route_for(one).has_value();
            if (!known) continue;
            if (!out.empty()) out += ", ";
            out += method_name(one);
        }
        return out;
    }
};

}  // namespace

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

std::size_t RouteTable::add(Method method, std::string_view pattern) {
    CHECK(method != Method::other);
    CHECK(pattern.starts_with('/'));
    RoutePattern added{method, std::string(pattern), {}};
    Node* node = root_.get();
    const Segments segments = split(pattern);
    CHECK(segments.size() <= segments_max);
    for (const std::string_view& segment : segments) {
        CHECK(!segment.empty());
        std::unique_ptr<Node>* next = nullptr;
        if (segment.starts_with('{')) {
            CHECK(segment.ends_with('}') && segment.size() > 2);
            std::string_view name = segment.substr(1, segment.size() - 2);
            const bool takes_rest = name.ends_with("...");
            if (takes_rest) name.remove_suffix(3);
            CHECK(!takes_rest || &segment == &segments.back());
            added.param_names.emplace_back(name);
            next = takes_rest ? &node->rest : &node->one;
        } else {
            CHECK(segment.find_first_of("{}%") == std::string_view::npos);
            next = &node->words[std::string(segment)];
        }
        if (!*next) *next = std::make_unique<Node>();
        node = next->get();
    }
    auto& slot = node->routes[static_cast<std::size_t>(method)];
    CHECK(!slot.has_value());
    slot = patterns_.size();
    patterns_.push_back(std::move(added));
    return *slot;
}

RouteMatch RouteTable::find(Method method, std::string_view encoded_path) const {
    using enum RouteMatch::Outcome;
    RouteMatch match;
    if (!encoded_path.starts_with('/')) return match;
    std::vector<std::string> segments;
    for (const std::string_view segment : split(encoded_path)) {
        auto decoded = percent_decode(segment);
        if (!decoded) {
            match.outcome = bad_path;
            return match;
        }
        if (segments.size() == segments_max) return match;
        segments.push_back(*std::move(decoded));
    }
    Search<Node> search{method, segments};
    if (const auto route = search.walk(*root_, 0)) {
        match.outcome = found;
        match.route = *route;
        match.path_params = std::move(search.params);
        return match;
    }
    if (search.seen.empty()) return match;
    match.outcome = method == Method::options ? options : method_not_allowed;
    match.allow = search.allow();
    return match;
}

Response answer_without_route(const RouteMatch& match, const Request& request) {
    using enum RouteMatch::Outcome;
    const std::string_view path(request.path);
    switch (match.outcome) {
        case options: {
            Response response = no_content();
            response.headers.push_back({"Allow", match.allow});
            return response;
        }
        case method_not_allowed: {
            Response response = protocol_error(
                405, "method_not_allowed", "Method not allowed",
                fmt::format("{} accepts {}", path.substr(0, 200), match.allow), request.request_id);
            response.headers.push_back({"Allow", match.allow});
            return response;
        }
        case bad_path:
            return protocol_error(
                400, "invalid_path", "Invalid path",
                "The path holds a broken percent-escape or text that is not UTF-8",
                request.request_id);
        case found:
        case not_found:
            break;
    }
    return error_response(
        Error{&error::not_found, fmt::format("Route not found: {} {}", method_name(request.method),
                                             path.substr(0, 200))},
        request.request_id);
}

}  // namespace perennial::http
