#include "app/retier_job.hpp"

#include "app/flows/rescore.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/customers/store.hpp"
#include "modules/sums/store.hpp"
#include "modules/members/commands.hpp"

namespace perennial::app {
namespace {

constexpr std::int64_t slice_max = 50;
constexpr std::size_t listed_max = 100;

// How far the job is, as its position says.
struct Progress {
    ledger::CardPlace after;
    std::int64_t members = 0;
    std::int64_t unchanged = 0;
    std::int64_t by_hand = 0;
    std::int64_t gain = 0;
    std::int64_t lose = 0;
    json::object changes;  ///< "Silver -> Gold": how many
    json::array first;
    bool rescores = false;
    std::int64_t points_gain = 0;  ///< members whose orders and events give more now
    std::int64_t points_lose = 0;
    std::int64_t given = 0;
    std::int64_t taken = 0;
    std::int64_t decided_anew = 0;  ///< orders and events that give something else now
    json::array first_points;

    void add(const flows::Rescored& one, const tiers::Tiers& tiers) {
        ++members;
        add_points(one);
        add_tier(one.tier, tiers);
    }
    void add_points(const flows::Rescored& one) {
        const std::int64_t difference = one.difference().value;
        decided_anew += std::ssize(one.orders) + std::ssize(one.events);
        if (difference == 0) return;
        ++(difference > 0 ? points_gain : points_lose);
        (difference > 0 ? given : taken) += std::abs(difference);
        if (first_points.size() < listed_max)
            first_points.push_back({{"id", one.tier.card.id.text()},
                                    {"code", one.tier.card.code},
                                    {"was", one.was.value},
                                    {"now", one.now.value},
                                    {"difference", difference}});
    }
    void add_tier(const flows::Retiered& one, const tiers::Tiers& tiers) {
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
        json::object out{{"members", members}, {"unchanged", unchanged}, {"by_hand", by_hand},
                         {"gain", gain},       {"lose", lose},           {"changes", changes},
                         {"first", first}};
        if (rescores)
            out["points"] = {{"gain", points_gain},
                             {"lose", points_lose},
                             {"unchanged", members - points_gain - points_lose},
                             {"given", given},
                             {"taken_back", taken},
                             {"decided_anew", decided_anew},
                             {"first", first_points}};
        return out;
    }
    std::string position() const {
        json::object out = doc();
        out["after"] = after.id.text();
        out["at"] = after.created_at.ms;
        return to_text(out);
    }
};

Progress progress_of(const jobs::Job& job) {
    Progress out;
    if (job.position.empty()) return out;
    const json::value stored = json::parse(job.position);
    const json::object& doc = stored.as_object();
    if (const auto after = ledger::CardId::parse(campaigns::text_of(doc, "after")))
        out.after = {Timestamp{doc.at("at").as_int64()}, *after};
    out.members = doc.at("members").as_int64();
    out.unchanged = doc.at("unchanged").as_int64();
    out.by_hand = doc.at("by_hand").as_int64();
    out.gain = doc.at("gain").as_int64();
    out.lose = doc.at("lose").as_int64();
    out.changes = doc.at("changes").as_object();
    out.first = doc.at("first").as_array();
    if (const json::value* points = doc.if_contains("points")) {
        out.points_gain = points->at("gain").as_int64();
        out.points_lose = points->at("lose").as_int64();
        out.given = points->at("given").as_int64();
        out.taken = points->at("taken_back").as_int64();
        out.decided_anew = points->at("decided_anew").as_int64();
        out.first_points = points->at("first").as_array();
    }
    return out;
}

struct Slice {
    projects::SnapshotPtr snapshot;
    std::vector<flows::Rescored> cards;
    std::optional<ledger::CardPlace> last;  ///< nothing = there were none
    std::int64_t all = 0;
};

/// What the job was asked for.
struct Wish {
    ledger::ProgramId program;
    bool preview = false;
    bool rescore = false;
    Timestamp from{INT64_MIN};
};

Slice read_slice(Engine& engine, projects::ProjectNumber project, const Wish& wish,
                 const ledger::CardPlace& after) {
    Slice out;
    engine.database().read([&](db::Tx& tx) {
        out = {};
        out.snapshot = engine.cache().load(tx, project);
        const Timestamp now = out.snapshot->project().now(machine_now());
        out.all = sums::total(tx, project, "members", wish.program);
        const flows::Book today(out.snapshot, wish.program);
        flows::Books books(engine.cache(), project, wish.program);
        for (const ledger::Card& card :
             ledger::next_cards(tx, project, wish.program, after, slice_max)) {
            out.last = {card.created_at, card.id};
            if (wish.rescore) {
                if (auto one = flows::look_at_points(tx, project, today, books, card.id, wish.from,
                                                     now))
                    out.cards.push_back(*std::move(one));
            } else if (auto one = flows::look_at_tier(tx, *out.snapshot, project, card.id, now)) {
                out.cards.emplace_back().tier = *std::move(one);
            }
        }
    });
    return out;
}

// False = the card has moved on since it was looked at.
bool change(const projects::Context& context, ledger::Card& card, const flows::Rescored& seen,
            bool rescores) {
    if (rescores) return flows::rescore(context, card, seen);
    members::roll(context, card);
    if (flows::has_moved_on(context, card, seen.tier)) return false;
    flows::move_tier(context, card, seen.tier);
    return true;
}

jobs::Outcome run(Engine& engine, jobs::JobContext& job) {
    const projects::ProjectNumber project = job.job().key.project;
    const json::value payload = json::parse(job.job().payload);
    const json::object& asked = payload.as_object();
    const auto program = ledger::ProgramId::parse(campaigns::text_of(asked, "program"));
    CHECK(program.has_value());
    const Wish wish{*program, asked.at("preview").as_bool(),
                    campaigns::boolean_of(asked, "rescore", false),
                    Timestamp{campaigns::integer_of(asked, "from", INT64_MIN)}};
    const projects::Actor actor{"job", projects::Role::admin, "SYSTEM"};
    Progress progress = progress_of(job.job());
    progress.rescores = wish.rescore;
    for (;;) {
        const Slice slice = read_slice(engine, project, wish, progress.after);
        if (!slice.last) break;
        const auto& tiers = slice.snapshot->get<tiers::Tiers>();
        const flows::Book today(slice.snapshot, wish.program);
        Progress reached;
        bool moved_on = false;
        work::Unit unit;
        unit.lane = job.job().key.id.place();
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(engine.cache(), project);
            if (wish.preview) return;
            for (const flows::Rescored& one : slice.cards) {
                batch.get<customers::Set>().want_id(
                    project, customers::CustomerId(one.tier.card.customer));
                batch.get<ledger::Set>().want(project, one.tier.card.id);
                flows::want_rescore(batch, project, today, one);
            }
        };
        unit.run = [&](work::Batch& batch) {
            reached = progress;
            moved_on = false;
            const projects::SnapshotPtr& snapshot = batch.get<projects::Set>().snapshot(project);
            const Timestamp now = snapshot->project().now(batch.machine_now);
            const projects::Context context{batch, snapshot,       project, actor, now,
                                            now,   engine.cache(), job.job().request_id};
            for (const flows::Rescored& one : slice.cards) {
                if (!wish.preview) {
                    ledger::Card* card = batch.get<ledger::Set>().find(project, one.tier.card.id);
                    // What was reckoned under an older version, or of an older card, is done again.
                    if (card == nullptr || snapshot->version() != slice.snapshot->version() ||
                        !change(context, *card, one, wish.rescore)) {
                        moved_on = true;
                        continue;
                    }
                }
                reached.add(one, tiers);
            }
            if (moved_on) {
                // The slice is looked at again; those that are done then change nothing.
                reached.after = progress.after;
                reached.members = progress.members;
                reached.unchanged = progress.unchanged;
                reached.by_hand = progress.by_hand;
            } else {
                reached.after = *slice.last;
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
    std::string message = fmt::format("{} members: {} gain a tier, {} lose one", progress.members,
                                      progress.gain, progress.lose);
    if (wish.rescore)
        message += fmt::format("; {} gain points, {} lose some", progress.points_gain,
                               progress.points_lose);
    if (wish.preview) message += " (preview: nothing is changed)";
    result["message"] = std::move(message);
    result["preview"] = wish.preview;
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
