#include "modules/earning/usage.hpp"

#include <algorithm>
#include <tuple>

namespace perennial::earning {
namespace {

const db::Select select_usage{"earning_usage",
                              {"bucket", "project", "card", "scope", "period"},
                              {"project", "card", "scope", "period", "period_start", "used"}};
const db::Insert insert_usage{
    "earning_usage", {"bucket", "project", "card", "scope", "period", "period_start", "used"}};
const db::Update update_usage{"earning_usage",
                              {"bucket", "project", "card", "scope", "period"},
                              {"period_start", "used"}};

}  // namespace

void Usage::want(std::int32_t project, const RawId& card, const RawId& scope, Span span) {
    wanted_.push_back({project, card, scope, span});
}

void Usage::load(work::Batch& batch) {
    std::erase_if(wanted_, [&](const Key& key) { return slots_.contains(key); });
    if (wanted_.empty()) return;
    std::ranges::sort(wanted_, [&](const Key& a, const Key& b) {
        return std::tuple(batch.tx.bucket(a.card.place()), a) <
               std::tuple(batch.tx.bucket(b.card.place()), b);
    });
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    db::Rows keys(5);
    for (const Key& key : wanted_) {
        slots_[key];
        keys.add({batch.tx.bucket(key.card.place()), key.project, key.card, key.scope,
                  static_cast<int>(key.span)});
    }
    batch.tx.select(select_usage, keys, [&](const db::Row& row) {
        Slot& slot = slots_.at({static_cast<std::int32_t>(row.integer(0)), row.id(1), row.id(2),
                                static_cast<Span>(row.integer(3))});
        slot.start = row.time(4);
        slot.used = Points(row.integer(5));
        slot.stored = true;
    });
    wanted_.clear();
}

Usage::Slot& Usage::slot(work::Batch& batch, const Key& key) {
    if (const auto found = slots_.find(key); found != slots_.end()) return found->second;
    wanted_.push_back(key);
    load(batch);
    return slots_.at(key);
}

Points Usage::used(work::Batch& batch, std::int32_t project, const RawId& card, const RawId& scope,
                   Span span, Timestamp start) {
    const Slot& found = slot(batch, {project, card, scope, span});
    return found.start == start ? found.used : Points();
}

void Usage::add(work::Batch& batch, std::int32_t project, const RawId& card, const RawId& scope,
                Span span, Timestamp start, Points points) {
    Slot& found = slot(batch, {project, card, scope, span});
    if (found.start != start) {
        if (points.value <= 0 || start < found.start) return;
        found.start = start;
        found.used = Points();
    }
    found.used = std::max(Points(), found.used + points);
    found.dirty = true;
}

void Usage::join(work::Batch& batch, std::int32_t project, const RawId& from, const RawId& to) {
    batch.tx.query("SELECT scope, period FROM earning_usage WHERE bucket = ? AND project = ? AND card = ?",
                   {batch.tx.bucket(from.place()), project, from}, [&](const db::Row& row) {
                       const auto span = static_cast<Span>(row.integer(1));
                       want(project, from, row.id(0), span);
                       want(project, to, row.id(0), span);
                   });
    load(batch);
    std::vector<std::pair<Key, Slot>> given;
    for (const auto& [key, slot] : slots_)
        if (key.project == project && key.card == from && !slot.used.is_zero())
            given.emplace_back(key, slot);
    for (const auto& [key, slot] : given)
        add(batch, project, to, key.scope, key.span, slot.start, slot.used);
}

void Usage::save(work::Batch& batch) {
    db::Rows created(7);
    db::Rows changed(7);
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        (slot.stored ? changed : created)
            .add({batch.tx.bucket(key.card.place()), key.project, key.card, key.scope,
                  static_cast<int>(key.span), slot.start, slot.used.value});
        slot.stored = true;
        slot.dirty = false;
    }
    if (!created.empty()) batch.tx.insert(insert_usage, created);
    if (!changed.empty())
        CHECK(batch.tx.update(update_usage, changed) == static_cast<std::int64_t>(changed.count()));
}

Points used(db::Tx& tx, std::int32_t project, const RawId& card, const RawId& scope, Span span,
            Timestamp start) {
    Points out;
    tx.query("SELECT used FROM earning_usage WHERE bucket = ? AND project = ? AND card = ? AND "
             "scope = ? AND period = ? AND period_start = ?",
             {tx.bucket(card.place()), project, card, scope, static_cast<int>(span), start},
             [&](const db::Row& row) { out = Points(row.integer(0)); });
    return out;
}

}  // namespace perennial::earning
