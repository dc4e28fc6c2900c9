// What the imports of the command line share: the file of what was wrong, and the bar.
#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "base/json.hpp"
#include "modules/transfer/order_assembly.hpp"

namespace perennial::app {

inline constexpr ErrorCode import_failed{"import_failed", ErrorKind::invalid, "Import failed"};

inline Result<json::value> read_json_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return refuse(import_failed, fmt::format("Cannot read {}", path));
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    auto parsed = parse_json(content);
    if (!parsed) parsed.error().details = path + ": " + parsed.error().details;
    return parsed;
}

/// Made with the first mistake.
class ErrorsFile {
  public:
    explicit ErrorsFile(std::string path) : path_(std::move(path)) {}
    void add(const transfer::ImportIssue& issue) {
        if (!out_.is_open()) {
            out_.open(path_, std::ios::binary | std::ios::trunc);
            out_ << transfer::issues_header;
        }
        std::string line;
        transfer::append_issue(line, issue);
        out_ << line;
        ++count_;
    }
    std::size_t count() const { return count_; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    std::ofstream out_;
    std::size_t count_ = 0;
};

/// On stderr, when that is a terminal.
class ProgressBar {
  public:
    explicit ProgressBar(bool on) : on_(on && isatty(STDERR_FILENO) == 1) {}
    void show(std::string_view what, std::uint64_t done, std::uint64_t total) {
        if (!on_ || total == 0) return;
        const auto percent = done * 100 / total;
        if (percent == last_ && what == what_) return;
        last_ = percent;
        what_ = what;
        std::cerr << fmt::format("\r{:<18} [{:<40}] {:>3} %", what,
                                 std::string(static_cast<std::size_t>(percent * 40 / 100), '#'),
                                 percent);
        if (done == total) std::cerr << '\n';
    }

  private:
    bool on_;
    std::uint64_t last_ = 101;
    std::string what_;
};

}  // namespace perennial::app
