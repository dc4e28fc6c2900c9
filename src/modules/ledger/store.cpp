#include "modules/ledger/store.hpp"

#include <boost/json.hpp>

#include "modules/claims/store.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/projects/snapshot.hpp"
#include "modules/sums/store.hpp"
#include "platform/db/chains.hpp"
#include "platform/jobs/timers.hpp"

namespace perennial::ledger {
namespace {

const db::Select select_cards{
    "cards",
    {"bucket", "project", "id"},
    {"project", "id", "program", "customer", "code", "active", "balance", "pending", "credited",
     "redeemed", "expired", "subtracted", "debt", "lots", "next_lot", "tier", "tier_since",
     "tier_until", "period_start", "period_points", "period_spend", "seq", "head", "head_hash",
     "due_at", "metadata", "created_at", "updated_at", "idle_until", "remind_at", "reminded",
     "tier_state", "yearly_at", "birthday"},
    true};
constexpr std::string_view card_columns =
    "SELECT project, id, program, customer, code, active, balance, pending, credited, redeemed, "
    "expired, subtracted, debt, lots, next_lot, tier, tier_since, tier_until, period_start, "
    "period_points, period_spend, seq, head, head_hash, due_at, metadata, created_at, "
    "updated_at, idle_until, remind_at, reminded, tier_state, yearly_at, birthday FROM cards ";
const db::Insert insert_cards{
    "cards",
    {"bucket", "project", "id", "program", "customer", "code", "active", "balance", "pending",
     "credited", "redeemed", "expired", "subtracted", "debt", "lots", "next_lot", "tier",
     "tier_since", "tier_until", "period_start", "period_points", "period_spend", "seq", "head",
     "head_hash", "due_at", "metadata", "created_at", "updated_at", "idle_until", "remind_at",
     "reminded", "tier_state", "yearly_at", "birthday"}};
const db::Update update_cards{
    "cards",
    {"bucket", "project", "id"},
    {"customer", "active", "balance", "pending", "credited", "redeemed", "expired", "subtracted",
     "debt", "lots", "next_lot", "tier", "tier_since", "tier_until", "period_start",
     "period_points", "period_spend", "seq", "head", "head_hash", "due_at",
     "metadata", "updated_at", "idle_until", "remind_at", "reminded", "tier_state", "yearly_at",
     "birthday"}};
const db::Insert insert_entries{
    "entries",
    {"bucket", "project", "id", "card", "seq", "previous", "program", "kind", "points", "pending",
     "balance", "credited", "effective_at", "recorded_at", "lots", "cause", "detail", "salt",
     "hash"}};
const db::Select select_entries{
    "entries",
    {"bucket", "project", "id"},
    {"project", "id", "card", "seq", "previous", "program", "kind", "points", "pending", "balance",
     "credited", "effective_at", "recorded_at", "lots", "cause", "detail", "salt", "commitment",
     "hash"}};
constexpr std::string_view entry_columns =
    "SELECT project, id, card, seq, previous, program, kind, points, pending, balance, credited, "
    "effective_at, recorded_at, lots, cause, detail, salt, commitment, hash FROM entries ";

Card read_card(const db::Row& row) {
    Card c;
    c.project = static_cast<projects::ProjectNumber>(row.integer(0));
    c.id = row.id<CardId>(1);
    c.program = row.id<ProgramId>(2);
    c.customer = row.id(3);
    c.code = row.text(4);
    c.active = row.boolean(5);
    c.balance = Points(row.integer(6));
    c.pending = Points(row.integer(7));
    c.credited = Points(row.integer(8));
    c.redeemed = Points(row.integer(9));
    c.expired = Points(row.integer(10));
    c.subtracted = Points(row.integer(11));
    c.debt = Points(row.integer(12));
    c.lots = unpack_lots(row.blob(13), &c.held);
    c.next_lot = static_cast<std::uint32_t>(row.integer(14));
    c.tier = row.id<TierId>(15);
    c.tier_since = row.time_or_null(16);
    c.tier_until = row.time_or_null(17);
    c.period_start = row.time(18);
    c.period_points = Points(row.integer(19));
    c.period_spend = Money(row.integer(20));
    c.seq = row.integer(21);
    c.head = row.id<EntryId>(22);
    if (!row.is_null(23)) c.head_hash = row.blob(23);
    c.metadata = row.text_or_empty(25);
    c.created_at = row.time(26);
    c.updated_at = row.time_or_null(27);
    c.idle_until = row.time_or_null(28);
    c.remind_at = row.time_or_null(29);
    if (!row.is_null(30)) c.reminded = row.blob(30);
    if (!row.is_null(31)) c.tier_state = unpack_tier_state(row.blob(31));
    c.yearly_at = row.time_or_null(32);
    c.birthday = row.integer(33);
    return c;
}

Entry read_entry(const db::Row& row) {
    Entry e;
    e.id = row.id<EntryId>(1);
    e.card = row.id<CardId>(2);
    e.seq = row.integer(3);
    e.previous = row.id<EntryId>(4);
    e.program = row.id<ProgramId>(5);
    e.kind = static_cast<EntryKind>(row.integer(6));
    e.points = Points(row.integer(7));
    e.pending = Points(row.integer(8));
    e.balance = Points(row.integer(9));
    e.credited = Points(row.integer(10));
    e.effective_at = row.time(11);
    e.recorded_at = row.time(12);
    unpack_steps(row.blob(13), e);
    e.cause = row.id(14);
    e.detail = row.text_or_empty(15);
    e.salt = row.blob(16);
    if (!row.is_null(17)) e.commitment = row.blob(17);
    e.hash = row.blob(18);
    return e;
}

db::Value blob_or_null(const std::string& bytes) {
    return bytes.empty() ? db::Value() : db::Value::blob(bytes);
}
db::Value text_or_null(const std::string& text) {
    return text.empty() ? db::Value() : db::Value(text);
}

}  // namespace

void Set::want(projects::ProjectNumber project, const CardId& id) {
    wanted_.emplace_back(project, id);
}

void Set::load(work::Batch& batch) {
    const db::Rows keys = db::make_slots(batch.tx, wanted_, slots_);
    if (keys.empty()) return;
    batch.tx.select(select_cards, keys, [&](const db::Row& row) {
        Card card = read_card(row);
        Slot& slot = slots_[{card.project, card.id}];
        slot.stored_due = row.time_or_null(24);
        slot.card = std::move(card);
        slot.exists = true;
    });
    wanted_.clear();
}

Card* Set::find(projects::ProjectNumber project, const CardId& id) {
    auto found = slots_.find({project, id});
    return found != slots_.end() && found->second.exists ? &found->second.card : nullptr;
}

Card& Set::create(work::Batch& batch, Card card) {
    Slot& slot = slots_[{card.project, card.id}];
    CHECK(!slot.exists);
    slot.card = std::move(card);
    slot.exists = slot.created = slot.dirty = true;
    batch.get<sums::Set>().add(slot.card.project, "members", slot.card.program,
                               slot.card.id.place(), 1);
    return slot.card;
}

void Set::touch(Card& card) {
    auto found = slots_.find({card.project, card.id});
    CHECK(found != slots_.end() && &found->second.card == &card);
    found->second.dirty = true;
}

EntryId Set::post(work::Batch& batch, Card& card, Posting posting, Cause cause,
                  Timestamp recorded_at) {
    touch(card);
    const std::vector<LotOutflow> gone = outflows(posting, card);
    apply(posting, card);
    NewEntry& made = entries_.emplace_back();
    made.project = card.project;
    Entry& e = made.entry;
    static_cast<Posting&>(e) = std::move(posting);
    e.id = batch.make_id<EntryId>(card.id.place());
    e.card = card.id;
    e.program = card.program;
    e.seq = ++card.seq;
    e.previous = card.head;
    e.balance = card.balance;
    e.credited = card.credited;
    e.recorded_at = recorded_at;
    e.cause = cause.id;
    e.detail = std::move(cause.detail);
    for (int half = 0; half < 2; ++half) {
        const std::uint64_t random = batch.ids.random();
        e.salt.append(reinterpret_cast<const char*>(&random), sizeof random);
    }
    made.steps = pack_steps(e);
    e.hash = entry_hash(e, made.steps, card.head_hash);
    card.head = e.id;
    card.head_hash = e.hash;
    auto& sums = batch.get<sums::Set>();
    if (const std::int64_t sum = sum_of(e); sum != 0)
        sums.add(card.project, sum_name(e.kind, month(batch, card.project, e.effective_at)),
                 card.program, card.id.place(), sum);
    if (!gone.empty()) {
        const TimeZone& zone = batch.get<projects::Set>().snapshot(card.project)->zone();
        const std::string when = month(batch, card.project, e.effective_at);
        for (const LotOutflow& one : gone)
            sums.add(card.project, cohort_name(one.what, month_of(one.earned_at, zone), when),
                     card.program, card.id.place(), one.points);
    }
    return e.id;
}

const std::string& Set::month(work::Batch& batch, projects::ProjectNumber project,
                              Timestamp at) {
    if (month_.project != project || at < month_.from || at >= month_.to) {
        const TimeZone& zone = batch.get<projects::Set>().snapshot(project)->zone();
        const Date day = zone.local_date(at);
        month_ = {project, zone.start_of({day.year, day.month, 1}),
                  zone.end_of(day.end_of_month()), month_of(at, zone)};
    }
    return month_.text;
}

const Entry* Set::find_new(projects::ProjectNumber project, const EntryId& id) const {
    for (const NewEntry& made : entries_)
        if (made.project == project && made.entry.id == id) return &made.entry;
    return nullptr;
}

LotStory Set::story_of_lot(work::Batch& batch, const Card& card, std::uint32_t lot) const {
    LotStory story;
    auto add = [&](const Entry& e) {
        const bool by_hand = e.cause.is_nil() && (e.kind == EntryKind::pending_accrual ||
                                                  e.kind == EntryKind::pending_cancellation);
        for (const LotChange& change : e.lots) {
            if (change.lot != lot) continue;
            if (e.kind == EntryKind::expiration && change.op == LotChange::Op::take)
                story.expired += change.points;
            if (by_hand && change.op == LotChange::Op::take) story.taken_by_hand += change.points;
            if (by_hand && change.op == LotChange::Op::put) story.taken_by_hand -= change.points;
            if (change.op == LotChange::Op::activate) story.activated_at = e.effective_at;
        }
    };
    EntryId stored = card.head;
    for (auto made = entries_.rbegin(); made != entries_.rend(); ++made)
        if (made->entry.card == card.id) {
            add(made->entry);
            stored = made->entry.previous;
        }
    if (stored.is_nil()) return story;
    walk_entries(batch.tx, card, stored, [&](const Entry& e) {
        add(e);
        for (const LotChange& change : e.lots)
            if (change.op == LotChange::Op::open && change.lot == lot) return false;
        return true;
    });
    return story;
}

void Set::save(work::Batch& batch) {
    db::Rows created(35);
    db::Rows updated(32);
    std::deque<std::string> packed;
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        const Card& c = slot.card;
        const auto bucket = batch.tx.bucket(c.id.place());
        const auto due = c.due_at();
        const std::string& lots = packed.emplace_back(pack_lots(c.lots, c.held));
        const std::string& tier_state = packed.emplace_back(pack_tier_state(c.tier_state));
        if (slot.created)
            created.add({bucket, c.project, c.id, c.program, db::Value::id_or_null(c.customer),
                         c.code, c.active, c.balance.value, c.pending.value, c.credited.value,
                         c.redeemed.value, c.expired.value, c.subtracted.value, c.debt.value,
                         db::Value::blob(lots), c.next_lot, db::Value::id_or_null(c.tier),
                         c.tier_since, c.tier_until, c.period_start, c.period_points.value,
                         c.period_spend.value, c.seq, db::Value::id_or_null(c.head),
                         blob_or_null(c.head_hash), due, text_or_null(c.metadata),
                         c.created_at, c.updated_at, c.idle_until, c.remind_at,
                         blob_or_null(c.reminded), blob_or_null(tier_state), c.yearly_at,
                         c.birthday});
        else
            updated.add({bucket, c.project, c.id, db::Value::id_or_null(c.customer), c.active,
                         c.balance.value, c.pending.value, c.credited.value, c.redeemed.value,
                         c.expired.value, c.subtracted.value, c.debt.value, db::Value::blob(lots),
                         c.next_lot, db::Value::id_or_null(c.tier), c.tier_since, c.tier_until,
                         c.period_start, c.period_points.value, c.period_spend.value, c.seq,
                         db::Value::id_or_null(c.head), blob_or_null(c.head_hash), due,
                         text_or_null(c.metadata), c.updated_at, c.idle_until, c.remind_at,
                         blob_or_null(c.reminded), blob_or_null(tier_state), c.yearly_at,
                         c.birthday});
        if (due != slot.stored_due) {
            auto& timers = batch.get<jobs::TimerSet>();
            if (slot.stored_due)
                timers.remove(c.project, *slot.stored_due, jobs::TimerKind::card, c.id);
            if (due) timers.add(c.project, *due, jobs::TimerKind::card, c.id);
            slot.stored_due = due;
        }
        slot.created = slot.dirty = false;
    }
    if (!created.empty()) batch.tx.insert(insert_cards, created);
    if (!updated.empty())
        CHECK(batch.tx.update(update_cards, updated) == static_cast<std::int64_t>(updated.count()));
    if (!entries_.empty()) {
        db::Rows rows(19);
        rows.reserve(entries_.size());
        for (const NewEntry& n : entries_) {
            const Entry& e = n.entry;
            rows.add({batch.tx.bucket(e.id.place()), n.project, e.id, e.card, e.seq,
                      db::Value::id_or_null(e.previous), e.program, static_cast<int>(e.kind),
                      e.points.value, e.pending.value, e.balance.value, e.credited.value,
                      e.effective_at, e.recorded_at, db::Value::blob(n.steps),
                      db::Value::id_or_null(e.cause), text_or_null(e.detail),
                      db::Value::blob(e.salt), db::Value::blob(e.hash)});
        }
        batch.tx.insert(insert_entries, rows);
        entries_.clear();
    }
}

