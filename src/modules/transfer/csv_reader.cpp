#include "modules/transfer/csv_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/json.hpp"
#include "modules/transfer/errors.hpp"

namespace perennial::transfer {
namespace {

const char* find_byte(const char* from, const char* to, char byte) {
    return static_cast<const char*>(std::memchr(from, byte, static_cast<std::size_t>(to - from)));
}

// windows-1252 from 0x80 to 0x9F; 0 = no character there.
constexpr std::array<std::uint16_t, 32> windows_1252_high{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

// 0 where the encoding has no character.
std::uint32_t code_of(unsigned char byte, Encoding encoding) {
    if (encoding == Encoding::windows_1252 && byte >= 0x80 && byte < 0xA0)
        return windows_1252_high[byte - 0x80U];
    return byte;
}

std::size_t utf8_length(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xE0) return 2;
    return first < 0xF0 ? 3 : 4;
}

bool looks_like_utf16(std::string_view content) {
    const std::size_t size = std::min<std::size_t>(content.size(), 512);
    std::array<std::size_t, 2> nuls{};
    for (std::size_t i = 0; i < size; ++i)
        if (content[i] == '\0') ++nuls[i % 2];
    return size >= 4 && std::max(nuls[0], nuls[1]) * 4 >= size &&
           std::min(nuls[0], nuls[1]) * 16 <= size;
}

}  // namespace

Result<void> check_is_csv(std::string_view content) {
    const auto no = [](std::string_view text) {
        return refuse(error::file_not_csv, std::string(text));
    };
    if (content.empty()) return no("The file is empty.");
    if (content.starts_with("\x1f\x8b"))
        return no(
            "The file is compressed with gzip. Unpack it to a file first (zcat FILE.gz > "
            "FILE.csv): the "
            "import reads the file twice, so it cannot read from a pipe.");
    if (content.starts_with("\xFD"
                            "7zXZ") ||
        content.starts_with("\x28\xB5\x2F\xFD") || content.starts_with("BZh"))
        return no("The file is compressed. Unpack it to a file first: the import reads it twice.");
    if (content.starts_with("PK\x03\x04") || content.starts_with("\xD0\xCF\x11\xE0"))
        return no("The file is a spreadsheet or an archive. Save it as CSV (UTF-8) first.");
    if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF") ||
        looks_like_utf16(content))
        return no(
            "The file is UTF-16. Convert it first (iconv -f UTF-16 -t UTF-8 FILE > FILE.csv), or "
            "save it as CSV (UTF-8).");
    if (content.find('\n') == std::string_view::npos && content.find('\r') + 1 < content.size() &&
        content.find('\r') != std::string_view::npos)
        return no(
            "The lines end with CR alone. Convert them first (tr '\\r' '\\n' < FILE > FILE.csv).");
    return {};
}

CsvReader::CsvReader(std::string_view content, CsvFormat format)
    : begin_(content.data()), end_(begin_ + content.size()), at_(begin_), format_(format) {
    if (content.starts_with("\xEF\xBB\xBF")) at_ += 3;
    record_begin_ = at_;
    begin_line(at_, 1);
}

void CsvReader::seek(std::uint64_t offset, std::uint64_t line) {
    CHECK(offset <= bytes_to(end_));
    begin_line(begin_ + offset, line);
}

void CsvReader::begin_line(const char* at, std::uint64_t line) {
    at_ = at;
    line_ = line;
    line_begin_ = at;
    line_end_ = at < end_ ? find_byte(at, end_, '\n') : end_;
    if (line_end_ == nullptr) line_end_ = end_;
}

void CsvReader::after_line_end() {
    if (line_end_ == end_)
        at_ = end_;
    else
        begin_line(line_end_ + 1, line_ + 1);
}

std::string& CsvReader::scratch() {
    if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
    std::string& out = scratch_[scratch_used_++];
    out.clear();
    return out;
}

std::uint64_t CsvReader::column_of(const char* line_begin, const char* at) const {
    std::uint64_t column = 1;
    for (const char* p = line_begin; p < at; ++p)
        if (format_.encoding != Encoding::utf8 || (static_cast<unsigned char>(*p) & 0xC0) != 0x80)
            ++column;
    return column;
}

CsvReader::Step CsvReader::next() {
    fields_.clear();
    scratch_used_ = 0;
    while (at_ < end_ && (*at_ == '\n' || (*at_ == '\r' && at_ + 1 == line_end_))) after_line_end();
    if (at_ == end_) return Step::end;
    record_line_ = line_;
    record_begin_ = at_;
    while (true) {
        switch (read_field()) {
            case Field::more:
                break;
            case Field::last:
                return finish_record();
            case Field::broken:
                return Step::error;
        }
    }
}

CsvReader::Field CsvReader::read_field() {
    if (fields_.size() == format_.fields_max) {
        broken(at_, line_, line_begin_, fmt::format("more than {} fields", format_.fields_max));
        after_line_end();
        return Field::broken;
    }
    if (at_ < end_ && *at_ == '"') return read_quoted();
    const char* stop = find_byte(at_, line_end_, format_.delimiter);
    const bool last = stop == nullptr;
    if (last) {
        stop = line_end_;
        if (stop > at_ && stop[-1] == '\r') --stop;
    }
    const auto size = static_cast<std::size_t>(stop - at_);
    if (size > format_.field_bytes_max) {
        broken(at_, line_, line_begin_,
               fmt::format("a field of {} bytes; the limit is {}", size, format_.field_bytes_max));
        after_line_end();
        return Field::broken;
    }
    fields_.emplace_back(at_, size);
    if (!last) {
        at_ = stop + 1;
        return Field::more;
    }
    after_line_end();
    return Field::last;
}

