#include "modules/ledger/model.hpp"

#include <openssl/sha.h>

namespace perennial::ledger {
namespace {

// Varints (LEB128), signed by zigzag; an optional time is 0 or the time + 1.
void put(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}
void put_signed(std::string& out, std::int64_t value) {
    put(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}
void put_time(std::string& out, const std::optional<Timestamp>& time) {
    out += time ? '\1' : '\0';
    if (time) put_signed(out, time->ms);
}

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    bool done() const { return at_ == bytes_.size(); }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            CHECK(at_ < bytes_.size() && shift < 64);
            const auto byte = static_cast<std::uint8_t>(bytes_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
    }
    std::int64_t signed_number() {
        const std::uint64_t raw = number();
        return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
    }
    std::optional<Timestamp> time() {
        if (number() == 0) return std::nullopt;
        return Timestamp{signed_number()};
    }
    std::string text(std::uint64_t size) {
        CHECK(size <= bytes_.size() - at_);
        at_ += size;
        return std::string(bytes_.substr(at_ - size, size));
    }
    RawId id() {
        CHECK(at_ + 16 <= bytes_.size());
        at_ += 16;
        return RawId::from_bytes(bytes_.substr(at_ - 16, 16));
    }

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

bool has_times(LotChange::Op op) {
    return op == LotChange::Op::open || op == LotChange::Op::put || op == LotChange::Op::idle;
}

void put_fixed(std::string& out, std::int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xFF);
}

std::string sha256(std::string_view bytes) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

}  // namespace

std::string_view transaction_type(EntryKind kind) {
    switch (kind) {
        case EntryKind::accrual: return "POINTS_ACCRUAL";
        case EntryKind::redemption: return "POINTS_REDEMPTION";
        case EntryKind::refund: return "POINTS_REFUND";
        case EntryKind::addition: return "POINTS_ADDITION";
        case EntryKind::removal: return "POINTS_REMOVAL";
        case EntryKind::expiration: return "POINTS_EXPIRATION";
        case EntryKind::transfer_in: return "POINTS_TRANSFER_IN";
        case EntryKind::transfer_out: return "POINTS_TRANSFER_OUT";
        case EntryKind::activation: return "PENDING_POINTS_ACTIVATION";
        case EntryKind::cancellation: return "POINTS_CANCELLATION";
        case EntryKind::pending_accrual:
        case EntryKind::pending_cancellation:
        case EntryKind::tier_change: return "";
    }
    return "";
}

Lot* Card::find_lot(std::uint32_t number) {
    auto found = std::ranges::find(lots, number, &Lot::number);
    return found == lots.end() ? nullptr : &*found;
}

HeldPoints* Card::find_held(const RawId& redemption) {
    const auto found = std::ranges::find(held, redemption, &HeldPoints::redemption);
    return found == held.end() ? nullptr : &*found;
}

std::optional<Timestamp> Card::end_of(const Lot& lot) const {
    if (!lot.expires_at || !idle_until) return lot.expires_at ? lot.expires_at : idle_until;
    return *lot.expires_at == never_ends ? lot.expires_at
                                         : std::min(*lot.expires_at, *idle_until);
}

std::optional<Timestamp> Card::due_at() const {
    std::optional<Timestamp> due = tier_until;
    auto sooner = [&](const std::optional<Timestamp>& at) {
        if (at && (!due || *at < *due)) due = at;
    };
    sooner(remind_at);
    sooner(tier_state.next_at);
    sooner(tier_state.look_at);
    sooner(yearly_at);
    for (const Lot& lot : lots) {
        sooner(lot.activates_at);
        if (const auto end = end_of(lot); !lot.pending() && end != never_ends) sooner(end);
    }
    return due;
}

void apply(const Posting& posting, Card& card) {
    Points active;
    Points pending;
    Points debt;
    for (const LotChange& change : posting.lots) {
        Lot* lot = card.find_lot(change.lot);
        switch (change.op) {
            case LotChange::Op::open:
                CHECK(lot == nullptr && change.points.value > 0 && change.lot >= card.next_lot);
                card.lots.push_back({change.lot, change.points, change.earned_at,
                                     change.activates_at, change.expires_at});
                card.next_lot = change.lot + 1;
                (change.activates_at ? pending : active) += change.points;
                break;
            case LotChange::Op::take:
                CHECK(lot != nullptr && change.points.value > 0 && lot->left >= change.points);
                lot->left -= change.points;
                (lot->pending() ? pending : active) -= change.points;
                break;
            case LotChange::Op::put:
                CHECK(change.points.value > 0);
                if (lot == nullptr) {
                    card.lots.push_back(
                        {change.lot, Points(), change.earned_at, std::nullopt, change.expires_at});
                    std::ranges::sort(card.lots, {}, &Lot::number);
                    lot = card.find_lot(change.lot);
                }
                lot->left += change.points;
                (lot->pending() ? pending : active) += change.points;
                break;
            case LotChange::Op::activate:
                CHECK(lot != nullptr && lot->pending());
                lot->activates_at.reset();
                pending -= lot->left;
                active += lot->left;
                break;
            case LotChange::Op::debt: debt += change.points; break;
            case LotChange::Op::idle: card.idle_until = change.expires_at; break;
        }
    }
    std::erase_if(card.lots, [](const Lot& lot) { return lot.left.is_zero(); });
    CHECK(posting.points == active - debt);
    CHECK(posting.pending == pending);
    card.balance += posting.points;
    card.pending += posting.pending;
    card.debt += debt;
    CHECK(card.pending.value >= 0 && card.debt.value >= 0);
    switch (posting.kind) {
        case EntryKind::accrual:
        case EntryKind::addition:
        case EntryKind::transfer_in:
        case EntryKind::activation: card.credited += posting.points; break;
        case EntryKind::redemption:
        case EntryKind::refund: card.redeemed -= posting.points; break;
        case EntryKind::expiration: card.expired -= posting.points; break;
        case EntryKind::removal:
        case EntryKind::transfer_out:
        case EntryKind::cancellation: card.subtracted -= posting.points; break;
        case EntryKind::pending_accrual:
        case EntryKind::pending_cancellation: break;
        case EntryKind::tier_change: card.tier = posting.tier; break;
    }
}

std::string pack_lots(const std::vector<Lot>& lots, const std::vector<HeldPoints>& held) {
    std::string out;
    for (const Lot& lot : lots) {
        put(out, lot.number);
        put_signed(out, lot.left.value);
        put_signed(out, lot.earned_at.ms);
        put_time(out, lot.activates_at);
        put_time(out, lot.expires_at);
    }
    for (const HeldPoints& one : held) {
        put(out, 0);  // no lot has this number
        out += one.redemption.view();
        out += one.undo.view();
        put_signed(out, one.until.ms);
        put(out, one.steps.size());
        for (const LotChange& step : one.steps) {
            put(out, step.lot);
            put_signed(out, step.points.value);
            put_signed(out, step.earned_at.ms);
            put_time(out, step.expires_at);
        }
        put(out, one.detail.size());
        out += one.detail;
        put(out, one.is_back ? 1 : 0);
        out += one.returned.view();
    }
    return out;
}

std::vector<Lot> unpack_lots(std::string_view bytes, std::vector<HeldPoints>* held) {
    std::vector<Lot> out;
    Reader reader(bytes);
    while (!reader.done()) {
        Lot lot;
        lot.number = static_cast<std::uint32_t>(reader.number());
        if (lot.number == 0) {
            HeldPoints one;
            one.redemption = reader.id();
            one.undo = reader.id();
            one.until = {reader.signed_number()};
            one.steps.resize(reader.number());
            for (LotChange& step : one.steps) {
                step.op = LotChange::Op::put;
                step.lot = static_cast<std::uint32_t>(reader.number());
                step.points = Points(reader.signed_number());
                step.earned_at = {reader.signed_number()};
                step.expires_at = reader.time();
            }
            one.detail = reader.text(reader.number());
            one.is_back = reader.number() != 0;
            one.returned = EntryId(reader.id());
            if (held != nullptr) held->push_back(std::move(one));
            continue;
        }
        lot.left = Points(reader.signed_number());
        lot.earned_at = {reader.signed_number()};
        lot.activates_at = reader.time();
        lot.expires_at = reader.time();
        out.push_back(lot);
    }
    return out;
}

namespace {
constexpr std::uint64_t has_kept = 8;  // beside the hold
}

std::string pack_tier_state(const TierState& state) {
    std::string out;
    if (state == TierState()) return out;
    put(out, static_cast<std::uint64_t>(state.hold) | (state.kept.is_nil() ? 0 : has_kept));
    if (!state.kept.is_nil()) {
        out += state.kept.view();
        put_time(out, state.kept_until);
    }
    for (const TierId& tier : {state.below, state.next}) {
        out += tier.is_nil() ? '\0' : '\1';
        if (!tier.is_nil()) out += tier.view();
    }
    for (const auto& time : {state.below_until, state.next_at, state.look_at, state.decided_at,
                             state.counted_at})
        put_time(out, time);
    put_signed(out, state.period_orders);
    std::int64_t before = 0;
    for (const TierState::Day& day : state.days) {
        put_signed(out, day.day - before);
        put_signed(out, day.points.value);
        put_signed(out, day.spend.value);
        put_signed(out, day.orders);
        before = day.day;
    }
    return out;
}

TierState unpack_tier_state(std::string_view bytes) {
    TierState state;
    if (bytes.empty()) return state;
    Reader reader(bytes);
    const std::uint64_t first = reader.number();
    const std::uint64_t hold = first & ~has_kept;
    CHECK(hold <= static_cast<std::uint64_t>(TierState::Hold::by_hand_at_least));
    state.hold = static_cast<TierState::Hold>(hold);
    if ((first & has_kept) != 0) {
        state.kept = TierId(reader.id());
        state.kept_until = reader.time();
    }
    for (TierId* tier : {&state.below, &state.next})
        if (reader.number() != 0) *tier = TierId(reader.id());
    for (auto* time : {&state.below_until, &state.next_at, &state.look_at, &state.decided_at,
                       &state.counted_at})
        *time = reader.time();
    state.period_orders = reader.signed_number();
    std::int64_t before = 0;
    while (!reader.done()) {
        TierState::Day day;
        before += reader.signed_number();
        day.day = static_cast<std::int32_t>(before);
        day.points = Points(reader.signed_number());
        day.spend = Money(reader.signed_number());
        day.orders = reader.signed_number();
        state.days.push_back(day);
    }
    return state;
}

std::string pack_steps(const Posting& posting) {
    std::string out;
    for (const LotChange& change : posting.lots) {
        put(out, static_cast<std::uint64_t>(change.op));
        put(out, change.lot);
        put_signed(out, change.points.value);
        if (has_times(change.op)) {
            put_signed(out, change.earned_at.ms);
            put_time(out, change.activates_at);
            put_time(out, change.expires_at);
        }
    }
    if (posting.kind == EntryKind::tier_change) {
        put(out, 0);
        out += posting.tier.view();
    }
    return out;
}

void unpack_steps(std::string_view bytes, Posting& posting) {
    Reader reader(bytes);
    while (!reader.done()) {
        const std::uint64_t op = reader.number();
        if (op == 0) {
            posting.tier = TierId(reader.id());
            continue;
        }
        CHECK(op <= static_cast<std::uint64_t>(LotChange::Op::idle));
        LotChange change;
        change.op = static_cast<LotChange::Op>(op);
        change.lot = static_cast<std::uint32_t>(reader.number());
        change.points = Points(reader.signed_number());
        if (has_times(change.op)) {
            change.earned_at = {reader.signed_number()};
            change.activates_at = reader.time();
            change.expires_at = reader.time();
        }
        posting.lots.push_back(change);
    }
}

std::string entry_commitment(const Entry& entry) {
    if (!entry.commitment.empty()) return entry.commitment;
    std::string bytes = entry.salt;
    bytes += entry.cause.view();
    bytes += entry.detail;
    return sha256(bytes);
}

std::string entry_hash(const Entry& entry, std::string_view steps,
                       std::string_view previous_hash) {
    std::string bytes(previous_hash);
    bytes += entry.id.view();
    bytes += entry.card.view();
    bytes += entry.program.view();
    put_fixed(bytes, entry.seq);
    put_fixed(bytes, static_cast<std::int64_t>(entry.kind));
    put_fixed(bytes, entry.points.value);
    put_fixed(bytes, entry.pending.value);
    put_fixed(bytes, entry.balance.value);
    put_fixed(bytes, entry.credited.value);
    put_fixed(bytes, entry.effective_at.ms);
    put_fixed(bytes, entry.recorded_at.ms);
    put_fixed(bytes, static_cast<std::int64_t>(steps.size()));
    bytes += steps;
    bytes += entry_commitment(entry);
    return sha256(bytes);
}

}  // namespace perennial::ledger
