// Expected refusals are values: Result<T> is T or an Error that names a code of a closed list.
// A broken invariant is an exception: CHECK throws InvariantBroken, caught at the request and the
// job boundary only.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace perennial {

enum class ErrorKind : std::uint8_t {
    invalid,          // 400: shape or field wrong
    unauthenticated,  // 401
    forbidden,        // 403
    not_found,        // 404, also for things of another project
    conflict,         // 409: version, idempotency or uniqueness clash
    too_large,        // 413
    rejected,         // 400: the business says no
    limited,          // 429: rate only
    unavailable,      // 503: database or provider down, disk full
    not_implemented,  // 501
    internal,         // 500: the text never leaves the log
};

/// One refusal of the public contract: `key` is what clients match on and is never renamed.
struct ErrorCode {
    std::string_view key;
    ErrorKind kind;
    std::string_view message;
};

/// One mistake in a request. `pointer` is a JSON pointer into the body ("/items/0/price"), or
/// "?name" for a query parameter.
struct FieldIssue {
    std::string pointer;
    std::string key;
    std::string message;
};

struct Error {
    const ErrorCode* code = nullptr;
    std::string details;
    std::vector<FieldIssue> issues = {};
    std::string resource_id = {};
    std::string resource_type = {};
};

template <class T>
using Result = std::expected<T, Error>;

/// `return refuse(error::not_found, "Cannot find customer with id X");`
inline std::unexpected<Error> refuse(const ErrorCode& code, std::string details = {}) {
    return std::unexpected(Error{&code, std::move(details)});
}

/// The codes that any route may answer; a module's own codes stand in its errors.hpp.
namespace error {
inline constexpr ErrorCode invalid_payload{"invalid_payload", ErrorKind::invalid, "Invalid payload"};
inline constexpr ErrorCode invalid_query_params{"invalid_query_params", ErrorKind::invalid,
                                                "Invalid query params"};
inline constexpr ErrorCode missing_param{"missing_param", ErrorKind::invalid, "Missing parameter"};
inline constexpr ErrorCode page_over_limit{"page_over_limit", ErrorKind::invalid,
                                           "Page over limit"};
inline constexpr ErrorCode unauthorized{"unauthorized", ErrorKind::unauthenticated, "Unauthorized"};
inline constexpr ErrorCode forbidden{"forbidden", ErrorKind::forbidden, "Forbidden"};
inline constexpr ErrorCode missing_required_permission{
    "missing_required_permission", ErrorKind::forbidden, "Missing required permission"};
inline constexpr ErrorCode not_found{"not_found", ErrorKind::not_found, "Resource not found"};
inline constexpr ErrorCode duplicate_found{"duplicate_found", ErrorKind::conflict,
                                           "Duplicated resource found"};
inline constexpr ErrorCode idempotency_conflict{
    "idempotency_key_reused", ErrorKind::conflict,
    "This idempotency key was used with another request"};
inline constexpr ErrorCode version_conflict{"version_conflict", ErrorKind::conflict,
                                            "The resource has changed"};
inline constexpr ErrorCode resource_in_use{"resource_in_use", ErrorKind::rejected,
                                           "Resource in use"};
inline constexpr ErrorCode payload_too_large{"payload_too_large", ErrorKind::too_large,
                                             "Payload too large"};
inline constexpr ErrorCode too_many_requests{"too_many_requests", ErrorKind::limited,
                                             "Too many requests hit the API too quickly."};
inline constexpr ErrorCode service_unavailable{"service_unavailable", ErrorKind::unavailable,
                                               "Service unavailable"};
inline constexpr ErrorCode not_implemented{"not_implemented", ErrorKind::not_implemented,
                                           "Not implemented"};
inline constexpr ErrorCode internal_error{"internal_error", ErrorKind::internal,
                                          "Internal server error"};
}  // namespace error

class InvariantBroken : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

[[noreturn]] void invariant_broken(const char* expression, const char* file, int line);

/// For reading what somebody may have damaged on purpose (verify): nothing when it makes no sense.
template <class F>
auto unless_broken(F&& read) -> std::optional<std::invoke_result_t<F>> {
    try {
        return read();
    } catch (const InvariantBroken&) {
        return std::nullopt;
    }
}

}  // namespace perennial

/// Always on. For what cannot happen; never for what a user can cause.
#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) [[unlikely]]                                              \
            ::perennial::invariant_broken(#condition, __FILE__, __LINE__);          \
    } while (false)

/// `TRY(order, parse_order(body));` declares `order`, or returns the refusal.
#define TRY(name, expression)                                                       \
    auto name##_or_error = (expression);                                            \
    if (!name##_or_error) return std::unexpected(std::move(name##_or_error).error()); \
    auto name = *std::move(name##_or_error)

/// For a Result whose value is not needed.
#define TRY_VOID(expression)                                                        \
    do {                                                                            \
        auto result_or_error = (expression);                                        \
        if (!result_or_error)                                                       \
            return std::unexpected(std::move(result_or_error).error());             \
    } while (false)
