// How many stored orders a second a backtest decides on one core, everything included: cards, customers and
// orders read from the database, parsed, and decided under the rules of their time and under a change. Beside
// it the bare loop that reads the same order rows by the same keys and looks at nothing.
// usage: bench_backtest DATABASE MEMBERS ORDERS
#include <fmt/format.h>

#include <time.h>

#include <semaphore>

#include "app/flows/backtest.hpp"
#include "bench/engine.hpp"
#include "modules/projects/store.hpp"

using namespace perennial;

namespace {

constexpr std::string_view program = R"j({
  "campaign": {"name": "Bench", "campaign_type": "LOYALTY_PROGRAM", "auto_join": true,
    "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {"points": 0}}},
  "earning_rules": [
    {"name": "Point per euro", "event": "order.paid", "active": true,
     "source": {"banner": "1 point per euro"},
     "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
       "order": {"amount": {"every": 100, "points": 1}}}},
    {"name": "Welcome", "event": "order.paid", "active": true, "source": {"banner": "Every order"},
     "loyalty": {"type": "FIXED", "points": 5}},
    {"name": "Big cart", "event": "order.paid", "active": true, "source": {"banner": "Big cart"},
     "condition": "order.amount > 5000 && order.items.exists(i, i.quantity >= 3)",
     "loyalty": {"type": "FIXED", "points": 20}}]
})j";

// Of this thread's core, so that what else the machine does is not counted.
double core_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Orders of the last year, one after the other in time, of members in a shuffled order.
void fill(app::Engine& engine, std::int64_t members, std::int64_t orders) {
    app::LocalApi api(engine, 1);
    std::counting_semaphore<2048> room(2048);
    const std::int64_t now = app::machine_now().ms;
    for (std::int64_t n = 0; n < orders; ++n) {
        room.acquire();
        const std::int64_t member = n * 7919 % members;
        const std::int64_t at = now - (orders - n) * (365 * day_ms / orders);
        api.post(http::Method::post, "/v1/orders",
                 fmt::format(R"j({{"source_id":"o-{}","status":"PAID","customer":{{"source_id":"m-{}"}},)j"
                             R"j("items":[{{"product_id":"p-{}","quantity":{},"price":1250}},)j"
                             R"j({{"product_id":"p-{}","quantity":1,"price":{}}},)j"
                             R"j({{"product_id":"p-7","quantity":2,"price":199}}]}})j",
                             n, member, n % 50, 1 + n % 4, 50 + n % 13, 300 + n % 9000),
                 Timestamp{at}, [&](app::Engine::Outcome outcome) {
                     CHECK(outcome.response.status < 300);
                     room.release();
                 });
    }
    engine.committer().drain();
}

// The same order rows by the same keys, in the same slices.
double read_only(app::Engine& engine, std::int64_t& rows) {
    static const db::Select select{
        "orders",
        {"bucket", "project", "id"},
        {"project", "id", "source_id", "customer", "previous", "status", "amount",
         "discount_amount", "returned_amount", "items", "metadata", "decision", "created_at",
         "updated_at", "paid_at", "version"}};
    double taken = 0;
    rows = 0;
    std::vector<RawId> newest;
    engine.database().read([&](db::Tx& tx) {
        tx.query("SELECT last_order FROM customers WHERE last_order IS NOT NULL", {},
                 [&](const db::Row& row) { newest.push_back(row.id(0)); });
    });
    for (std::size_t from = 0; from < newest.size(); from += flows::members_a_read)
        engine.database().read([&](db::Tx& tx) {
            std::vector<RawId> level(
                newest.begin() + static_cast<std::ptrdiff_t>(from),
                newest.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(newest.size(), from + flows::members_a_read)));
            const double start = core_seconds();
            while (!level.empty()) {
                db::Rows keys(3);
                for (const RawId& id : level) keys.add({tx.bucket(id.place()), 1, id});
                std::vector<RawId> before;
                tx.select(select, keys, [&](const db::Row& row) {
                    ++rows;
                    if (!row.is_null(4)) before.push_back(row.id(4));
                });
                level = std::move(before);
            }
            taken += core_seconds() - start;
        });
    return taken;
}

struct Ran {
    double seconds = 0;
    json::object result;
};

