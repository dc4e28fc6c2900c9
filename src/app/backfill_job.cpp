#include "app/backfill_job.hpp"

#include <charconv>

#include "modules/customers/backfill.hpp"

namespace perennial::app {
namespace {

constexpr const char* lookup_keys = "customers.lookup_keys";
constexpr std::int64_t slice_max = 200;

/// "BUCKET cust_…": the last customer that has its keys; empty at the beginning.
struct Position {
    std::int64_t bucket = 0;
    customers::CustomerId after;
};

Position position_of(const std::string& text) {
    Position out;
    const auto space = text.find(' ');
    if (space == std::string::npos) return out;
    std::from_chars(text.data(), text.data() + space, out.bucket);
    out.after = customers::CustomerId::parse(text.substr(space + 1)).value_or(customers::CustomerId());
    return out;
}

jobs::Outcome run(Engine& engine, jobs::JobContext& job) {
    const projects::ProjectNumber project = job.job().key.project;
    const std::int64_t buckets = engine.database().buckets();
    std::int64_t done = 0;
    for (Position at = position_of(job.job().position); at.bucket < buckets;) {
        std::vector<customers::CustomerId> slice;
        engine.database().read([&](db::Tx& tx) {
            slice = customers::next_customers(tx, project, at.bucket, at.after, slice_max);
        });
        if (slice.empty()) {
            at = {at.bucket + 1, {}};
            continue;
        }
        at.after = slice.back();
        done += std::ssize(slice);
        work::Unit unit;
        unit.lane = job.job().key.id.place();
        unit.want = [&](work::Batch& batch) {
            for (const customers::CustomerId& id : slice)
                batch.get<customers::Set>().want_id(project, id);
        };
        unit.run = [&](work::Batch& batch) { customers::write_missing_keys(batch, project, slice); };
        if (!job.commit(std::move(unit), std::to_string(at.bucket) + " " + at.after.text(),
                        static_cast<int>(at.bucket * 100 / buckets)))
            return jobs::Outcome::stopped();
    }
    return jobs::Outcome::done("{\"customers\":" + std::to_string(done) + "}");
}

}  // namespace

jobs::Kind backfill_job(Engine& engine) {
    return {lookup_keys, [&engine](jobs::JobContext& job) { return run(engine, job); }};
}

void start_backfills(Engine& engine) {
    engine.write([](work::Batch& batch) {
        std::vector<projects::ProjectNumber> owed;
        batch.tx.query("SELECT project FROM backfills WHERE kind = ? ORDER BY project", {lookup_keys},
                       [&](const db::Row& row) {
                           owed.push_back(static_cast<projects::ProjectNumber>(row.integer(0)));
                       });
        for (const projects::ProjectNumber project : owed)
            if (batch.tx.execute("DELETE FROM backfills WHERE kind = ? AND project = ?",
                                 {lookup_keys, project}) == 1)
                batch.get<jobs::JobSet>().enqueue(batch, {.project = project,
                                                          .kind = lookup_keys,
                                                          .created_at = batch.machine_now});
    });
}

}  // namespace perennial::app