std::vector<CardPlace> cards_after(db::Tx& tx, projects::ProjectNumber project,
                                   const ProgramId& program, const CardPlace& from,
                                   std::int64_t limit) {
    std::vector<CardPlace> out;
    tx.query("SELECT created_at, id FROM cards WHERE bucket >= 0 AND project = ? AND program = ? AND "
             "(created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
             {project, program, from.created_at, from.id, limit},
             [&](const db::Row& row) { out.push_back({row.time(0), row.id<CardId>(1)}); });
    return out;
}

std::vector<Card> next_cards(db::Tx& tx, projects::ProjectNumber project, const ProgramId& program,
                             const CardPlace& from, std::int64_t limit) {
    static const std::string sql = std::string(card_columns) +
                                   "WHERE bucket >= 0 AND project = ? AND program = ? AND "
                                   "(created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?";
    std::vector<Card> out;
    tx.query(sql, {project, program, from.created_at, from.id, limit},
             [&](const db::Row& row) { out.push_back(read_card(row)); });
    return out;
}

std::optional<Card> load_card(db::Tx& tx, projects::ProjectNumber project, const CardId& id) {
    static const std::string sql =
        std::string(card_columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Card> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read_card(row); });
    return out;
}

std::optional<Card> load_card(db::Tx& tx, projects::ProjectNumber project,
                              std::string_view id_or_code) {
    if (auto id = CardId::parse(id_or_code))
        if (auto found = load_card(tx, project, *id)) return found;
    const RawId claimed =
        claims::find(tx, {project, claims::Kind::code, std::string(id_or_code)});
    if (claimed.is_nil()) return std::nullopt;
    return load_card(tx, project, CardId(claimed));
}

