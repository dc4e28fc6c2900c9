// Routes are patterns of segments: a word, `{name}` (one segment, not empty) or, last, `{name...}`
// (the rest of the path). Segments are split first and decoded then, so a code that holds "/" comes
// through as %2F. A word beats a parameter, unless only the parameter's route has the method.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/request.hpp"
#include "platform/http/response.hpp"

namespace perennial::http {

struct RouteMatch {
    enum class Outcome : std::uint8_t {
        found,
        options,  ///< OPTIONS on a path that has no such route of its own: CORS is the caller's
        not_found,
        method_not_allowed,
        bad_path,  ///< broken escape, NUL or not UTF-8
    };
    Outcome outcome = Outcome::not_found;
    std::size_t route = 0;                 ///< order of `add`
    std::vector<std::string> path_params;  ///< decoded, in the order of the pattern
    std::string allow;                     ///< "GET, HEAD, PUT" when the path is known

    bool found() const { return outcome == Outcome::found; }
};

struct RoutePattern {
    Method method;
    std::string pattern;                   ///< "/v1/vouchers/{code}"
    std::vector<std::string> param_names;  ///< in the order of path_params
};

class RouteTable {
  public:
    RouteTable();
    ~RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;

    /// CHECKs the pattern's form and that method and shape are new.
    std::size_t add(Method, std::string_view pattern);
    /// HEAD falls to GET.
    RouteMatch find(Method, std::string_view encoded_path) const;
    const std::vector<RoutePattern>& patterns() const { return patterns_; }

  private:
    struct Node;
    std::unique_ptr<Node> root_;
    std::vector<RoutePattern> patterns_;
};

/// The answer for an outcome other than `found`: 404, 405 with Allow, 400, or 204 with Allow.
Response answer_without_route(const RouteMatch&, const Request&);

template <class Payload>
class Router {
  public:
    void add(Method method, std::string_view pattern, Payload payload) {
        table_.add(method, pattern);
        payloads_.push_back(std::move(payload));
    }
    RouteMatch find(Method method, std::string_view encoded_path) const {
        return table_.find(method, encoded_path);
    }
    std::size_t size() const { return payloads_.size(); }
    const RoutePattern& pattern(std::size_t route) const { return table_.patterns()[route]; }
    const Payload& payload(std::size_t route) const { return payloads_[route]; }
    Payload& payload(std::size_t route) { return payloads_[route]; }

  private:
    RouteTable table_;
    std::vector<Payload> payloads_;
};

}  // namespace perennial::http
