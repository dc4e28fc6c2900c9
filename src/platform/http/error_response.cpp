#include "platform/http/error_response.hpp"

#include <fmt/format.h>

#include "platform/log/json_text.hpp"

namespace perennial::http {
namespace {

void append_property(std::string& out, std::string_view name, std::string_view value) {
    out += fmt::format(",\"{}\":", name);
    log::append_json_string(out, value);
}

void append_issues(std::string& out, const std::vector<FieldIssue>& issues) {
    out += ",\"errors\":[";
    for (const FieldIssue& issue : issues) {
        if (&issue != &issues.front()) out += ',';
        out += "{\"pointer\":";
        log::append_json_string(out, issue.pointer);
        append_property(out, "key", issue.key);
        append_property(out, "message", issue.message);
        out += '}';
    }
    out += ']';
}

}  // namespace

int http_status(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return 400;
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::forbidden:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::conflict:
            return 409;
        case ErrorKind::too_large:
            return 413;
        case ErrorKind::rejected:
            return 400;
        case ErrorKind::limited:
            return 429;
        case ErrorKind::unavailable:
            return 503;
        case ErrorKind::not_implemented:
            return 501;
        case ErrorKind::internal:
            return 500;
    }
    return 500;
}

std::string error_body(const Error& error, std::string_view request_id) {
    CHECK(error.code != nullptr);
    const ErrorCode& code = *error.code;
    const bool is_internal = code.kind == ErrorKind::internal;
    std::string out = fmt::format("{{\"code\":{}", http_status(code.kind));
    append_property(out, "key", code.key);
    append_property(out, "message", code.message);
    if (is_internal)
        append_property(out, "details",
                        "Something went wrong on the server. The log has it under the request_id.");
    else if (!error.details.empty())
        append_property(out, "details", error.details);
    append_property(out, "request_id", request_id);
    if (!is_internal) {
        if (!error.resource_id.empty()) append_property(out, "resource_id", error.resource_id);
        if (!error.resource_type.empty())
            append_property(out, "resource_type", error.resource_type);
        if (!error.issues.empty()) append_issues(out, error.issues);
    }
    out += '}';
    return out;
}

Response error_response(const Error& error, std::string_view request_id,
                        std::optional<int> retry_after_seconds) {
    Response response = json_response(error_body(error, request_id), http_status(error.code->kind));
    const ErrorKind kind = error.code->kind;
    if (retry_after_seconds || kind == ErrorKind::limited || kind == ErrorKind::unavailable)
        response.headers.push_back(
            {"Retry-After", fmt::format("{}", retry_after_seconds.value_or(1))});
    return response;
}

Response protocol_error(int status, std::string_view key, std::string_view message,
                        std::string_view details, std::string_view request_id) {
    std::string out = fmt::format("{{\"code\":{}", status);
    append_property(out, "key", key);
    append_property(out, "message", message);
    if (!details.empty()) append_property(out, "details", details);
    append_property(out, "request_id", request_id);
    out += '}';
    return json_response(std::move(out), status);
}

}  // namespace perennial::http
