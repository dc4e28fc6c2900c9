#include "tests/support/postgres_or_sqlite.hpp"

#include <stdlib.h>

#include <filesystem>
#include <map>
#include <stdexcept>

#include "platform/db/driver.hpp"

namespace perennial::test {

TemporaryFolder::TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "perennial-test-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void DatabaseTest::SetUp() {
    if (is_postgres()) {
        if (const std::string reason = why_no_postgres(); !reason.empty()) GTEST_SKIP() << reason;
        static auto* by_buckets = new std::map<int, std::unique_ptr<PostgresDatabase>>;
        auto& reused = (*by_buckets)[GetParam().buckets];
        if (!reused) reused = std::make_unique<PostgresDatabase>();
        postgres_ = reused.get();
        url_ = postgres_->url();
    } else {
        url_ = folder_ / "test.db";
    }
    reopen();
}

void DatabaseTest::TearDown() {
    database_.reset();
    if (postgres_ != nullptr) postgres_->clean();
}

db::OpenOptions DatabaseTest::open_options() const {
    db::OpenOptions options;
    options.buckets = GetParam().buckets;
    options.writers = 4;
    return options;
}

void DatabaseTest::reopen() {
    database_.reset();
    auto opened = db::open(url_, open_options());
    ASSERT_TRUE(opened.has_value()) << opened.error().details;
    database_ = std::move(*opened);
}

void DatabaseTest::define(const std::string& sql) {
    auto tx = database().begin_write();
    for (const std::string& statement : db::split_statements(db::translate(sql, tx->dialect()))) {
        tx->execute(statement);
    }
    tx->commit();
}

std::string flavour_name(const testing::TestParamInfo<Flavour>& info) {
    return info.param.name;
}

}  // namespace perennial::test
