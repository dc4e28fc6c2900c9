#include "app/retier_job.hpp"

#include "app/flows/retier.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/customers/store.hpp"
#include "modules/sums/store.hpp"
#include "modules/tiers/store.hpp"

namespace perennial::app {
namespace {

constexpr std::int64_t slice_max = 50;
constexpr std::size_t listed_max = 100;

// How far the job is, as its position says.
struct Progress {
    ledger::CardId after;
    std::int64_t members = 0;
    std::int64_t unchanged = 0;
    std::int64_t by_hand = 0;
    std::int64_t gain = 0;
    std::int64_t lose = 0;
    json::object changes;  ///< "Silver -> Gold": how many
    json::array first;

    void add(const flows::Retiered& one, const tiers::Tiers& tiers) {
        ++members;
        if (one.by_hand) {
            ++by_hand;
            return;
        }
        if (!one.moves()) {
            ++unchanged;
            return;
        }
        const tiers::Tier* from = one.card.tier.is_nil() ? nullptr : tiers.find(one.card.tier);
        const tiers::Tier* to = one.under.tier.is_nil() ? nullptr : tiers.find(one.under.tier);
        const bool up = to != nullptr && (from == nullptr || to->from > from->from);
        ++(up ? gain : lose);
        const std::string from_name = from == nullptr ? "none" : from->name;
        const std::string to_name = to == nullptr ? "none" : to->name;
        json::value& count = changes[from_name + " -> " + to_name];
        count = (count.is_int64() ? count.get_int64() : 0) + 1;
        if (first.size() < listed_max)
            first.push_back({{"id", one.card.id.text()},
                             {"code", one.card.code},
                             {"from", from_name},
                             {"to", to_name}});
    }
    json::object doc() const {
        return {{"members", members}, {"unchanged", unchanged}, {"by_hand", by_hand},
                {"gain", gain},       {"lose", lose},           {"changes", changes},
                {"first", first}};
    }
    std::string position() const {
        json::object out = doc();
        out["after"] = after.text();
        return to_text(out);
    }
};

Progress progress_of(const jobs::Job& job) {
    Progress out;
    if (job.position.empty()) return out;
    const json::value stored = json::parse(job.position);
    const json::object& doc = stored.as_object();
    if (const auto after = ledger::CardId::parse(campaigns::text_of(doc, "after")))
        out.after = *after;
    out.members = doc.at("members").as_int64();
    out.unchanged = doc.at("unchanged").as_int64();
    out.by_hand = doc.at("by_hand").as_int64();
    out.gain = doc.at("gain").as_int64();
    out.lose = doc.at("lose").as_int64();
    out.changes = doc.at("changes").as_object();
    out.first = doc.at("first").as_array();
    return out;
}

struct Slice {
    projects::SnapshotPtr snapshot;
    std::vector<flows::Retiered> cards;
    ledger::CardId last;  ///< nil = there were none
    std::int64_t all = 0;
};

Slice read_slice(Engine& engine, projects::ProjectNumber project, const ledger::ProgramId& program,
                 const ledger::CardId& after) {
    Slice out;
    engine.database().read([&](db::Tx& tx) {
        out = {};
        out.snapshot = engine.cache().load(tx, project);
        const Timestamp now = out.snapshot->project().now(machine_now());
        out.all = sums::total(tx, project, "members", program);
        for (const ledger::CardId& id : tiers::next_members(tx, project, program, after, slice_max)) {
            out.last = id;
            if (auto one = flows::look_at_tier(tx, *out.snapshot, project, id, now))
                out.cards.push_back(*std::move(one));
        }
    });
    return out;
}

jobs::Outcome run(Engine& engine, jobs::JobContext& job) {
    const projects::ProjectNumber project = job.job().key.project;
    const json::value payload = json::parse(job.job().payload);
    const auto program =
        ledger::ProgramId::parse(campaigns::text_of(payload.as_object(), "program"));
    CHECK(program.has_value());
    const bool preview = payload.at("preview").as_bool();
    const projects::Actor actor{"job", projects::Role::admin, "SYSTEM"};
    Progress progress = progress_of(job.job());
    for (;;) {
        const Slice slice = read_slice(engine, project, *program, progress.after);
        if (slice.last.is_nil()) break;
        const auto& tiers = slice.snapshot->get<tiers::Tiers>();
        Progress reached;
        bool moved_on = false;
        work::Unit unit;
        unit.lane = job.job().key.id.place();
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(engine.cache(), project);
            if (preview) return;
            for (const flows::Retiered& one : slice.cards) {
                batch.get<customers::Set>().want_id(project,
                                                    customers::CustomerId(one.card.customer));
                batch.get<ledger::Set>().want(project, one.card.id);
            }
        };
        unit.run = [&](work::Batch& batch) {
            reached = progress;
            moved_on = false;
            const projects::SnapshotPtr& snapshot = batch.get<projects::Set>().snapshot(project);
            const Timestamp now = snapshot->project().now(batch.machine_now);
            const projects::Context context{batch, snapshot,       project, actor, now,
                                            now,   engine.cache(), job.job().request_id};
            for (const flows::Retiered& one : slice.cards) {
                if (!preview) {
                    ledger::Card* card = batch.get<ledger::Set>().find(project, one.card.id);
                    // What was reckoned under an older version, or of an older card, is done again.
                    if (card == nullptr || snapshot->version() != slice.snapshot->version() ||
                        !flows::retier(context, *card, one)) {
                        moved_on = true;
                        continue;
                    }
                }
                reached.add(one, tiers);
            }
            if (moved_on) {
                // The slice is looked at again; those that are done then change nothing.
                Progress again = progress;
                again.gain = reached.gain;
                again.lose = reached.lose;
                again.changes = reached.changes;
                again.first = reached.first;
                reached = std::move(again);
            } else {
                reached.after = slice.last;
            }
        };
        const auto percent = static_cast<int>(
            std::min<std::int64_t>(99, progress.members * 100 / std::max<std::int64_t>(1, slice.all)));
        const auto position = [&] { return reached.position(); };
        if (!job.commit(std::move(unit), FunctionRef<std::string()>(position), percent))
            return jobs::Outcome::stopped();
        progress = std::move(reached);
    }
    json::object result = progress.doc();
    result["message"] = fmt::format("{} members: {} gain a tier, {} lose one{}", progress.members,
                                    progress.gain, progress.lose,
                                    preview ? " (preview: nothing is changed)" : "");
    result["preview"] = preview;
    result["done_count"] = progress.members;
    result["failed_count"] = 0;
    result["failed"] = json::array();
    return jobs::Outcome::done(to_text(result));
}

}  // namespace

jobs::Kind retier_job(Engine& engine) {
    return {"retier", [&engine](jobs::JobContext& job) { return run(engine, job); }};
}

}  // namespace perennial::app
