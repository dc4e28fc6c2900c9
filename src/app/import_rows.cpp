#include "app/import_rows.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <semaphore>

#include "app/import_parts.hpp"
#include "app/local_api.hpp"
#include "modules/claims/store.hpp"
#include "modules/customers/commands.hpp"
#include "modules/transfer/mapped_file.hpp"
#include "modules/transfer/table_rows.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t rows_max = 5'000'000;
constexpr std::ptrdiff_t in_flight_max = 1024;
constexpr std::size_t slice_rows = 1000;

struct Opened {
    transfer::MappedFile file;
    transfer::Table table;
};

Result<Opened> open(const RowImportOptions& options, std::span<const transfer::TableColumn> columns) {
    Opened out;
    transfer::TableOptions how;
    if (!options.mapping_file.empty()) {
        TRY(mapping, read_json_file(options.mapping_file));
        TRY(read, transfer::read_table_mapping(mapping, columns));
        how = std::move(read);
    }
    how.rows_max = rows_max;
    TRY(file, transfer::MappedFile::open(options.file));
    out.file = std::move(file);
    TRY(table, transfer::read_table(out.file.text(), columns, how));
    out.table = std::move(table);
    return out;
}

std::string reason_of(const http::Response& response) {
    if (auto body = parse_json(response.body); body && body->is_object())
        for (const char* name : {"details", "message"})
            if (const json::value* text = body->get_object().if_contains(name);
                text != nullptr && text->is_string())
                return std::string(text->get_string());
    return response.body;
}

std::string text_of(const json::object& row, std::string_view name) {
    const json::value* value = row.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

// What both imports count, and the file of what was wrong.
class Run {
  public:
    explicit Run(const RowImportOptions& options)
        : errors_(options.errors_file.empty() ? options.file + ".errors.csv" : options.errors_file),
          bar_(options.progress) {}

    void refuse_row(std::int64_t line, const std::string& who, const std::string& reason) {
        const std::lock_guard lock(mutex_);
        ++report_.refused;
        issues_.push_back({static_cast<std::uint64_t>(line), "", who, reason,
                           transfer::Consequence::order_not_imported});
    }
    void refuse_row(std::int64_t line, const std::string& who, const Error& error) {
        std::string reason =
            error.details.empty() ? std::string(error.code->message) : error.details;
        for (std::size_t i = 1; i < error.issues.size(); ++i)
            reason += fmt::format("; {} {}", error.issues[i].pointer, error.issues[i].message);
        refuse_row(line, who, reason);
    }
    /// False: the database has stopped the import.
    bool settle(std::int64_t line, const std::string& who, const http::Response& response) {
        if (response.status < 300) return true;
        if (response.status < 500) {
            refuse_row(line, who, reason_of(response));
        } else {
            const std::lock_guard lock(mutex_);
            failure_ = reason_of(response);
        }
        return false;
    }
    void wrong_rows(const transfer::Table& table) {
        for (const transfer::WrongRow& wrong : table.wrong) refuse_row(wrong.line, "", wrong.error);
        report_.rows = std::ssize(table.rows) + std::ssize(table.wrong);
    }
    bool failed() {
        const std::lock_guard lock(mutex_);
        return failure_.has_value();
    }
    Result<RowImportReport> end() {
        if (failure_)
            return refuse(import_failed,
                          fmt::format("The database stopped the import: {}. Run it again: nothing is "
                                      "done twice",
                                      *failure_));
        std::ranges::sort(issues_, {}, &transfer::ImportIssue::line);
        for (const transfer::ImportIssue& issue : issues_) errors_.add(issue);
        if (errors_.count() > 0) report_.errors_file = errors_.path();
        return report_;
    }
    template <class Change>
    void count(Change change) {
        const std::lock_guard lock(mutex_);
        change(report_);
    }
    ProgressBar& bar() { return bar_; }

  private:
    std::mutex mutex_;
    RowImportReport report_;
    std::vector<transfer::ImportIssue> issues_;
    std::optional<std::string> failure_;
    ErrorsFile errors_;
    ProgressBar bar_;
};

struct BalanceRow {
    std::int64_t line = 0;
    std::string customer;
    std::string card;
    std::string program;
    std::string body;  ///< of the balance's route
    std::string key;
    std::int64_t points = 0;
    std::string who() const { return customer.empty() ? card : customer; }
};

// Everything that the row itself gets wrong, in words; nothing when it is right.
std::optional<std::string> read_balance(const json::object& row, const std::string& only_program,
                                        std::map<std::string, int>& said, BalanceRow& out) {
    out.customer = text_of(row, "customer");
    out.card = text_of(row, "card");
    out.program = text_of(row, "program");
    if (out.program.empty()) out.program = only_program;
    const json::value* points = row.if_contains("points");
    const std::string expires = text_of(row, "expires_on");
    const std::string reason = text_of(row, "reason");
    if (out.customer.empty() == out.card.empty()) return "names a customer or a card, one of them";
    if (!out.customer.empty() && out.program.empty())
        return "names no program, and there is more than one";
    if (points == nullptr) return "has no points";
    out.points = points->as_int64();
    if (out.points <= 0 || out.points > value_max) return "points must be above 0";
    if (!expires.empty() && !Date::parse(expires)) return "expires_on must be a date as 2030-12-31";
    if (reason.size() > 255) return "reason has more than 255 bytes";
    out.key = text_of(row, "key");
    if (out.key.empty()) {
        const std::string content = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", out.customer, out.card,
                                                out.program, out.points, expires, reason);
        out.key = transfer::fingerprint(fmt::format("{}\n{}", content, ++said[content]));
    }
    out.key = "import:" + out.key;
    if (out.key.size() > 255) return "key has more than 248 bytes";
    json::object body{{"points", out.points}, {"source_id", out.key}};
    if (!expires.empty()) {
        body["expiration_type"] = "CUSTOM_DATE";
        body["expiration_date"] = expires;
    }
    body["reason"] = reason.empty() ? "Opening balance" : reason;
    out.body = perennial::to_text(body);
    return std::nullopt;
}