// As the job does it.
Ran backtest(app::Engine& engine, const ledger::ProgramId& id, std::string_view changes) {
    Ran out;
    projects::SnapshotPtr snapshot;
    engine.database().read([&](db::Tx& tx) { snapshot = engine.cache().load(tx, 1); });
    const Timestamp now = app::machine_now();
    const json::value parsed = json::parse(changes);
    auto changed = flows::change_program(
        *snapshot, *snapshot->find(projects::definition_kind::campaign, id), parsed.as_object(), now);
    CHECK(changed.has_value());
    const flows::Book today(snapshot, id);
    const flows::Book change(*changed, id);
    const std::vector<flows::Group> groups;
    const flows::BacktestSums::Scene scene{today, change, groups, now};
    flows::Books books(engine.cache(), 1, id);
    flows::BacktestSums sums;
    flows::Replayed one;
    bool done = false;
    const double start = core_seconds();
    while (!done)
        engine.database().read([&](db::Tx& tx) {
            auto histories = flows::load_histories(tx, 1, id, sums.after, flows::members_a_read,
                                                   change.needs_entries || today.needs_entries);
            done = sums.after.id.is_nil();
            const auto book_of = [&](std::int64_t version) -> const flows::Book& {
                return books.at(tx, version);
            };
            for (flows::History& history : histories) {
                const flows::ReplayWish wish{{0}, now, change, true, sums.budgets};
                flows::replay(history, wish, book_of, now, one);
                sums.add(history, one, scene);
            }
        });
    out.seconds = core_seconds() - start;
    out.result = sums.result(scene);
    return out;
}

void say(std::string_view what, const Ran& ran, double floor_per_s) {
    const auto orders = ran.result.at("orders").as_int64();
    const double per_s = static_cast<double>(orders) / ran.seconds;
    fmt::print("{{\"bench\":\"backtest\",\"what\":\"{}\",\"orders\":{},\"orders_per_s\":{:.0f},"
               "\"us_per_order\":{:.2f},\"ratio_to_floor\":{:.2f},\"not_replayed\":{},"
               "\"points\":{},\"changed\":{}}}\n",
               what, orders, per_s, 1e6 / per_s, per_s / floor_per_s,
               ran.result.at("not_replayed").at("count").as_int64(),
               ran.result.at("as_they_were").at("points").as_int64(),
               ran.result.at("changed").at("points").as_int64());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: bench_backtest DATABASE MEMBERS ORDERS\n");
        return 2;
    }
    const auto opened = bench::open_engine(argv[1], false);
    app::Engine& engine = *opened;
    app::LocalApi api(engine, 1);
    const auto id = *ledger::ProgramId::parse(bench::apply(api, program));
    std::int64_t stored = 0;
    engine.database().read([&](db::Tx& tx) {
        tx.query("SELECT count(*) FROM orders", {},
                 [&](const db::Row& row) { stored = row.integer(0); });
    });
    if (stored == 0) fill(engine, std::stoll(argv[2]), std::stoll(argv[3]));
    std::int64_t rows = 0;
    read_only(engine, rows);  // warms the file's pages for all
    const double floor_s = read_only(engine, rows);
    const double floor_per_s = static_cast<double>(rows) / floor_s;
    fmt::print("{{\"bench\":\"backtest_floor\",\"orders\":{},\"orders_per_s\":{:.0f},"
               "\"us_per_order\":{:.2f}}}\n",
               rows, floor_per_s, 1e6 / floor_per_s);
    say("3 rules, one CEL over the items", backtest(engine, id, R"({"earning_rules":[{"event":"order.paid",)"
        R"("name":"More","source":{"banner":"More"},"loyalty":{"type":"FIXED","points":1}}]})"), floor_per_s);
    say("the same with limits a month and tiers", backtest(engine, id, R"({"earning_limits":{"per_month":200},)"
        R"("loyalty_tiers_expiration":{"qualification_type":"POINTS_IN_PERIOD","qualification_period":"YEAR",)"
        R"("start_date":{"type":"IMMEDIATE"},"expiration_date":{"type":"END_OF_NEXT_PERIOD"}},)"
        R"("tiers":[{"name":"Basic","points":{"from":0,"to":500}},{"name":"Gold","points":{"from":500}}]})"), floor_per_s);
    return 0;
}