std::vector<Card> list_cards(db::Tx& tx, projects::ProjectNumber project, const ProgramId& program,
                             bool descending, std::int64_t limit, std::int64_t offset) {
    const std::string sql =
        std::string(card_columns) + "WHERE bucket >= 0 AND project = ? AND program = ? ORDER BY created_at " +
        (descending ? "DESC, id DESC" : "ASC, id ASC") + " LIMIT ? OFFSET ?";
    std::vector<Card> out;
    tx.query(sql, {project, program, limit, offset},
             [&](const db::Row& row) { out.push_back(read_card(row)); });
    return out;
}

std::optional<Entry> load_entry(db::Tx& tx, projects::ProjectNumber project, const EntryId& id) {
    static const std::string sql =
        std::string(entry_columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Entry> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read_entry(row); });
    return out;
}

namespace {

// On PostgreSQL a step is a round trip: a page at the end of 10,000 took 225 ms, and 100 ms by queries
// that follow the chain (`bench/run history`). On SQLite a step is 3 us, and such a query gains nothing.
// LATERAL with its LIMIT, since a join is planned as a hash of all entries while statistics are young.
void walk_in_pages(db::Tx& tx, const Card& card, EntryId at,
                   FunctionRef<bool(const Entry&)> callback) {
    static const std::string sql = [] {
        const std::string_view all = entry_columns.substr(std::string_view("SELECT ").size());
        const std::string columns(all.substr(0, all.find(" FROM ")));
        std::string of_entry = "e.";
        for (const char c : columns) {
            of_entry += c;
            if (c == ' ') of_entry += "e.";
        }
        return "WITH RECURSIVE chain AS (SELECT " + columns +
               ", CAST(1 AS bigint) AS depth FROM entries WHERE bucket = ? AND project = ? AND "
               "id = ? UNION ALL SELECT " + of_entry +
               ", c.depth + 1 FROM chain c CROSS JOIN LATERAL (SELECT * FROM entries WHERE bucket = ? "
               "AND project = ? AND id = c.previous LIMIT 1) e WHERE c.depth < ? AND c.card = ?) "
               "SELECT " + columns +
               " FROM chain ORDER BY depth";
    }();
    constexpr std::int64_t page_max = 1024;
    const auto bucket = tx.bucket(card.id.place());
    // Short at first: most callers want the newest few.
    for (std::int64_t page = 16; !at.is_nil(); page = std::min(page * 4, page_max)) {
        std::vector<Entry> entries;
        tx.query(sql,
                 {bucket, card.project, at, bucket, card.project, page, card.id},
                 [&](const db::Row& row) { entries.push_back(read_entry(row)); });
        CHECK(!entries.empty());
        for (const Entry& entry : entries)
            if (entry.card != card.id || !callback(entry)) return;
        at = entries.back().previous;
    }
}

}  // namespace

