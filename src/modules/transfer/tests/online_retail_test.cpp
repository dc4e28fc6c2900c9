// The whole way over a shop's file: assembly and matching of returns, held against
// tests/online_retail/check_points.py, which shares no code with it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/transfer/order_assembly.hpp"
#include "modules/transfer/return_matching.hpp"

namespace perennial::transfer {
namespace {

namespace fs = std::filesystem;
const fs::path source = PERENNIAL_SOURCE_DIR;

fs::path shared() {
    const char* told = std::getenv("PERENNIAL_SHARED");
    return told != nullptr ? fs::path(told) : source.parent_path() / "shared";
}

bool shell(const std::string& command) {
    return std::system(command.c_str()) == 0;
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "perennial-transfer-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~TemporaryFolder() { fs::remove_all(path_); }
    fs::path operator/(std::string_view name) const { return path_ / name; }

  private:
    fs::path path_;
};

struct Figures {
    std::map<std::string, std::int64_t> values;
    ImportSummary summary;
};

struct KeptOrder {
    std::string customer;
    std::vector<ImportedLine> lines;
};

// One point for each full pound of what is left of each order.
std::int64_t points(const std::vector<KeptOrder>& orders, const std::vector<BoughtLine>& left) {
    std::vector<std::int64_t> pennies(orders.size());
    for (const BoughtLine& line : left) {
        const ImportedLine& bought = orders[line.order].lines[line.line];
        pennies[line.order] += *minor_units(*bought.unit_price, line.quantity_left, 2);
    }
    std::int64_t sum = 0;
    for (std::int64_t amount : pennies) sum += amount / 100;
    return sum;
}

Figures import(const fs::path& path) {
    Figures out;
    const auto mapping = parse_json(text_of(source / "examples/online-retail/mapping.json"));
    auto file = OrderFile::open(path.string(), *mapping);
    EXPECT_TRUE(file.has_value()) << file.error().details;
    EXPECT_TRUE(file->index([](const ImportIssue&) {}).has_value());
    out.summary = file->summary();
    auto& values = out.values;
    std::vector<KeptOrder> orders;
    std::map<std::string, std::vector<BoughtLine>> bought;  // by customer
    std::int64_t before = 0;
    for (std::size_t n = 0; n < file->count(); ++n) {
        auto order = *file->order(n);
        if (!order.customer) continue;
        const auto lines = static_cast<std::int64_t>(order.lines.size());
        if (order.is_return) {
            values["returns"] += 1;
            values["return_lines"] += lines;
            values["returned_pennies"] += order.amount();
            std::vector<ReturnedLine> returned;
            for (const ImportedLine& line : order.lines)
                returned.push_back({line.sku, line.quantity});
            for (const auto& match : match_return(bought[*order.customer], returned, order.time))
                values[match ? "matched_lines" : "unmatched_lines"] += 1;
            continue;
        }
        values["orders"] += 1;
        values["order_lines"] += lines;
        values["order_pennies"] += order.amount();
        before += order.amount() / 100;
        orders.push_back({*order.customer, std::move(order.lines)});
        std::uint32_t index = 0;
        for (const ImportedLine& line : orders.back().lines)
            bought[*order.customer].push_back({order.time,
                                               static_cast<std::uint32_t>(orders.size() - 1),
                                               index++, line.sku, line.quantity, line.line});
    }
    // The SKUs point into the lines, which moved with their vectors and not in memory.
    std::vector<BoughtLine> left;
    for (const auto& [customer, lines] : bought)
        left.insert(left.end(), lines.begin(), lines.end());
    std::set<std::string> customers;
    for (const KeptOrder& order : orders) customers.insert(order.customer);
    values["customers"] = static_cast<std::int64_t>(customers.size());
    values["points_before"] = before;
    values["points_after"] = points(orders, left);
    return out;
}

TEST(TransferOnlineRetail, generated_file_agrees_with_the_independent_check) {
    if (!shell("python3 --version > /dev/null 2>&1")) GTEST_SKIP() << "python3 is missing";
    const TemporaryFolder folder;
    const std::string scripts = (source / "tests/online_retail").string();
    for (const int seed : {1, 2, 3}) {
        const std::string csv = (folder / "shop.csv").string();
        const std::string json = (folder / "check.json").string();
        ASSERT_TRUE(
            shell(fmt::format("python3 '{}/generate.py' --seed {} > '{}'", scripts, seed, csv)));
        ASSERT_TRUE(
            shell(fmt::format("python3 '{}/check_points.py' '{}' > '{}'", scripts, csv, json)));
        const Figures figures = import(csv);
        const json::value check = *parse_json(text_of(json));
        EXPECT_EQ(figures.summary.errors, 0U);
        EXPECT_GT(figures.values.at("unmatched_lines"), 0);
        EXPECT_LT(figures.values.at("points_after"), figures.values.at("points_before"));
        for (const auto& [name, value] : figures.values)
            EXPECT_EQ(value, check.at(name).as_int64()) << name << ", seed " << seed;
    }
}

TEST(TransferOnlineRetail, real_file_has_the_known_figures) {
    const fs::path packed = shared() / "data/online_retail/online_retail.csv.gz";
    if (!fs::exists(packed)) GTEST_SKIP() << "the real file is not here";
    const TemporaryFolder folder;
    const std::string csv = (folder / "shop.csv").string();
    ASSERT_TRUE(shell(fmt::format("gzip -dc '{}' > '{}'", packed.string(), csv)));
    const Figures figures = import(csv);
    const std::map<std::string, std::int64_t> wanted{
        // Written by check_points.py over the same file.
        {"orders", 18536},
        {"order_lines", 397924},
        {"customers", 4339},
        {"order_pennies", 891140790},
        {"returns", 3654},
        {"return_lines", 8905},
        {"returned_pennies", 61134209},
        {"matched_lines", 7471},
        {"unmatched_lines", 1434},
        {"points_before", 8902670},
        {"points_after", 8397383}};
    EXPECT_EQ(figures.values, wanted);
    EXPECT_EQ(figures.summary.records, 541909U);
    EXPECT_EQ(figures.summary.errors, 0U);
    EXPECT_EQ(figures.summary.notes, 43U);
    EXPECT_EQ(figures.summary.lines_adjustment, 2111U);  // 3 bad debts, 2,108 lines of stock
    EXPECT_EQ(figures.summary.orders_without_customer, 1427U);
    EXPECT_EQ(figures.summary.returns_without_customer, 182U);
}

}  // namespace
}  // namespace perennial::transfer
