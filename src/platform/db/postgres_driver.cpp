#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "platform/db/driver.hpp"
#include "platform/db/postgres_forms.hpp"
#include "platform/db/postgres_pool.hpp"

namespace perennial::db {

namespace {

std::int64_t rows_changed(const PostgresResult& result) {
    const std::string_view text = PQcmdTuples(result.get());
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

void for_each_row(const PostgresResult& result, RowCallback callback) {
    const int rows = PQntuples(result.get());
    const int width = PQnfields(result.get());
    std::vector<Value> columns(static_cast<std::size_t>(width));
    for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < width; ++i) {
            Value& column = columns[static_cast<std::size_t>(i)];
            if (PQgetisnull(result.get(), row, i) != 0) {
                column = Value();
                continue;
            }
            const auto size = static_cast<std::size_t>(PQgetlength(result.get(), row, i));
            column = decode(PQftype(result.get(), i), {PQgetvalue(result.get(), row, i), size});
        }
        callback(Row(columns));
    }
}

/// Two who insert the same keys must meet them in the same order.
std::vector<std::size_t> in_order_of(const Rows& rows, std::span<const std::size_t> columns) {
    auto order = in_given_order(rows);
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        for (const std::size_t column : columns) {
            const Value& left = rows.row(a)[column];
            const Value& right = rows.row(b)[column];
            if (value_less(left, right)) return true;
            if (value_less(right, left)) return false;
        }
        return false;
    });
    return order;
}

std::vector<std::size_t> positions(const std::vector<const char*>& names,
                                   const std::vector<const char*>& among) {
    std::vector<std::size_t> out;
    for (const char* name : names) {
        const auto found = std::ranges::find(among, std::string_view(name),
                                             [](const char* n) { return std::string_view(n); });
        if (found != among.end()) out.push_back(static_cast<std::size_t>(found - among.begin()));
    }
    return out;
}

class PostgresTx final : public WriteTx {
  public:
    PostgresTx(PostgresPool& pool, PostgresForms& forms, int buckets, const char* begin)
        : forms_(forms), buckets_(buckets), on_(pool) {
        on_->trim_statements();
        on_->send(begin);
    }

    ~PostgresTx() override {
        if (is_over_ || on_->is_broken()) return;
        try {
            if (on_->has_pending()) on_->receive();
        } catch (const Failure&) {  // rolled back below
        }
        try {
            if (on_->is_broken()) return;
            on_->send("ROLLBACK");
            on_->receive();
        } catch (const Failure&) {  // the connection is dropped, and so is the transaction
        }
    }

    Dialect dialect() const override { return Dialect::postgres; }
    int buckets() const override { return buckets_; }

    void query(std::string_view sql, std::span<const Value> parameters,
               RowCallback callback) override {
        send(sql, parameters);
        for_each_row(on_->receive(), callback);
    }

    std::int64_t execute(std::string_view sql, std::span<const Value> parameters) override {
        send(sql, parameters);
        return rows_changed(on_->receive());
    }

    std::int64_t insert(const Insert& form, const Rows& rows) override {
        CHECK(rows.width() == form.columns.size());
        if (rows.empty()) return 0;
        const PostgresForm& text = text_of(form);
        const auto keys = positions(form.or_ignore, form.columns);
        send(&form, text, rows, keys.empty() ? in_given_order(rows) : in_order_of(rows, keys));
        if (!form.or_ignore.empty() && form.or_add.empty()) return rows_changed(on_->receive());
        // All rows or a failure: the answer can wait for the next one that is needed.
        return static_cast<std::int64_t>(rows.count());
    }

    std::int64_t update(const Update& form, const Rows& rows) override {
        CHECK(rows.width() == form.keys.size() + form.set.size() + form.add.size());
        if (rows.empty()) return 0;
        // Rows are locked in key order everywhere.
        send(&form, text_of(form), rows, in_key_order(rows, form.keys.size()));
        return rows_changed(on_->receive());
    }

    void select(const Select& form, const Rows& keys, RowCallback callback) override {
        CHECK(keys.width() == form.keys.size());
        const auto order = distinct_in_key_order(keys);
        if (order.empty()) return;
        send(&form, text_of(form), keys, order);
        for_each_row(on_->receive(), callback);
    }

    std::int64_t remove(const Delete& form, const Rows& keys) override {
        CHECK(keys.width() == form.keys.size());
        const auto order = distinct_in_key_order(keys);
        if (order.empty()) return 0;
        send(&form, text_of(form), keys, order);
        return rows_changed(on_->receive());
    }

