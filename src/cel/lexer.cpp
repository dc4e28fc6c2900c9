#include "cel/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cel/text.hpp"

namespace perennial::cel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

std::uint32_t hex_digit(char c) {
    if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
    return static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
}

}  // namespace

Lexeme Lexer::make(Token token, std::size_t begin) const {
    Lexeme lexeme;
    lexeme.token = token;
    lexeme.range = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(position_ - begin)};
    lexeme.text = source_.substr(begin, position_ - begin);
    return lexeme;
}

Lexeme Lexer::mistake(std::size_t begin, std::string message) {
    position_ = std::min(std::max(position_, begin + 1), source_.size());
    Lexeme lexeme = make(Token::mistake, begin);
    lexeme.content = std::move(message);
    position_ = begin;
    return lexeme;
}

void Lexer::skip_blanks() {
    while (position_ < source_.size()) {
        const char c = source_[position_];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            ++position_;
        } else if (c == '/' && at(position_ + 1) == '/') {
            position_ = std::min(source_.find('\n', position_), source_.size());
        } else {
            return;
        }
    }
}

Lexeme Lexer::next() {
    skip_blanks();
    const std::size_t begin = position_;
    if (begin >= source_.size()) return make(Token::end, begin);
    const char c = source_[begin];
    if (is_digit(c) || (c == '.' && is_digit(at(begin + 1)))) return number(begin);
    if (c == '"' || c == '\'') return string(begin, false, false);
    if (c == '`') return quoted_name(begin);
    if (is_name_start(c)) return name(begin);
    return symbol(begin);
}

Lexeme Lexer::number(std::size_t begin) {
    const bool hex = at(begin) == '0' && (at(begin + 1) | 0x20) == 'x';
    Token token = Token::integer;
    if (hex) {
        position_ = begin + 2;
        while (is_hex(at(position_))) ++position_;
        if (position_ == begin + 2) return mistake(begin, "a hexadecimal number needs digits after 0x");
    } else {
        while (is_digit(at(position_))) ++position_;
        if (at(position_) == '.' && is_digit(at(position_ + 1))) {
            token = Token::floating;
            ++position_;
            while (is_digit(at(position_))) ++position_;
        }
        if ((at(position_) | 0x20) == 'e') {
            std::size_t exponent = position_ + 1;
            if (at(exponent) == '+' || at(exponent) == '-') ++exponent;
            if (!is_digit(at(exponent)))
                return mistake(begin, "the exponent of this number has no digits");
            token = Token::floating;
            position_ = exponent;
            while (is_digit(at(position_))) ++position_;
        }
    }
    if (token == Token::integer && (at(position_) | 0x20) == 'u') {
        token = Token::unsigned_integer;
        ++position_;
    }
    if (is_name_part(at(position_))) {
        ++position_;
        return mistake(begin, fmt::format("'{}' is neither a number nor a name; a name starts with a "
                                          "letter or _",
                                          source_.substr(begin, position_ - begin)));
    }
    return make(token, begin);
}

Lexeme Lexer::name(std::size_t begin) {
    while (is_name_part(at(position_))) ++position_;
    const std::string_view text = source_.substr(begin, position_ - begin);
    const char quote = at(position_);
    if (quote == '"' || quote == '\'') {
        const bool raw = text.find_first_of("rR") != std::string_view::npos;
        const bool bytes = text.find_first_of("bB") != std::string_view::npos;
        const bool is_prefix = text.size() == (raw ? 1u : 0u) + (bytes ? 1u : 0u);
        if (is_prefix) return string(begin, raw, bytes);
    }
    return make(Token::name, begin);
}

Lexeme Lexer::quoted_name(std::size_t begin) {
    const std::size_t end = source_.find('`', begin + 1);
    if (end == std::string_view::npos || end == begin + 1)
        return mistake(begin, "a name in backticks has to end with a backtick");
    position_ = end + 1;
    Lexeme lexeme = make(Token::quoted_name, begin);
    lexeme.content = source_.substr(begin + 1, end - begin - 1);
    for (const char c : lexeme.content)
        if (!is_name_part(c) && c != '.' && c != '-' && c != '/' && c != ' ')
            return mistake(begin, "a name in backticks holds letters, digits, _ . - / and blanks");
    return lexeme;
}

