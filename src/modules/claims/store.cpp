#include "modules/claims/store.hpp"

namespace perennial::claims {
namespace {

const db::Select select_claims{"claims",
                               {"bucket", "project", "kind", "word"},
                               {"project", "kind", "word", "id"}};
const db::Insert insert_claims{"claims",
                               {"bucket", "project", "kind", "word", "id"},
                               {"bucket", "project", "kind", "word"}};

}  // namespace

void Set::want(Word word) {
    if (!found_.contains(word)) wanted_.push_back(std::move(word));
}

void Set::want_or_claim(Word word, const RawId& fresh) {
    auto found = found_.find(word);
    if (found != found_.end() && !found->second.is_nil()) return;
    proposals_.try_emplace(word, fresh);
    wanted_.push_back(std::move(word));
}

void Set::load(work::Batch& batch) {
    if (wanted_.empty()) return;
    // One order everywhere, so that two batches never wait for each other.
    std::ranges::sort(wanted_, [&](const Word& a, const Word& b) {
        return std::tuple(batch.tx.bucket(place_of(a.word)), a.project, a.kind, std::string_view(a.word)) <
               std::tuple(batch.tx.bucket(place_of(b.word)), b.project, b.kind, std::string_view(b.word));
    });
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    auto look_up = [&] {
        db::Rows keys(4);
        keys.reserve(wanted_.size());
        for (const Word& w : wanted_)
            keys.add({batch.tx.bucket(place_of(w.word)), w.project, static_cast<int>(w.kind), w.word});
        if (keys.empty()) return;
        batch.tx.select(select_claims, keys, [&](const db::Row& row) {
            found_[{static_cast<std::int32_t>(row.integer(0)), static_cast<Kind>(row.integer(1)),
                    std::string(row.text(2))}] = row.id(3);
        });
    };
    for (const Word& w : wanted_) found_.try_emplace(w);
    look_up();
    std::erase_if(wanted_, [&](const Word& w) { return !found_[w].is_nil() || !proposals_.contains(w); });
    if (!wanted_.empty()) {
        db::Rows rows(5);
        rows.reserve(wanted_.size());
        for (const Word& w : wanted_)
            rows.add({batch.tx.bucket(place_of(w.word)), w.project, static_cast<int>(w.kind), w.word,
                      proposals_.at(w)});
        const auto inserted = batch.tx.insert(insert_claims, rows);
        if (inserted == static_cast<std::int64_t>(rows.count())) {
            for (const Word& w : wanted_) found_[w] = proposals_.at(w);
        } else {
            look_up();
        }
    }
    wanted_.clear();
    proposals_.clear();
}

bool Set::claim(work::Batch& batch, const Word& word, const RawId& id) {
    const RawId orphan = find(word);
    const auto bucket = batch.tx.bucket(place_of(word.word));
    if (orphan.is_nil()) {
        db::Rows rows(5);
        rows.add({bucket, word.project, static_cast<int>(word.kind), word.word, id});
        if (batch.tx.insert(insert_claims, rows) == 0) return false;
    } else if (batch.tx.execute("UPDATE claims SET id = ? WHERE bucket = ? AND project = ? AND "
                                "kind = ? AND word = ? AND id = ?",
                                {id, bucket, word.project, static_cast<int>(word.kind), word.word,
                                 orphan}) == 0) {
        return false;
    }
    found_[word] = id;
    return true;
}

RawId Set::find(const Word& word) const {
    auto found = found_.find(word);
    CHECK(found != found_.end());
    return found->second;
}

RawId find(db::Tx& tx, const Word& w) {
    RawId out;
    tx.query("SELECT id FROM claims WHERE bucket = ? AND project = ? AND kind = ? AND word = ?",
             {tx.bucket(place_of(w.word)), w.project, static_cast<int>(w.kind), w.word},
             [&](const db::Row& row) { out = row.id(0); });
    return out;
}

void free(db::Tx& tx, const Word& w) {
    tx.execute("DELETE FROM claims WHERE bucket = ? AND project = ? AND kind = ? AND word = ?",
               {tx.bucket(place_of(w.word)), w.project, static_cast<int>(w.kind), w.word});
}

}  // namespace perennial::claims
