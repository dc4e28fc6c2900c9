#include "platform/log/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <mutex>

#include "base/time.hpp"
#include "platform/log/json_text.hpp"

namespace perennial::log {
namespace {

std::atomic<Format> format{Format::json};
std::atomic<int> descriptor{2};
std::mutex write_mutex;
thread_local std::string_view current_request_id;

constexpr std::string_view level_names[] = {"debug", "info", "warn", "error", "off"};

std::string_view name_of(Level level) {
    return level_names[static_cast<std::size_t>(level)];
}

void append_value(std::string& out, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        append_json_string(out, *text);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
        if (std::isfinite(*number))
            fmt::format_to(std::back_inserter(out), "{}", *number);
        else
            out += "null";
    } else {
        std::visit([&](const auto& value) { fmt::format_to(std::back_inserter(out), "{}", value); },
                   field.value);
    }
}

std::string json_entry(Level level, std::int64_t time_ms, std::string_view request_id,
                       std::string_view message, Fields fields) {
    std::string out;
    out.reserve(160);
    out += "{\"time\":\"";
    out += Timestamp{time_ms}.iso();
    out += "\",\"level\":\"";
    out += name_of(level);
    out += "\",\"msg\":";
    append_json_string(out, message);
    if (!request_id.empty()) {
        out += ",\"request_id\":";
        append_json_string(out, request_id);
    }
    for (const Field& field : fields) {
        out += ',';
        append_json_string(out, field.name);
        out += ':';
        append_value(out, field);
    }
    out += "}\n";
    return out;
}

/// `text` as it stands if it is plain words, else as a JSON string: no entry can fake another.
void append_plain(std::string& out, std::string_view text, bool spaces_are_plain) {
    std::string quoted;
    append_json_string(quoted, text);
    const bool plain =
        quoted.size() == text.size() + 2 && quoted.compare(1, text.size(), text) == 0 &&
        (spaces_are_plain || text.find(' ') == std::string_view::npos) && !text.empty();
    out += plain ? text : std::string_view(quoted);
}

std::string text_entry(Level level, std::int64_t time_ms, std::string_view request_id,
                       std::string_view message, Fields fields) {
    std::string out = Timestamp{time_ms}.iso();
    fmt::format_to(std::back_inserter(out), " {:<5} ", name_of(level));
    append_plain(out, message, true);
    if (!request_id.empty()) {
        out += " request_id=";
        append_plain(out, request_id, false);
    }
    for (const Field& field : fields) {
        out += ' ';
        append_plain(out, field.name, false);
        out += '=';
        if (const auto* text = std::get_if<std::string_view>(&field.value))
            append_plain(out, *text, false);
        else
            append_value(out, field);
    }
    out += '\n';
    return out;
}

}  // namespace

std::optional<Level> level_from(std::string_view name) {
    for (std::size_t i = 0; i < std::size(level_names); ++i)
        if (level_names[i] == name) return static_cast<Level>(i);
    return std::nullopt;
}

std::optional<Format> format_from(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "text") return Format::text;
    return std::nullopt;
}

void configure(Level level, Format new_format) {
    lowest_level.store(level, std::memory_order_relaxed);
    format.store(new_format, std::memory_order_relaxed);
}

void write_to(int file_descriptor) {
    descriptor.store(file_descriptor);
}

std::string entry(Level level, Format entry_format, std::int64_t time_ms,
                  std::string_view request_id, std::string_view message, Fields fields) {
    return entry_format == Format::json ? json_entry(level, time_ms, request_id, message, fields)
                                        : text_entry(level, time_ms, request_id, message, fields);
}

void write(Level level, std::string_view message, Fields fields) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const std::string line = entry(level, format.load(std::memory_order_relaxed), now_ms,
                                   current_request_id, message, fields);
    // The lock keeps lines whole where one write takes only a part, as pipes may.
    const std::lock_guard lock(write_mutex);
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor.load(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

RequestScope::RequestScope(std::string_view request_id) : outer_(current_request_id) {
    current_request_id = request_id;
}

RequestScope::~RequestScope() {
    current_request_id = outer_;
}

}  // namespace perennial::log
