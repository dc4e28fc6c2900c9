// One body of a store test, on every kind of database the product runs on:
//
//   class CardsTest : public test::DatabaseTest {};
//   PERENNIAL_ON_ALL_DATABASES(CardsTest);
//   TEST_P(CardsTest, Earns) { auto tx = database().begin_write(); … }
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "platform/db/database.hpp"
#include "tests/support/postgres.hpp"

namespace perennial::test {

struct Flavour {
    const char* name;
    db::Dialect dialect;
    int buckets;
};

inline constexpr Flavour all_flavours[] = {{"sqlite", db::Dialect::sqlite, 1},
                                           {"sqlite_4", db::Dialect::sqlite, 4},
                                           {"postgres", db::Dialect::postgres, 256},
                                           {"postgres_1", db::Dialect::postgres, 1}};

/// An empty folder that goes away with it.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A new database with the current schema for each test.
class DatabaseTest : public testing::TestWithParam<Flavour> {
  protected:
    void SetUp() override;
    void TearDown() override;

    db::Database& database() { return *database_; }
    bool is_postgres() const { return GetParam().dialect == db::Dialect::postgres; }
    const std::string& url() const { return url_; }
    db::OpenOptions open_options() const;
    /// Closes and opens it again.
    void reopen();
    /// Runs statements written in the words of migrations ($int …) in one transaction.
    void define(const std::string& sql);

  private:
    TemporaryFolder folder_;
    PostgresDatabase* postgres_ = nullptr;  // lives as long as the process
    std::string url_;
    std::unique_ptr<db::Database> database_;
};

std::string flavour_name(const testing::TestParamInfo<Flavour>& info);

}  // namespace perennial::test

#define PERENNIAL_ON_ALL_DATABASES(suite)                                                 \
    INSTANTIATE_TEST_SUITE_P(On, suite, testing::ValuesIn(perennial::test::all_flavours), \
                             perennial::test::flavour_name)
