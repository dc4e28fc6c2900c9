// RFC 4180 read as a stream over memory. A quote inside an unquoted field is plain text, as in
// spreadsheets; empty lines are skipped. After a record with broken quotes reading goes on with the
// line after the one in which the broken field begins: a forgotten quote costs one record, not the
// rest.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace perennial::transfer {

enum class Encoding : std::uint8_t { utf8, windows_1252, iso_8859_1 };

struct CsvFormat {
    char delimiter = ',';
    Encoding encoding = Encoding::utf8;
    std::size_t field_bytes_max = 64 * 1024;
    std::size_t fields_max = 4096;
};

struct CsvError {
    std::uint64_t line = 0;    ///< physical line, 1-based
    std::uint64_t column = 0;  ///< character within that line, 1-based
    std::string reason;
};

/// Refuses what is not plain text of one byte a character (gzip, zip and spreadsheets, UTF-16, lone
/// CR line ends), saying what to do.
Result<void> check_is_csv(std::string_view content);

class CsvReader {
  public:
    enum class Step : std::uint8_t { record, error, end };

    CsvReader(std::string_view content, CsvFormat format);

    /// From now on a record with another number of fields is an error. 0 = any.
    void expect_fields(std::size_t count) { expected_ = count; }

    Step next();

    /// Of the last record; after an error, the fields before the broken one (for a wrong number of
    /// fields or a wrong character: all). Valid until the next call.
    std::span<const std::string_view> fields() const { return fields_; }
    const CsvError& error() const { return error_; }

    std::uint64_t line() const { return record_line_; }  ///< physical line of its first byte
    std::uint64_t offset() const { return bytes_to(record_begin_); }  ///< of its first byte
    std::uint64_t position() const { return bytes_to(at_); }          ///< bytes read, for progress

    std::uint64_t position_line() const { return line_; }  ///< of that position

    /// Goes on at the record that begins there.
    void seek(std::uint64_t offset, std::uint64_t line);

  private:
    enum class Field : std::uint8_t { more, last, broken };

    Field read_field();
    Field read_quoted();
    Step finish_record();
    void broken(const char* at, std::uint64_t line, const char* line_begin, std::string reason);
    void wrong_text(const char* at, std::string reason);
    bool has_plain_text() const;
    bool check_utf8();
    bool convert_single_byte();
    void begin_line(const char* at, std::uint64_t line);
    void after_line_end();
    std::string& scratch();
    std::uint64_t bytes_to(const char* at) const { return static_cast<std::uint64_t>(at - begin_); }
    std::uint64_t column_of(const char* line_begin, const char* at) const;

    const char* begin_;
    const char* end_;
    const char* at_;
    const char* line_begin_ = nullptr;  // the physical line that holds at_
    const char* line_end_ = nullptr;    // its '\n' or end_
    std::uint64_t line_ = 1;
    CsvFormat format_;
    std::size_t expected_ = 0;
    std::vector<std::string_view> fields_;
    std::deque<std::string> scratch_;  // unescaped and converted fields of this record
    std::size_t scratch_used_ = 0;
    std::uint64_t record_line_ = 0;
    const char* record_begin_ = nullptr;
    CsvError error_;
};

/// Appends one field of a CSV file that we write, quoted where it must be.
void append_csv_field(std::string& out, std::string_view field);

}  // namespace perennial::transfer