void walk_entries(db::Tx& tx, const Card& card, EntryId from,
                  FunctionRef<bool(const Entry&)> callback) {
    EntryId at = from.is_nil() ? card.head : from;
    if (tx.dialect() == db::Dialect::postgres) return walk_in_pages(tx, card, at, callback);
    while (!at.is_nil()) {
        auto entry = load_entry(tx, card.project, at);
        CHECK(entry.has_value());
        if (entry->card != card.id || !callback(*entry)) return;
        at = entry->previous;
    }
}

void walk_chains(db::Tx& tx, projects::ProjectNumber project, std::span<const Card* const> cards,
                 FunctionRef<void(std::size_t, Entry&&)> callback) {
    db::Chains chains;
    for (std::size_t i = 0; i < cards.size(); ++i) chains.add(cards[i]->head, i);
    while (chains.go_on())
        tx.select(select_entries, chains.keys(tx, project), [&](const db::Row& row) {
            Entry entry = read_entry(row);
            const std::size_t chain = chains.chain_of(entry.id, entry.previous);
            callback(chain, std::move(entry));
        });
}

std::vector<Entry> list_entries(db::Tx& tx, projects::ProjectNumber project,
                                const ProgramId& program, const EntryId& after, bool descending,
                                std::int64_t limit) {
    static const std::string base =
        std::string(entry_columns) +
        "WHERE bucket = ? AND project = ? AND program = ? AND kind NOT IN (11, 12, 13) AND ";
    const std::string sql =
        base + (descending ? "id < ? ORDER BY id DESC LIMIT ?" : "id > ? ORDER BY id LIMIT ?");
    static const std::string last(16, '\xFF');
    const bool begins = after.is_nil();
    std::vector<Entry> out;
    // The key of each bucket is in order of id, so a page of each holds the page of all.
    for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket)
        tx.query(sql,
                 {bucket, project, program,
                  begins && descending ? db::Value::blob(last) : db::Value(after), limit},
                 [&](const db::Row& row) { out.push_back(read_entry(row)); });
    std::ranges::sort(out, [&](const Entry& a, const Entry& b) {
        return descending ? RawId(b.id) < RawId(a.id) : RawId(a.id) < RawId(b.id);
    });
    if (std::ssize(out) > limit) out.resize(static_cast<std::size_t>(limit));
    return out;
}

