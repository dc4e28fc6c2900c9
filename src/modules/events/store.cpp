#include "modules/events/store.hpp"

#include "modules/sums/store.hpp"
#include "platform/db/chains.hpp"

namespace perennial::events {
namespace {

const db::Insert insert_events{"events",
                               {"bucket", "project", "id", "customer", "previous", "name",
                                "metadata", "decision", "created_at"}};
const db::Select select_events{"events",
                               {"bucket", "project", "id"},
                               {"project", "id", "customer", "previous", "name", "metadata",
                                "decision", "created_at"}};
constexpr std::string_view select_event =
    "SELECT project, id, customer, previous, name, metadata, decision, created_at FROM events "
    "WHERE bucket = ? AND project = ? AND id = ?";

Event read(const db::Row& row) {
    Event e;
    e.project = static_cast<projects::ProjectNumber>(row.integer(0));
    e.id = row.id<EventId>(1);
    e.customer = row.id<customers::CustomerId>(2);
    e.previous = row.id<EventId>(3);
    e.name = row.text(4);
    if (!row.is_null(5)) e.metadata = json::parse(row.text(5)).as_object();
    if (!row.is_null(6)) e.decision = decision_from_text(row.text(6));
    e.created_at = row.time(7);
    return e;
}

}  // namespace

Event& Set::create(work::Batch& batch, Event event) {
    batch.get<sums::Set>().add(event.project, "events", RawId{}, event.id.place(), 1);
    return created_.emplace_back(std::move(event));
}

void Set::save(work::Batch& batch) {
    if (created_.empty()) return;
    db::Rows rows(9);
    rows.reserve(created_.size());
    std::deque<std::string> texts;
    auto text_or_null = [&](std::string text) {
        return text.empty() ? db::Value() : db::Value(texts.emplace_back(std::move(text)));
    };
    for (const Event& e : created_)
        rows.add({batch.tx.bucket(e.id.place()), e.project, e.id, e.customer,
                  db::Value::id_or_null(e.previous), e.name,
                  text_or_null(e.metadata.empty() ? "" : to_text(e.metadata)),
                  text_or_null(e.decision ? decision_text(*e.decision) : ""), e.created_at});
    batch.tx.insert(insert_events, rows);
    created_.clear();
}

std::optional<Event> load_event(db::Tx& tx, projects::ProjectNumber project, const EventId& id) {
    std::optional<Event> out;
    tx.query(select_event, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read(row); });
    return out;
}

void walk_events(db::Tx& tx, projects::ProjectNumber project, EventId newest,
                 FunctionRef<bool(const Event&)> callback) {
    EventId at = newest;
    while (!at.is_nil()) {
        const auto event = load_event(tx, project, at);
        CHECK(event.has_value());
        if (!callback(*event)) return;
        at = event->previous;
    }
}

void walk_chains(db::Tx& tx, projects::ProjectNumber project, std::span<const EventId> newest,
                 FunctionRef<void(std::size_t, Event&&)> callback) {
    db::Chains chains;
    for (std::size_t i = 0; i < newest.size(); ++i) chains.add(newest[i], i);
    while (chains.go_on())
        tx.select(select_events, chains.keys(tx, project), [&](const db::Row& row) {
            Event event = read(row);
            const std::size_t chain = chains.chain_of(event.id, event.previous);
            callback(chain, std::move(event));
        });
}

void lead_on(db::Tx& tx, projects::ProjectNumber project, const EventId& oldest,
             const EventId& next) {
    CHECK(tx.execute("UPDATE events SET previous = ? WHERE bucket = ? AND project = ? AND id = ?",
                     {next, tx.bucket(oldest.place()), project, oldest}) == 1);
}

void save_decision(db::Tx& tx, const Event& event) {
    CHECK(event.decision.has_value());
    const std::string decision = decision_text(*event.decision);
    CHECK(tx.execute("UPDATE events SET decision = ? WHERE bucket = ? AND project = ? AND id = ?",
                     {decision, tx.bucket(event.id.place()), event.project, event.id}) == 1);
}

std::int64_t erase_details(db::Tx& tx, projects::ProjectNumber project, EventId newest) {
    std::vector<Event> all;
    walk_events(tx, project, newest, [&](const Event& event) {
        all.push_back(event);
        return true;
    });
    for (Event& event : all) {
        std::string decision;
        if (event.decision) {
            customers::erase_facts(event.decision->facts);
            decision = decision_text(*event.decision);
        }
        tx.execute("UPDATE events SET metadata = ?, decision = ? WHERE bucket = ? AND project = ? "
                   "AND id = ?",
                   {nullptr, decision.empty() ? db::Value() : db::Value(decision),
                    tx.bucket(event.id.place()), project, event.id});
    }
    return std::ssize(all);
}

}  // namespace perennial::events
