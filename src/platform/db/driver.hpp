// What the two drivers share behind database.hpp. Only this folder includes it.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/db/migrate.hpp"

namespace perennial::db {

/// The number of buckets is known only after the schema is there.
class DriverDatabase : public Database {
  public:
    int buckets() const override { return buckets_; }
    void set_buckets(int buckets) { buckets_ = buckets; }
    /// A transaction without the usual time limits, for migrations.
    virtual std::unique_ptr<WriteTx> begin_migration() = 0;

  private:
    int buckets_ = 1;
};

/// Both throw Failure; the schema is not looked at.
std::unique_ptr<DriverDatabase> connect_sqlite(const std::string& file, const OpenOptions&);
std::unique_ptr<DriverDatabase> connect_postgres(const std::string& url, const OpenOptions&);

/// Makes `meta` and `schema_migrations` where they are missing, applies what is pending (unless
/// read_only) and sets the buckets. Refuses a database that this binary does not understand.
Result<void> bring_up_to_date(DriverDatabase&, std::span<const Migration>, const OpenOptions&);

/// The statements of a migration's text, comments removed.
std::vector<std::string> split_statements(std::string_view sql);

/// Total order of parameters as both databases sort them: bytes for text ("C") and blobs.
bool value_less(const Value&, const Value&);

/// Numbers of the rows in key order, each key once; rows with a null key are left out, as they
/// equal nothing.
std::vector<std::size_t> distinct_in_key_order(const Rows&);

std::vector<std::size_t> in_given_order(const Rows&);

/// Numbers of the rows in the order of their first `keys` columns; CHECKs that no key comes twice.
std::vector<std::size_t> in_key_order(const Rows&, std::size_t keys);

/// "a, b, c"
std::string joined(std::span<const char* const> names, std::string_view separator = ", ");
/// What follows ON CONFLICT (…) DO.
std::string conflict_text(const Insert&);

/// "INSERT", "select" … compared without case.
bool starts_with_word(std::string_view sql, std::string_view word);

/// Rows changed are meaningful for these.
bool changes_rows(std::string_view sql);

}  // namespace perennial::db
