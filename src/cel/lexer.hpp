#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "cel/value.hpp"

namespace perennial::cel {

enum class Token : std::uint8_t {
    end,
    name,
    quoted_name,  // `a-b`, as a field only
    integer,
    unsigned_integer,
    floating,
    string,
    bytes,
    symbol,  // operators and brackets; `text` tells which
    mistake,
};

struct Lexeme {
    Token token = Token::end;
    SourceRange range;
    std::string_view text;  // of the source
    std::string content;    // of strings and bytes: unescaped; of a mistake: what is wrong
};

/// Cuts a source into tokens, one at a time. After a mistake it yields that mistake for ever.
class Lexer {
  public:
    explicit Lexer(std::string_view source) : source_(source) {}
    Lexeme next();

  private:
    void skip_blanks();
    Lexeme make(Token token, std::size_t begin) const;
    Lexeme mistake(std::size_t begin, std::string message);
    Lexeme number(std::size_t begin);
    Lexeme string(std::size_t begin, bool raw, bool bytes);
    Lexeme name(std::size_t begin);
    Lexeme quoted_name(std::size_t begin);
    Lexeme symbol(std::size_t begin);
    char at(std::size_t index) const { return index < source_.size() ? source_[index] : '\0'; }

    std::string_view source_;
    std::size_t position_ = 0;
};

/// Undoes the escapes of a string's inside. Returns what is wrong, or nothing said (empty).
/// In bytes `\xff` and `\377` are bytes, in strings they are code points.
std::string unescape(std::string_view inside, bool bytes, std::string& out);

}  // namespace perennial::cel
