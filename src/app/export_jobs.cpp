#include "app/export_jobs.hpp"

#include "app/export_rows.hpp"
#include "modules/exports/store.hpp"
#include "platform/jobs/parts.hpp"

namespace perennial::app {
namespace {

constexpr int attempts_max = 5;

enum class Slice : std::uint8_t { written, stopped, deleted };

class Writing {
  public:
    Writing(jobs::JobContext& job, exports::Export e) : job_(job), export_(std::move(e)) {}

    /// The first one empties what an earlier attempt has written.
    Slice write(std::string text, exports::Status status, int percent) {
        bool is_there = false;
        const std::int64_t part = parts_;
        work::Unit unit;
        unit.alone = true;
        unit.lane = export_.id.place();
        unit.run = [&](work::Batch& batch) {
            is_there = exports::save_progress(batch.tx, export_, status,
                                              part + (text.empty() ? 0 : 1));
            if (!is_there) return;
            auto& parts = batch.get<jobs::PartSet>();
            if (!begun_) parts.remove_all(export_.project, export_.id);
            if (!text.empty()) parts.add(export_.project, export_.id, part, text);
        };
        if (!job_.commit(std::move(unit), std::to_string(part), percent)) return Slice::stopped;
        begun_ = true;
        if (!text.empty()) ++parts_;
        return is_there ? Slice::written : Slice::deleted;
    }

  private:
    jobs::JobContext& job_;
    exports::Export export_;
    std::int64_t parts_ = 0;
    bool begun_ = false;
};

jobs::Outcome run(Engine& engine, jobs::JobContext& job) {
    using jobs::Outcome;
    const projects::ProjectNumber project = job.job().key.project;
    const json::value payload = json::parse(job.job().payload);
    const auto id = exports::ExportId::parse(std::string_view(payload.at("export").as_string()));
    CHECK(id.has_value());
    std::optional<exports::Export> found;
    engine.database().read([&](db::Tx& tx) { found = exports::load(tx, project, *id); });
    if (!found) return Outcome::done("{}");
    const exports::Object* object = exports::find_object(found->object);
    const json::value parameters = json::parse(found->parameters);
    Writing writing(job, *found);
    Result<exports::Wish> wish = refuse(error::internal_error);
    if (object != nullptr) wish = exports::read_wish(*object, parameters);
    if (!wish) {
        // Taken by a version that knew more than this one.
        const Slice slice = writing.write("", exports::Status::failed, 100);
        return slice == Slice::stopped ? Outcome::stopped() : Outcome::failed("{}");
    }
    Slice slice = writing.write("", exports::Status::in_progress, 0);
    if (slice == Slice::stopped) return Outcome::stopped();
    if (slice == Slice::deleted) return Outcome::done("{}");
    ExportRows rows(engine, project, *wish);
    auto asked_at = std::chrono::steady_clock::now();
    const bool all = rows.find([&] {
        // Keeps the lease, and sees whether it is still wanted, every few seconds.
        const auto now = std::chrono::steady_clock::now();
        if (now - asked_at < std::chrono::seconds(2)) return true;
        asked_at = now;
        slice = writing.write("", exports::Status::in_progress, 0);
        return slice == Slice::written;
    });
    if (!all) return slice == Slice::stopped ? Outcome::stopped() : Outcome::done("{}");
    do {
        std::string text = rows.next_lines();
        const bool last = rows.position() >= rows.count();
        const int percent =
            rows.count() == 0 ? 100 : static_cast<int>(rows.position() * 100 / rows.count());
        slice = writing.write(std::move(text),
                              last ? exports::Status::done : exports::Status::in_progress, percent);
        if (slice == Slice::stopped) return Outcome::stopped();
    } while (slice == Slice::written && rows.position() < rows.count());
    return Outcome::done("{}");
}

}  // namespace

jobs::Kind export_jobs(Engine& engine) {
    return {std::string(export_job),
            [&engine](jobs::JobContext& job) {
                try {
                    return run(engine, job);
                } catch (const std::exception&) {
                    if (job.job().attempts < attempts_max) throw;
                    // The last attempt: whoever waits is told.
                    const json::value payload = json::parse(job.job().payload);
                    const auto id = exports::ExportId::parse(
                        std::string_view(payload.at("export").as_string()));
                    engine.write([&](work::Batch& batch) {
                        if (auto found =
                                exports::load(batch.tx, job.job().key.project, id.value()))
                            exports::save_progress(batch.tx, *found, exports::Status::failed, 0);
                    });
                    throw;
                }
            },
            attempts_max};
}

}  // namespace perennial::app
