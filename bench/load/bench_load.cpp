// Fills a database for the benchmarks: a program, and N members that joined through the product's own
// command. Prints the key and one JSON line. usage: bench_load DATABASE MEMBERS [night]
// night: a project with a test clock, in which each member has bought once; points end, points become
// active and the tier's period ends for all of them at 2025-07-01T00:00Z, four hours from the clock's time.
#include <fmt/format.h>

#include <semaphore>

#include "bench/engine.hpp"
#include "modules/projects/store.hpp"

using namespace perennial;

namespace {

constexpr std::string_view program = R"({
  "campaign": {"name": "Bench", "campaign_type": "LOYALTY_PROGRAM", "auto_join": true,
    "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {"points": 0,
      "expiration_rules": {"period_type": "MONTH", "period_value": 12, "rounding_type": "END_OF_MONTH"}}},
    "loyalty_tiers_expiration": {"qualification_type": "POINTS_IN_PERIOD", "qualification_period": "YEAR",
      "start_date": {"type": "IMMEDIATE"}, "expiration_date": {"type": "END_OF_NEXT_PERIOD"}}},
  "earning_rules": [{"name": "Point per euro", "event": "order.paid", "active": true,
    "source": {"banner": "1 point per euro"},
    "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
      "order": {"amount": {"every": 100, "points": 1}}}}],
  "tiers": [{"name": "Basic", "points": {"from": 0, "to": 1000}},
            {"name": "Gold", "points": {"from": 1000}, "earning_rules":
              {"Point per euro": {"type": "MULTIPLY", "multiplier": 1.5}}}]
})";

constexpr std::string_view night_program = R"({
  "campaign": {"name": "Night", "campaign_type": "LOYALTY_PROGRAM", "auto_join": true,
    "voucher": {"type": "LOYALTY_CARD", "loyalty_card": {"points": 0,
      "expiration_rules": {"period_type": "MONTH", "period_value": 1, "rounding_type": "END_OF_MONTH"}}},
    "loyalty_tiers_expiration": {"qualification_type": "POINTS_IN_PERIOD", "qualification_period": "MONTH",
      "start_date": {"type": "IMMEDIATE"}, "expiration_date": {"type": "END_OF_NEXT_PERIOD"}}},
  "earning_rules": [{"name": "Point per euro", "event": "order.paid", "active": true,
    "source": {"banner": "1 point per euro"},
    "loyalty": {"type": "PROPORTIONAL", "calculation_type": "ORDER_AMOUNT",
      "order": {"amount": {"every": 100, "points": 1}}}},
    {"name": "Later", "event": "order.paid", "active": true,
    "source": {"banner": "5 points next month"}, "pending_points": {"period_type": "DAY", "period_value": 31},
    "loyalty": {"type": "FIXED", "points": 5}}],
  "tiers": [{"name": "Basic", "points": {"from": 0, "to": 15}},
            {"name": "Gold", "points": {"from": 15}}]
})";
constexpr std::string_view bought_at = "2025-05-31T10:00:00Z";
constexpr std::string_view night_before = "2025-06-30T20:00:00Z";

void set_clock(app::Engine& engine, std::string_view at) {
    engine.write([&](work::Batch& batch) {
        projects::save_clock(batch.tx, 1, *Timestamp::parse(at));
    });
}

}  // namespace

int main(int argc, char** argv) {
    const bool night = argc == 4 && std::string_view(argv[3]) == "night";
    if (argc != 3 && !night) {
        fmt::print(stderr, "usage: bench_load DATABASE MEMBERS [night]\n");
        return 2;
    }
    const auto members = static_cast<std::int64_t>(std::stoll(argv[2]));
    const auto opened = bench::open_engine(argv[1], night);
    app::Engine& engine = *opened;
    if (night) set_clock(engine, bought_at);
    app::LocalApi api(engine, 1);
    const std::string campaign = bench::apply(api, night ? night_program : program);
    const auto start = std::chrono::steady_clock::now();
    std::counting_semaphore<2048> room(2048);
    std::atomic<std::int64_t> refused{0};
    const std::string target =
        night ? "/v1/orders" : "/v1/loyalties/" + campaign + "/members";
    for (std::int64_t n = 0; n < members; ++n) {
        room.acquire();
        api.post(http::Method::post, target,
                 night ? fmt::format(
                             R"({{"source_id":"first-{}","status":"PAID","customer":{{"source_id":"m-{:07}"}},)"
                             R"("items":[{{"product_id":"beans","quantity":1,"price":2000}}]}})",
                             n, n)
                       : fmt::format(
                             R"({{"customer":{{"source_id":"m-{:07}","name":"Member {}"}}}})", n, n),
                 std::nullopt, [&](app::Engine::Outcome outcome) {
                     if (outcome.response.status >= 300) ++refused;
                     room.release();
                 });
    }
    engine.committer().drain();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (night) set_clock(engine, night_before);
    projects::ApiKey key;
    std::string token;
    engine.write([&](work::Batch& batch) {
        key = {};
        key.project = 1;
        key.name = "bench";
        key.role = projects::Role::admin;
        key.created_at = batch.machine_now;
        token = projects::create_key(batch.tx, key);
    });
    fmt::print("{{\"bench\":\"load\",\"members\":{},\"refused\":{},\"seconds\":{:.1f},"
               "\"members_per_s\":{:.0f},\"app_id\":\"{}\",\"token\":\"{}\"}}\n",
               members, refused.load(), seconds, static_cast<double>(members) / seconds, key.app_id,
               token);
    return refused == 0 ? 0 : 1;
}