std::vector<Card> list_pending_cards(db::Tx& tx, projects::ProjectNumber project,
                                     const ProgramId& program, const CardId& from, bool descending,
                                     std::int64_t limit) {
    static const std::string base =
        std::string(card_columns) + "WHERE project = ? AND program = ? AND pending > 0 AND ";
    const std::string sql =
        base + (descending ? "id <= ? ORDER BY id DESC LIMIT ?" : "id >= ? ORDER BY id LIMIT ?");
    static const std::string last(16, '\xFF');
    std::vector<Card> out;
    tx.query(sql,
             {project, program,
              from.is_nil() && descending ? db::Value::blob(last) : db::Value(from), limit},
             [&](const db::Row& row) { out.push_back(read_card(row)); });
    return out;
}

namespace {

// What a detail may keep when its person is erased.
std::string impersonal(const std::string& detail) {
    static constexpr std::string_view kept[] = {"by",       "rule",        "v",      "base",
                                                "expired",  "shortfall",   "event",  "redemption",
                                                "rollback", "reward_name", "tier",   "reward",
                                                "lot",      "card",        "points", "order",
                                                 "source",   "entry",       "was",    "now",
                                                 "key"};
    if (detail.empty()) return {};
    const json::value parsed = json::parse(detail);
    json::object out;
    for (const auto& [key, value] : parsed.as_object())
        if (std::ranges::find(kept, std::string_view(key)) != std::end(kept) &&
            !value.is_object() && !value.is_array())
            out[key] = value;
    return out.empty() ? std::string() : to_text(out);
}

}  // namespace