// Which of the keys an earlier run has used already.
bool is_done(db::Tx& tx, projects::ProjectNumber project, const std::string& key) {
    return !claims::find(tx, {project, claims::Kind::transaction, key}).is_nil();
}

void import_slice(Engine& engine, projects::ProjectNumber project, LocalApi& api, Run& run,
                  std::span<BalanceRow> rows) {
    engine.database().read([&](db::Tx& tx) {
        for (BalanceRow& row : rows)
            if (is_done(tx, project, row.key)) {
                row.body.clear();
                run.count([](RowImportReport& report) { ++report.repeated; });
            }
    });
    // First everybody becomes a member, then everybody gets points: two batches a slice.
    for (BalanceRow& row : rows) {
        if (row.body.empty() || row.customer.empty()) continue;
        api.post(http::Method::post,
                 fmt::format("/v1/loyalties/{}/members", http::percent_encode(row.program)),
                 perennial::to_text(json::object{{"customer", {{"source_id", row.customer}}}}), std::nullopt,
                 [&](Engine::Outcome outcome) {
                     if (run.settle(row.line, row.who(), outcome.response)) {
                         const json::value card = json::parse(outcome.response.body);
                         row.card = std::string(card.at("code").as_string());
                     } else {
                         row.body.clear();
                     }
                 });
    }
    engine.committer().drain();
    for (BalanceRow& row : rows) {
        if (row.body.empty()) continue;
        const std::string path =
            row.program.empty()
                ? fmt::format("/v1/loyalties/members/{}/balance", http::percent_encode(row.card))
                : fmt::format("/v1/loyalties/{}/members/{}/balance",
                              http::percent_encode(row.program), http::percent_encode(row.card));
        api.post(http::Method::post, path, row.body, std::nullopt, [&](Engine::Outcome outcome) {
            if (run.settle(row.line, row.who(), outcome.response))
                run.count([&](RowImportReport& report) {
                    ++report.done;
                    report.points += row.points;
                });
        });
    }
    engine.committer().drain();
}

}  // namespace

Result<RowImportReport> import_customers(Engine& engine, projects::ProjectNumber project,
                                         const RowImportOptions& options) {
    TRY(opened, open(options, transfer::customer_columns()));
    Run run(options);
    run.wrong_rows(opened.table);
    std::counting_semaphore<in_flight_max> room(in_flight_max);
    const std::size_t count = opened.table.rows.size();
    for (std::size_t i = 0; i < count && !run.failed(); ++i) {
        const transfer::TableRow& row = opened.table.rows[i];
        const std::string who = text_of(row.body, "source_id");
        auto command = customers::upsert_row(row.body, project);
        if (!command) {
            run.refuse_row(row.line, who, command.error());
            continue;
        }
        Engine::Wish wish;
        wish.project = project;
        wish.actor = {"import", projects::Role::admin, "IMPORT"};
        wish.request_id = "v-import";
        wish.command = *std::move(command);
        room.acquire();
        CHECK(engine.submit(std::move(wish), [&run, &room, who, line = row.line](Engine::Outcome o) {
            if (run.settle(line, who, o.response))
                run.count([](RowImportReport& report) { ++report.done; });
            room.release();
        }));
        run.bar().show("importing", i + 1, count);
    }
    engine.committer().drain();
    return run.end();
}

Result<RowImportReport> import_balances(Engine& engine, projects::ProjectNumber project,
                                        const RowImportOptions& options) {
    TRY(opened, open(options, transfer::balance_columns()));
    std::string only_program;
    engine.database().read([&](db::Tx& tx) {
        const auto snapshot = engine.cache().load(tx, project);
        const auto& programs = snapshot->all(projects::definition_kind::campaign);
        if (programs.size() == 1) only_program = programs.front()->name;
    });
    Run run(options);
    run.wrong_rows(opened.table);
    LocalApi api(engine, project);
    std::map<std::string, int> said;
    std::vector<BalanceRow> rows;
    const std::size_t count = opened.table.rows.size();
    for (std::size_t i = 0; i < count; ++i) {
        const transfer::TableRow& row = opened.table.rows[i];
        BalanceRow balance;
        balance.line = row.line;
        if (auto wrong = read_balance(row.body, only_program, said, balance))
            run.refuse_row(row.line, balance.who(), *wrong);
        else
            rows.push_back(std::move(balance));
        if (rows.size() < slice_rows && i + 1 < count) continue;
        import_slice(engine, project, api, run, rows);
        rows.clear();
        if (run.failed()) break;
        run.bar().show("importing", i + 1, count);
    }
    return run.end();
}

std::string to_text(const RowImportReport& r) {
    std::string out = fmt::format("{} rows read, {} imported, {} refused\n", r.rows, r.done, r.refused);
    if (r.repeated > 0) out += fmt::format("{} were there from an earlier run\n", r.repeated);
    if (r.points > 0) out += fmt::format("{} points added\n", r.points);
    if (!r.errors_file.empty()) out += fmt::format("details: {}\n", r.errors_file);
    return out;
}

}  // namespace perennial::app
