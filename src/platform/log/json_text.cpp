#include "platform/log/json_text.hpp"

#include <cstdint>

namespace perennial::log {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escape(std::string& out, unsigned value) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[(value >> shift) & 0xF];
}

/// Bytes of the well-formed sequence at the start of `text` and its code point; 0 if it is not one.
std::size_t sequence(std::string_view text, std::uint32_t& code) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t size = 0;
    std::uint32_t least = 0;
    if ((first & 0xE0) == 0xC0) {
        size = 2, code = first & 0x1F, least = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
        size = 3, code = first & 0x0F, least = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
        size = 4, code = first & 0x07, least = 0x10000;
    } else {
        return 0;
    }
    if (text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
        code = (code << 6) | (byte(i) & 0x3F);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    return size;
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
        append_escape(out, byte);
    else
        out += c;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            append_ascii(out, text[at++]);
            continue;
        }
        std::uint32_t code = 0;
        const std::size_t size = sequence(text.substr(at), code);
        if (size == 0) {
            out += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        // C1 controls steer terminals; U+2028/9 are line ends for some readers.
        if ((code >= 0x80 && code < 0xA0) || code == 0x2028 || code == 0x2029)
            append_escape(out, code);
        else
            out += text.substr(at, size);
        at += size;
    }
    out += '"';
}

}  // namespace perennial::log