Lexeme Lexer::string(std::size_t begin, bool raw, bool bytes) {
    const char quote = source_[position_];
    const bool triple = at(position_ + 1) == quote && at(position_ + 2) == quote;
    const std::string closing(triple ? 3 : 1, quote);
    position_ += closing.size();
    const std::size_t inside = position_;
    while (true) {
        if (position_ >= source_.size())
            return mistake(begin, fmt::format("this text has no end; close it with {}", closing));
        if (source_.substr(position_, closing.size()) == closing) break;
        const char c = at(position_);
        if (!triple && (c == '\n' || c == '\r'))
            return mistake(begin, "a text in single quotes ends on its line; write \\n, or use "
                                  "three quotes");
        position_ += c == '\\' && !raw ? 2 : 1;
    }
    const std::string_view content = source_.substr(inside, position_ - inside);
    position_ += closing.size();
    Lexeme lexeme = make(bytes ? Token::bytes : Token::string, begin);
    if (raw) {
        lexeme.content = content;
        return lexeme;
    }
    std::string wrong = unescape(content, bytes, lexeme.content);
    if (!wrong.empty()) return mistake(begin, std::move(wrong));
    return lexeme;
}

Lexeme Lexer::symbol(std::size_t begin) {
    constexpr std::array<std::string_view, 26> symbols = {
        "&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ".",
        ",",  ":",  "?",  "+",  "-",  "*",  "/", "%", "!", "<", ">", "&", "|",
    };
    const std::string_view rest = source_.substr(begin);
    for (const std::string_view candidate : symbols) {
        if (!rest.starts_with(candidate)) continue;
        position_ = begin + candidate.size();
        if (candidate == "&" || candidate == "|")
            return mistake(begin, fmt::format("write {0}{0}", candidate));
        return make(Token::symbol, begin);
    }
    if (rest.starts_with('=')) return mistake(begin, "to compare, write ==");
    std::size_t length = 1;
    while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0) == 0x80) ++length;
    position_ = begin + length;
    const auto byte = static_cast<unsigned char>(rest[0]);
    if (byte < 0x20 || byte == 0x7f)
        return mistake(begin, fmt::format("a control character (0x{:02x}) cannot stand here", byte));
    return mistake(begin, fmt::format("'{}' cannot stand here", rest.substr(0, length)));
}

std::string unescape(std::string_view inside, bool bytes, std::string& out) {
    constexpr std::string_view plain = "\\?\"'`";
    constexpr std::string_view letters = "abfnrtv";
    constexpr std::string_view controls = "\a\b\f\n\r\t\v";
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] != '\\') {
            out.push_back(inside[i]);
            continue;
        }
        const char c = ++i < inside.size() ? inside[i] : '\0';
        if (plain.find(c) != std::string_view::npos) {
            out.push_back(c);
            continue;
        }
        if (const auto letter = letters.find(c); letter != std::string_view::npos) {
            out.push_back(controls[letter]);
            continue;
        }
        const bool octal = c >= '0' && c <= '3';
        const std::size_t digits = octal                  ? 3
                                   : c == 'x' || c == 'X' ? 2
                                   : c == 'u'             ? 4
                                   : c == 'U'             ? 8
                                                          : 0;
        if (digits == 0 || (bytes && digits >= 4 && !octal))
            return fmt::format("\\{} is no escape{}; for a backslash write \\\\", c,
                               bytes && digits >= 4 ? " of bytes" : "");
        const std::size_t first = octal ? i : i + 1;
        std::uint32_t number = 0;
        for (std::size_t k = first; k < first + digits; ++k) {
            const bool good = k < inside.size() && (octal ? inside[k] >= '0' && inside[k] <= '7'
                                                          : is_hex(inside[k]));
            if (!good)
                return fmt::format("the escape \\{} needs {} {} digits", octal ? '0' : c, digits,
                                   octal ? "octal" : "hexadecimal");
            number = number * (octal ? 8 : 16) + hex_digit(inside[k]);
        }
        i = first + digits - 1;
        if (bytes)
            out.push_back(static_cast<char>(number));
        else if (number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
            return fmt::format("U+{:04X} is no character", number);
        else
            append_code_point(out, number);
    }
    return {};
}

}  // namespace perennial::cel
