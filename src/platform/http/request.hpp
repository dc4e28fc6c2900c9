#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/query.hpp"
#include "platform/http/rate_limit.hpp"

namespace perennial::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

std::string_view method_name(Method);             ///< "GET"; "OTHER" for other
Method method_from(std::string_view upper_case);  ///< `other` for what is not in the list

/// Header fields in the order they were sent. All text lies in one buffer.
class Headers {
  public:
    void add(std::string_view name, std::string_view value);
    /// The first field of that name, in any case. The view lives as long as the request.
    std::optional<std::string_view> find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name).has_value(); }
    std::size_t size() const { return fields_.size(); }
    std::pair<std::string_view, std::string_view> at(std::size_t index) const;

  private:
    struct Field {
        std::uint32_t at;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    std::string text_;
    std::vector<Field> fields_;
};

struct Request {
    Method method = Method::other;
    std::string target;  ///< as sent: path and query
    std::string path;    ///< without the query, still percent-encoded
    Query query;
    Headers headers;
    std::string body;
    std::string remote_address;  ///< of the peer, without port; proxies' headers are not read
    std::string request_id;      ///< "v-" + 18 hex
    std::vector<std::string> path_params;  ///< decoded; filled from RouteMatch by whoever routes
    std::chrono::steady_clock::time_point received = {};  ///< when its last byte was read
    RateLimit rate_limit = {};             ///< filled by whoever admits it
    bool is_trusted_origin = false;        ///< the same; its page may read the answer
};

}  // namespace perennial::http
