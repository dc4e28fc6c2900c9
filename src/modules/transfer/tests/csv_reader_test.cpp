#include "modules/transfer/csv_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "modules/transfer/mapped_file.hpp"

namespace perennial::transfer {
namespace {

// One text a step: "3: a|b" for a record of line 3, "3:5 reason" for an error.
std::vector<std::string> read(std::string_view content, CsvFormat format = {},
                              std::size_t expected = 0) {
    CsvReader reader(content, format);
    reader.expect_fields(expected);
    std::vector<std::string> out;
    while (true) {
        const auto step = reader.next();
        if (step == CsvReader::Step::end) return out;
        if (step == CsvReader::Step::error) {
            out.push_back(fmt::format("{}:{} {}", reader.error().line, reader.error().column,
                                      reader.error().reason));
            continue;
        }
        out.push_back(fmt::format("{}: {}", reader.line(), fmt::join(reader.fields(), "|")));
    }
}

using Steps = std::vector<std::string>;

TEST(TransferCsv, reads_plain_and_quoted_fields) {
    EXPECT_EQ(read("a,b\n1,2\n"), (Steps{"1: a|b", "2: 1|2"}));
    EXPECT_EQ(read("a,b\r\n\"1\",\"2,3\"\r\n"), (Steps{"1: a|b", "2: 1|2,3"}));
    EXPECT_EQ(read("\"say \"\"hi\"\"\",\"\"\"\"\n"), (Steps{"1: say \"hi\"|\""}));
    EXPECT_EQ(read("\"\",\n"), (Steps{"1: |"}));
    EXPECT_EQ(read("a,b"), (Steps{"1: a|b"}));
    EXPECT_EQ(read("\"a\""), (Steps{"1: a"}));
    EXPECT_EQ(read("\"a\"\r"), (Steps{"1: a"}));
    EXPECT_EQ(read(""), Steps{});
    EXPECT_EQ(read("\n\r\n\n"), Steps{});
}

TEST(TransferCsv, quote_inside_an_unquoted_field_is_text) {
    EXPECT_EQ(read("5\" nail,b\n"), (Steps{"1: 5\" nail|b"}));
}

TEST(TransferCsv, counts_physical_lines_over_breaks_and_empty_lines) {
    EXPECT_EQ(read("\"a\nb\",c\n\nd,e\n\"f\r\ng\",h\ni,j\n"),
              (Steps{"1: a\nb|c", "4: d|e", "5: f\r\ng|h", "7: i|j"}));
}

TEST(TransferCsv, skips_the_byte_order_mark) {
    EXPECT_EQ(read("\xEF\xBB\xBF\"a\",b\n"), (Steps{"1: a|b"}));
}

TEST(TransferCsv, takes_other_delimiters) {
    for (char delimiter : {';', '\t', '|'}) {
        const std::string text = fmt::format("a{0}\"b{0}c\"{0}1,5\n", delimiter);
        CsvReader reader(text, {.delimiter = delimiter});
        ASSERT_EQ(reader.next(), CsvReader::Step::record);
        EXPECT_EQ(reader.fields()[1], fmt::format("b{}c", delimiter));
        EXPECT_EQ(reader.fields()[2], "1,5");
    }
}

TEST(TransferCsv, goes_on_after_broken_quotes) {
    EXPECT_EQ(read("a,\"b\" c,d\ne,f\n"), (Steps{"1:6 text after the closing quote", "2: e|f"}));
    EXPECT_EQ(read("1,\"never closed\n2,b\n3,c\n"),
              (Steps{"1:3 the quote that opens here is never closed", "2: 2|b", "3: 3|c"}));
    // The next quote of the file closes it, two lines on: still only line 1 is lost.
    EXPECT_EQ(read("1,\"open\n2,b\n3,\"c\"\n4,d\n"),
              (Steps{"3:4 text after the closing quote; is a quote missing in line 1?", "2: 2|b",
                     "3: 3|c", "4: 4|d"}));
    EXPECT_EQ(read("\"", {}), (Steps{"1:1 the quote that opens here is never closed"}));
    EXPECT_EQ(read("\"\"\"", {}), (Steps{"1:1 the quote that opens here is never closed"}));
}

TEST(TransferCsv, fields_before_the_broken_one_are_there) {
    CsvReader reader("536365,x,\"b\" c\n", {});
    ASSERT_EQ(reader.next(), CsvReader::Step::error);
    ASSERT_EQ(reader.fields().size(), 2U);
    EXPECT_EQ(reader.fields()[0], "536365");
}

TEST(TransferCsv, refuses_another_number_of_fields) {
    EXPECT_EQ(read("1,2\n1\n1,2,3\n1,2\n", {}, 2),
              (Steps{"1: 1|2", "2:1 1 field where the header has 2",
                     "3:1 3 fields where the header has 2", "4: 1|2"}));
}

TEST(TransferCsv, refuses_wrong_bytes_and_names_the_place) {
    EXPECT_EQ(read("a,b\n\xC2\xA3,1\nx,\xA3 1\ny,z\n"),
              (Steps{"1: a|b", "2: \xC2\xA3|1",
                     "3:3 byte 0xA3 is not UTF-8; is the file in windows-1252 (\"encoding\" of the "
                     "mapping)?",
                     "4: y|z"}));
    EXPECT_EQ(read(std::string_view("a\0b,c\nd,e\n", 10)), (Steps{"1:2 a NUL byte", "2: d|e"}));
    EXPECT_EQ(read("\"a\nb\xFF\",c\n")[0].substr(0, 13), "2:2 byte 0xFF");
    EXPECT_EQ(read("a,\xE2\x82")[0].substr(0, 13), "1:3 byte 0xE2");
    // Columns count characters, not bytes.
    EXPECT_EQ(read("\xC2\xA3\xC2\xA3,\"x\"y\n")[0], "1:7 text after the closing quote");
}

TEST(TransferCsv, converts_single_byte_encodings) {
    EXPECT_EQ(read("\xA3 5,\x80,\"\x93\"\"x\"\n", {.encoding = Encoding::windows_1252}),
              (Steps{"1: \xC2\xA3 5|\xE2\x82\xAC|\xE2\x80\x9C\"x"}));
    EXPECT_EQ(read("\xA3\x80\n", {.encoding = Encoding::iso_8859_1}),
              (Steps{"1: \xC2\xA3\xC2\x80"}));
    EXPECT_EQ(read("a\x81,b\n", {.encoding = Encoding::windows_1252}),
              (Steps{"1:2 byte 0x81 is no character of windows-1252"}));
}

TEST(TransferCsv, refuses_overlong_fields) {
    const CsvFormat small{.field_bytes_max = 4, .fields_max = 3};
    EXPECT_EQ(read("1234,a\n12345,a\nb\n", small),
              (Steps{"1: 1234|a", "2:1 a field of 5 bytes; the limit is 4", "3: b"}));
    EXPECT_EQ(
        read("\"1234\",a\n\"12345\",a\nb\n", small),
        (Steps{"1: 1234|a", "2:1 the quote that opens here is not closed within 4 bytes", "3: b"}));
    EXPECT_EQ(read("1,2,3,4\nb\n", small), (Steps{"1:7 more than 3 fields", "2: b"}));
}

TEST(TransferCsv, seeks_to_a_record) {
    const std::string_view text = "a,b\n\"c\nd\",e\nf,g\n";
    CsvReader reader(text, {});
    reader.next();
    reader.next();
    const auto offset = reader.offset();
    const auto line = reader.line();
    reader.next();
    reader.next();
    reader.seek(offset, line);
    ASSERT_EQ(reader.next(), CsvReader::Step::record);
    EXPECT_EQ(reader.fields()[0], "c\nd");
    EXPECT_EQ(reader.line(), 2U);
    ASSERT_EQ(reader.next(), CsvReader::Step::record);
    EXPECT_EQ(reader.line(), 4U);
}

TEST(TransferCsv, says_what_to_do_with_other_files) {
    const auto details = [](std::string_view content) {
        const auto result = check_is_csv(content);
        return result ? std::string() : result.error().details;
    };
    EXPECT_EQ(details("a,b\n"), "");
    EXPECT_EQ(details("a"), "");
    EXPECT_EQ(details("a\r"), "");
    EXPECT_NE(details("\x1f\x8b\x08").find("zcat"), std::string::npos);
    EXPECT_NE(details("PK\x03\x04").find("spreadsheet"), std::string::npos);
    EXPECT_NE(details("\xFF\xFE"
                      "a")
                  .find("iconv"),
              std::string::npos);
    EXPECT_NE(details(std::string_view("a\0,\0b\0\n\0", 8)).find("UTF-16"), std::string::npos);
    EXPECT_NE(details("a,b\rc,d\r").find("CR alone"), std::string::npos);
    EXPECT_NE(details("").find("empty"), std::string::npos);
}

TEST(TransferCsv, writes_what_it_reads) {
    std::string out;
    for (std::string_view field : {"plain", "a,b", "say \"hi\"", "two\nlines", ""}) {
        if (!out.empty()) out += ',';
        append_csv_field(out, field);
    }
    EXPECT_EQ(read(out), (Steps{"1: plain|a,b|say \"hi\"|two\nlines|"}));
}

TEST(TransferFile, refuses_what_it_cannot_map) {
    EXPECT_EQ(MappedFile::open("/nowhere/at/all.csv").error().code->key, "import_file_unreadable");
    EXPECT_NE(MappedFile::open("/dev/null").error().details.find("pipe"), std::string::npos);
}

TEST(TransferFile, fingerprint_is_size_and_sha256) {
    EXPECT_EQ(fingerprint("abc"),
              "3-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace perennial::transfer
