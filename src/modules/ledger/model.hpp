// The points ledger. An account is a card; its entries form a hash chain, and the card's row is the
// fold of its entries (`apply`), which `perennial verify` computes again. What entries of a kind move in
// a month is a sum per bucket (totals.hpp), from which the counter-accounts (issued, redeemed, expired,
// adjusted, transferred) and the liability are told.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "base/value.hpp"
#include "modules/projects/model.hpp"

namespace perennial::ledger {

struct CardTag {
    static constexpr std::string_view prefix = "v_";
};
struct EntryTag {
    static constexpr std::string_view prefix = "vtx_";
};
struct ProgramTag {
    static constexpr std::string_view prefix = "camp_";
};
struct TierTag {
    static constexpr std::string_view prefix = "ltr_";
};
using CardId = Id<CardTag>;
using EntryId = Id<EntryTag>;
using ProgramId = Id<ProgramTag>;
using TierId = Id<TierTag>;

/// Points earned together, with one end. Numbers count up within a card and are never used twice.
struct Lot {
    std::uint32_t number = 0;
    Points left;
    Timestamp earned_at;                    ///< business time
    std::optional<Timestamp> activates_at;  ///< set = pending until then
    std::optional<Timestamp> expires_at;    ///< the first moment at which the points are gone

    bool pending() const { return activates_at.has_value(); }
};

/// An end for points that inactivity does not end either.
inline constexpr Timestamp never_ends{253'402'300'800'000};  // year 10000

/// Numbers are stored: never renumber.
enum class EntryKind : std::uint8_t {
    accrual = 1,
    redemption = 2,
    refund = 3,
    addition = 4,
    removal = 5,
    expiration = 6,
    transfer_in = 7,
    transfer_out = 8,
    activation = 9,
    cancellation = 10,         ///< earned points taken back after a return or cancelation
    pending_accrual = 11,      ///< no transaction of the API: the balance does not move
    pending_cancellation = 12, ///< as above
    tier_change = 13           ///< zero points; keeps the tier in the chain
};

std::string_view transaction_type(EntryKind);  ///< "POINTS_ACCRUAL"; empty for what is no transaction

/// One step on the lots of a card.
struct LotChange {
    enum class Op : std::uint8_t {
        open = 1,      ///< a new lot with `points`, and its times
        take = 2,      ///< `points` leave the lot
        put = 3,       ///< `points` come into the lot (opened again when it was used up)
        activate = 4,  ///< a pending lot becomes spendable
        debt = 5,      ///< the card's debt grows by `points` (negative: shrinks)
        idle = 6       ///< the card's points end at `expires_at` if nothing happens until then
    };
    Op op = Op::open;
    std::uint32_t lot = 0;
    Points points;
    Timestamp earned_at;
    std::optional<Timestamp> activates_at;
    std::optional<Timestamp> expires_at;
};

/// What moves, before it has its place in the chain.
struct Posting {
    EntryKind kind = EntryKind::accrual;
    Points points;   ///< change of the spendable balance
    Points pending;  ///< change of the pending points
    Timestamp effective_at;
    std::vector<LotChange> lots;
    TierId tier;  ///< of tier_change: the new tier; nil = none
};

struct Entry : Posting {
    EntryId id;
    CardId card;
    ProgramId program;
    std::int64_t seq = 0;  ///< from 1, without gaps
    EntryId previous;
    Points balance;   ///< after
    Points credited;  ///< after: all points ever credited
    Timestamp recorded_at;
    RawId cause;         ///< order, event, redemption …; nil when an actor did it by hand
    std::string detail;  ///< JSON text: what explains the entry; may be erased with its person
    std::string salt;    ///< 16 random bytes; erased together with the detail
    std::string commitment;  ///< SHA-256(salt, cause, detail); stored only once those are erased
    std::string hash;        ///< SHA-256 of the previous hash and all of this but cause and detail
};

/// What module tiers keeps on a card besides the running period's points and spend. No part of the
/// chain: it can be made anew from the card's entries and its holder's orders.
struct TierState {
    /// What counted on one local day, for windows that slide.
    struct Day {
        std::int32_t day = 0;  ///< since 1970
        Points points;
        Money spend;
        std::int64_t orders = 0;
        bool operator==(const Day&) const = default;
    };
    /// Numbers are stored: never renumber.
    enum class Hold : std::uint8_t {
        none = 0,
        grace = 1,            ///< lost, and kept until tier_until
        by_hand = 2,          ///< given by hand until tier_until
        by_hand_at_least = 3  ///< as above, and a higher one ends it
    };
    Hold hold = Hold::none;
    TierId below;  ///< what follows a grace; what is reached under one given by hand
    std::optional<Timestamp> below_until;
    TierId kept;  ///< lost, and in its grace until kept_until, under one given by hand
    std::optional<Timestamp> kept_until;
    TierId next;  ///< reached, begins at next_at
    std::optional<Timestamp> next_at;
    std::optional<Timestamp> look_at;     ///< when time alone moves the tier, besides tier_until
    std::optional<Timestamp> decided_at;  ///< the tier was decided, and the card saved
    std::optional<Timestamp> counted_at;  ///< something was earned or bought
    std::int64_t period_orders = 0;
    std::vector<Day> days;  ///< ascending
    bool operator==(const TierState&) const = default;
};

/// Points of a redemption that is open: they come back at `until` (members::roll_forward), unless it is
/// completed or rolled back before. Kept on the card, so that any look at it knows. No part of the chain.
struct HeldPoints {
    RawId redemption;
    RawId undo;  ///< the id that its rollback will have
    Timestamp until;
    std::vector<LotChange> steps;  ///< into the lots they came from
    std::string detail;            ///< of the entry that gives them back, JSON text
    /// They came back by this entry; the redemption's own row, its piece of stock and what it gave
    /// follow with its timer.
    bool is_back = false;
    EntryId returned;
};

struct Card {
    projects::ProjectNumber project = 0;
    CardId id;
    ProgramId program;
    RawId customer;  ///< nil = not assigned yet
    std::string code;
    bool active = true;
    Points balance;  ///< spendable: what is left in active lots, less the debt
    Points pending;
    Points credited;    ///< all points ever credited
    Points redeemed;    ///< less refunds
    Points expired;
    Points subtracted;  ///< removed by hand, transferred away, taken back
    Points debt;
    std::vector<Lot> lots;  ///< open ones, in order of number
    std::vector<HeldPoints> held;  ///< of open redemptions
    /// When all active points end because nothing happened on the card (but what never ends).
    std::optional<Timestamp> idle_until;
    std::optional<Timestamp> remind_at;  ///< the next notice of points that end
    std::string reminded;                ///< notices that were given: members/reminders.hpp
    /// The next birthday or anniversary that may earn, and the birthday: members/yearly.hpp.
    std::optional<Timestamp> yearly_at;
    std::int64_t birthday = 0;
    std::uint32_t next_lot = 1;
    TierId tier;
    std::optional<Timestamp> tier_since;
    std::optional<Timestamp> tier_until;  ///< when it is decided anew; nothing = stays
    /// What counts for tiers in the running period.
    Timestamp period_start;
    Points period_points;
    Money period_spend;
    TierState tier_state;
    std::int64_t seq = 0;
    EntryId head;
    std::string head_hash;
    std::string metadata;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;