CsvReader::Field CsvReader::read_quoted() {
    const char* const open = at_;
    const char* const open_line_begin = line_begin_;
    const char* const open_line_end = line_end_;
    const std::uint64_t open_line = line_;
    const auto resume = [&] {
        line_ = open_line;
        line_begin_ = open_line_begin;
        line_end_ = open_line_end;
        after_line_end();
        return Field::broken;
    };

    const char* const limit = static_cast<std::size_t>(end_ - open) > format_.field_bytes_max + 2
                                  ? open + format_.field_bytes_max + 2
                                  : end_;
    const char* close = nullptr;
    bool doubled = false;
    for (const char* p = open + 1;; p = close + 2) {
        close = p < limit ? find_byte(p, limit, '"') : nullptr;
        if (close == nullptr) {
            broken(open, line_, line_begin_,
                   limit == end_
                       ? "the quote that opens here is never closed"
                       : fmt::format("the quote that opens here is not closed within {} bytes",
                                     format_.field_bytes_max));
            return resume();
        }
        if (close + 1 == end_ || close[1] != '"') break;
        doubled = true;
    }
    while (line_end_ < close) begin_line(line_end_ + 1, line_ + 1);

    const std::string_view inside(open + 1, static_cast<std::size_t>(close - open - 1));
    at_ = close + 1;
    const bool last = at_ == line_end_ || (*at_ == '\r' && at_ + 1 == line_end_);
    if (!last && *at_ != format_.delimiter) {
        broken(at_, line_, line_begin_,
               open_line == line_
                   ? "text after the closing quote"
                   : fmt::format("text after the closing quote; is a quote missing in line {}?",
                                 open_line));
        return resume();
    }
    if (doubled) {
        std::string& out = scratch();
        for (std::size_t i = 0; i < inside.size(); ++i) {
            out += inside[i];
            if (inside[i] == '"') ++i;
        }
        fields_.emplace_back(out);
    } else {
        fields_.push_back(inside);
    }
    if (!last) {
        ++at_;
        return Field::more;
    }
    after_line_end();
    return Field::last;
}

void CsvReader::broken(const char* at, std::uint64_t line, const char* line_begin,
                       std::string reason) {
    error_ = {line, column_of(line_begin, at), std::move(reason)};
}

CsvReader::Step CsvReader::finish_record() {
    if (!has_plain_text()) {
        const bool good = format_.encoding == Encoding::utf8 ? check_utf8() : convert_single_byte();
        if (!good) return Step::error;
    }
    if (expected_ != 0 && fields_.size() != expected_) {
        error_ = {record_line_, 1,
                  fmt::format("{} field{} where the header has {}", fields_.size(),
                              fields_.size() == 1 ? "" : "s", expected_)};
        return Step::error;
    }
    return Step::record;
}

// ASCII without NUL, eight bytes at a time.
bool CsvReader::has_plain_text() const {
    constexpr std::uint64_t highs = 0x8080808080808080ULL;
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    std::uint64_t odd = 0;
    const char* p = record_begin_;
    for (; at_ - p >= 8; p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        odd |= word | (word - ones);
    }
    for (; p < at_; ++p)
        if (*p == '\0' || (static_cast<unsigned char>(*p) & 0x80) != 0) odd = highs;
    return (odd & highs) == 0;
}

void CsvReader::wrong_text(const char* at, std::string reason) {
    std::uint64_t line = record_line_;
    const char* line_begin = record_begin_;
    for (const char* p = record_begin_; p < at; ++p) {
        if (*p != '\n') continue;
        ++line;
        line_begin = p + 1;
    }
    broken(at, line, line_begin, std::move(reason));
}

bool CsvReader::check_utf8() {
    const std::string_view record(record_begin_, static_cast<std::size_t>(at_ - record_begin_));
    if (is_valid_utf8(record)) return true;
    for (std::size_t i = 0; i < record.size();) {
        const std::size_t length = utf8_length(static_cast<unsigned char>(record[i]));
        if (!is_valid_utf8(record.substr(i, length)) || i + length > record.size()) {
            const auto byte = static_cast<unsigned char>(record[i]);
            wrong_text(record.data() + i,
                       byte == 0 ? std::string("a NUL byte")
                                 : fmt::format("byte 0x{:02X} is not UTF-8; is the file in "
                                               "windows-1252 (\"encoding\" of the mapping)?",
                                               byte));
            return false;
        }
        i += length;
    }
    CHECK(false);
}

// What the encoding lacks becomes U+FFFD, so that the other fields can still be told.
bool CsvReader::convert_single_byte() {
    for (std::string_view& field : fields_) {
        const bool plain = std::ranges::all_of(
            field, [](char c) { return (static_cast<unsigned char>(c) & 0x80) == 0; });
        if (plain) continue;
        std::string& out = scratch();
        for (char c : field) {
            const std::uint32_t code = code_of(static_cast<unsigned char>(c), format_.encoding);
            append_utf8(out, code == 0 ? 0xFFFD : code);
        }
        field = out;
    }
    for (const char* p = record_begin_; p < at_; ++p) {
        const auto byte = static_cast<unsigned char>(*p);
        if (code_of(byte, format_.encoding) != 0) continue;
        wrong_text(p, byte == 0
                          ? std::string("a NUL byte")
                          : fmt::format("byte 0x{:02X} is no character of windows-1252", byte));
        return false;
    }
    return true;
}

void append_csv_field(std::string& out, std::string_view field) {
    if (field.find_first_of("\",\r\n") == std::string_view::npos) {
        out += field;
        return;
    }
    out += '"';
    for (char c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace perennial::transfer