    void commit() override {
        CHECK(!is_over_);
        try {
            on_->send("COMMIT");
        } catch (const Failure& failure) {  // some of it may have left
            throw Failure(Failure::Kind::unknown, failure.what());
        }
        const PostgresResult result = on_->receive(true);
        is_over_ = true;
        if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
            throw Failure(Failure::Kind::error,
                          "PostgreSQL: COMMIT of a transaction in which a statement has failed");
        }
    }

  private:
    void send(std::string_view sql, std::span<const Value> parameters) {
        if (parameters.empty() && !is_worth_preparing(sql)) {
            on_->send(with_numbered_parameters(sql, {}).c_str());
            return;
        }
        PostgresParameters encoded;
        for (const Value& value : parameters) {
            switch (value.kind) {
                case Value::Kind::null:
                    break;
                case Value::Kind::integer:
                    encoded.add(big_endian(value.integer));
                    break;
                case Value::Kind::text:
                case Value::Kind::blob:
                    encoded.add_view(value.bytes);
                    break;
            }
        }
        on_->send(on_->statement(sql, parameters), encoded);
    }

    void send(const void* form, const PostgresForm& text, const Rows& rows,
              std::span<const std::size_t> order) {
        PostgresParameters arrays;
        for (std::size_t column = 0; column < rows.width(); ++column) {
            arrays.add(encode_array(rows, order, column, text.types[column], text.columns[column]));
        }
        PostgresStatement& statement = on_->statement(form);
        if (statement.sql.empty()) {
            statement.sql = text.sql;
            for (const Oid type : text.types) {
                statement.parameter_types.push_back(array_type_of(type));
            }
        }
        on_->send(statement, arrays);
    }

    static bool is_worth_preparing(std::string_view sql) {
        return changes_rows(sql) || starts_with_word(sql, "select");
    }

    template <class Form>
    const PostgresForm& text_of(const Form& form) {
        return forms_.of(form, [this](const char* table) { return column_types(table); });
    }

    ColumnTypes column_types(const char* table) {
        ColumnTypes types;
        query(
            "SELECT attname::text, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = "
            "pg_catalog.to_regclass(?) AND attnum > 0 AND NOT attisdropped",
            std::array{Value(table)},
            [&](const Row& row) { types.emplace(row.text(0), static_cast<Oid>(row.integer(1))); });
        return types;
    }

    PostgresForms& forms_;
    int buckets_;
    PostgresPool::Lease on_;
    bool is_over_ = false;
};

class PostgresDatabase final : public DriverDatabase {
  public:
    PostgresDatabase(const std::string& url, const OpenOptions& options)
        : writers_({.url = url, .is_writer = true}, options.writers),
          readers_({.url = url, .is_writer = false}, options.readers),
          is_read_only_(options.read_only) {
        const PostgresPool::Lease connection(readers_);
        PGconn* handle = connection->handle();
        if (const std::string_view encoding = PQparameterStatus(handle, "server_encoding");
            encoding != "UTF8") {
            throw Failure(Failure::Kind::unavailable,
                          fmt::format("PostgreSQL: the database {} has the encoding {}; make one "
                                      "with ENCODING 'UTF8'",
                                      PQdb(handle), encoding));
        }
        constexpr int oldest = 120'000;
        if (PQserverVersion(handle) < oldest) {
            throw Failure(Failure::Kind::unavailable, "PostgreSQL: version 12 or later is needed");
        }
        description_ = fmt::format("PostgreSQL {} database {} at {}:{} as {}",
                                   PQparameterStatus(handle, "server_version"), PQdb(handle),
                                   PQhost(handle), PQport(handle), PQuser(handle));
    }

    Dialect dialect() const override { return Dialect::postgres; }

    std::unique_ptr<WriteTx> begin_write() override {
        if (is_read_only_) {
            throw Failure(Failure::Kind::error, "the database was opened for reading only");
        }
        return std::make_unique<PostgresTx>(writers_, forms_, buckets(),
                                            "BEGIN ISOLATION LEVEL READ COMMITTED");
    }

    std::unique_ptr<WriteTx> begin_migration() override {
        auto tx = begin_write();
        tx->execute("SET LOCAL statement_timeout = 0", {});
        tx->execute("SET LOCAL lock_timeout = 0", {});
        return tx;
    }

    void read(FunctionRef<void(Tx&)> body) override {
        PostgresTx tx(readers_, forms_, buckets(),
                      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        body(tx);
    }

    void between_batches() override {}

    Result<void> backup_to(const std::string&) override {
        return refuse(error::not_implemented,
                      "PostgreSQL has its own tools for this: pg_dump for one database, "
                      "pg_basebackup for the whole server");
    }

    std::string describe() const override { return description_; }

  private:
    PostgresPool writers_;
    PostgresPool readers_;
    PostgresForms forms_;
    std::string description_;
    bool is_read_only_;
};

}  // namespace

std::unique_ptr<DriverDatabase> connect_postgres(const std::string& url,
                                                 const OpenOptions& options) {
    return std::make_unique<PostgresDatabase>(url, options);
}

}  // namespace perennial::db
