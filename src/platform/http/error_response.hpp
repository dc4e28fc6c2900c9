// The one place where kinds of refusals become HTTP.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/http/response.hpp"

namespace perennial::http {

int http_status(ErrorKind);

/// The body of api.md 5 with `errors`. What an internal error says stays out of it; whoever stops
/// the error logs it. Limited and unavailable answers carry Retry-After (default: 1 second).
Response error_response(const Error&, std::string_view request_id,
                        std::optional<int> retry_after_seconds = std::nullopt);

/// Only the JSON text; also for one item of a batch's answer.
std::string error_body(const Error&, std::string_view request_id);

/// For what is HTTP's own and has no kind: 405, 408, 417, 431, 501 and the like.
Response protocol_error(int status, std::string_view key, std::string_view message,
                        std::string_view details, std::string_view request_id);

}  // namespace perennial::http