    Lot* find_lot(std::uint32_t number);
    HeldPoints* find_held(const RawId& redemption);
    /// When the lot's points are gone: its own end, or the card's by inactivity.
    std::optional<Timestamp> end_of(const Lot&) const;
    /// When something on the lots or the tier falls due next, or a notice.
    std::optional<Timestamp> due_at() const;
};

/// The fold: moves the posting on the card. CHECKs that the lots' steps add up to the posting, that
/// no lot goes below zero, and that values stay in range. `verify` calls the same function.
void apply(const Posting&, Card&);

/// The lots, and behind them what is held.
std::string pack_lots(const std::vector<Lot>&, const std::vector<HeldPoints>& = {});
std::vector<Lot> unpack_lots(std::string_view, std::vector<HeldPoints>* held = nullptr);
/// Empty when there is nothing to keep.
std::string pack_tier_state(const TierState&);
TierState unpack_tier_state(std::string_view);
/// Lot steps and the tier of an entry.
std::string pack_steps(const Posting&);
void unpack_steps(std::string_view, Posting&);

/// The hash of an entry whose other fields are filled; `previous_hash` is empty for the first.
std::string entry_hash(const Entry&, std::string_view steps, std::string_view previous_hash);
/// From salt, cause and detail, or the stored one when these were erased.
std::string entry_commitment(const Entry&);

}  // namespace perennial::ledger