std::int64_t erase_details(db::Tx& tx, const Card& card) {
    std::vector<Entry> all;
    walk_entries(tx, card, {}, [&](const Entry& entry) {
        all.push_back(entry);
        return true;
    });
    for (const Entry& entry : all) {
        const std::string commitment = entry_commitment(entry);
        const std::string detail = impersonal(entry.detail);
        tx.execute("UPDATE entries SET commitment = ?, detail = ?, salt = ? WHERE bucket = ? AND "
                   "project = ? AND id = ?",
                   {db::Value::blob(commitment), text_or_null(detail),
                    db::Value::blob(std::string_view("\0", 1)), tx.bucket(entry.id.place()),
                    card.project, entry.id});
    }
    return std::ssize(all);
}

void scan_cards(db::Tx& tx, std::int64_t bucket, FunctionRef<void(const Card&)> callback) {
    static const std::string sql =
        std::string(card_columns) + "WHERE bucket = ? ORDER BY project, id";
    tx.query(sql, {bucket}, [&](const db::Row& row) {
        auto card = unless_broken([&] { return read_card(row); });
        if (!card) {  // somebody wrote it by hand: it fits no entries
            card.emplace();
            card->project = static_cast<projects::ProjectNumber>(row.integer(0));
            card->id = row.id<CardId>(1);
            card->seq = -1;
        }
        callback(*card);
    });
}

void scan_entries(
    db::Tx& tx, std::int64_t bucket,
    FunctionRef<void(projects::ProjectNumber, const Entry&, std::string_view)> callback) {
    static const std::string sql =
        std::string(entry_columns) + "WHERE bucket = ? ORDER BY project, card, seq";
    tx.query(sql, {bucket}, [&](const db::Row& row) {
        auto entry = unless_broken([&] { return read_entry(row); });
        if (!entry) {  // its hash will not fit
            entry.emplace();
            entry->id = row.id<EntryId>(1);
            entry->card = row.id<CardId>(2);
            entry->seq = row.integer(3);
        }
        callback(static_cast<projects::ProjectNumber>(row.integer(0)), *entry, row.blob(13));
    });
}

}  // namespace perennial::ledger
