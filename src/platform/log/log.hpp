// One line of JSON (or of text, for terminals) per entry on stderr, in one write. What a level
// turns off costs one atomic load. Call as `log::warn("webhook parked", {{"delivery", id},
// {"tries", n}});`
#pragma once
#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace perennial::log {

enum class Level : std::uint8_t { debug, info, warn, error, off };
enum class Format : std::uint8_t { json, text };

std::optional<Level> level_from(std::string_view name);  ///< "debug" … "off"
std::optional<Format> format_from(std::string_view name);

/// A field borrows its text: make it where the entry is written.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

    Field(std::string_view n, std::string_view text) : name(n), value(text) {}
    Field(std::string_view n, const char* text) : name(n), value(std::string_view(text)) {}
    Field(std::string_view n, const std::string& text) : name(n), value(std::string_view(text)) {}
    Field(std::string_view n, bool flag) : name(n), value(flag) {}
    Field(std::string_view n, double number) : name(n), value(number) {}
    template <std::signed_integral T>
    Field(std::string_view n, T number) : name(n), value(static_cast<std::int64_t>(number)) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view n, T number) : name(n), value(static_cast<std::uint64_t>(number)) {}
};

using Fields = std::initializer_list<Field>;

void configure(Level, Format);
/// The file descriptor written to; 2 unless a test says otherwise.
void write_to(int file_descriptor);

inline std::atomic<Level> lowest_level{Level::info};
inline bool is_on(Level level) {
    return level >= lowest_level.load(std::memory_order_relaxed);
}

void write(Level, std::string_view message, Fields = {});

inline void debug(std::string_view message, Fields fields = {}) {
    if (is_on(Level::debug)) write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    if (is_on(Level::info)) write(Level::info, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
    if (is_on(Level::warn)) write(Level::warn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    if (is_on(Level::error)) write(Level::error, message, fields);
}

/// While it lives, this thread's entries carry the request's id. Scopes nest. Borrows the text.
class RequestScope {
  public:
    explicit RequestScope(std::string_view request_id);
    ~RequestScope();
    RequestScope(const RequestScope&) = delete;
    RequestScope& operator=(const RequestScope&) = delete;

  private:
    std::string_view outer_;
};

/// The line as it would be written, with its newline.
std::string entry(Level, Format, std::int64_t time_ms, std::string_view request_id,
                  std::string_view message, Fields);

}  // namespace perennial::log
