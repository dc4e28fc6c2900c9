// Members for screens and answers: every card as of now (decisions.md 14), its saved transactions,
// its lots. Nothing here is used to decide.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/claims/store.hpp"
#include "modules/customers/model.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/roll.hpp"
#include "modules/projects/route.hpp"

namespace perennial::members {

struct Member {
    ledger::Card stored;  ///< as its row says
    ledger::Card card;    ///< rolled to now
    Rulebook book;
};

/// By code or "v_…"; of the campaign (id or name), or of any when that is empty. Refuses: not_found
/// (campaign, then card).
Result<Member> find_member(const projects::ReadContext&, std::string_view campaign,
                           std::string_view member);
/// The same by the path of a route: `{campaignId}` and `{memberId}`, or `{memberId}` alone.
Result<Member> find_member(const projects::ReadContext&, const std::vector<std::string>& path);

struct ListQuery {
    enum class By : std::uint8_t { created_at, updated_at, code };

    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
    std::optional<Timestamp> updated_before = {};
    std::optional<Timestamp> updated_after = {};
    By by = By::created_at;

    bool is_between() const {
        return created_before || created_after || updated_before || updated_after;
    }
    bool is_plain() const { return !is_between() && by == By::created_at; }
    /// No index has what is asked for: every card of the program is read.
    bool reads_all() const { return by != By::created_at || updated_before || updated_after; }
};
/// The cards are as stored.
std::vector<ledger::Card> list_members(db::Tx&, projects::ProjectNumber, const ledger::ProgramId&,
                                       const ListQuery&);
/// Of all between the two times; without them the kept sum.
std::int64_t count_members(db::Tx&, projects::ProjectNumber, const ledger::ProgramId&,
                           const ListQuery&);

/// The spendable points of each program in which the customer has a card, as of now: the `loyalty`
/// of a customer (api.md 13.1).
json::object customer_loyalty(const projects::Snapshot&, std::vector<ledger::Card> cards,
                              Timestamp now);
std::vector<ledger::Card> cards_of(db::Tx&, const customers::Customer&);
/// The same with what was redeemed (`redemptions`), also with cards that went into these; in a batch as it
/// has the cards.
json::object loyalty_of(db::Tx&, const projects::Snapshot&, const customers::Customer&, Timestamp now);
json::object loyalty_of(work::Batch&, const projects::Snapshot&, const customers::Customer&,
                        Timestamp now);
/// The word under which the n-th card is noted that went into this one when customers were merged.
claims::Word joined_word(projects::ProjectNumber, const ledger::CardId&, int n);
/// The card, and before it those that went into it: what was redeemed with them is theirs.
std::vector<ledger::CardId> with_joined(db::Tx&, projects::ProjectNumber, const ledger::CardId&);

struct EntryPage {
    std::vector<ledger::Entry> entries;
    bool has_more = false;
};
struct EntryQuery {
    std::int64_t limit = 10;
    bool descending = true;
    std::optional<ledger::EntryId> after;  ///< the last one that was seen
    std::function<bool(const ledger::Entry&)> fits = nullptr;  ///< nothing = all
};
/// The card's saved transactions along its chain. What has fallen due and is not saved yet has no
/// id and comes with the next command or timer; the balance never waits for that. Oldest first
/// walks the whole chain. Refuses: invalid_query_params (`after` is no transaction of the card).
Result<EntryPage> list_transactions(db::Tx&, const ledger::Card&, const EntryQuery&);

/// A lot that pends, with the entry that made it.
struct PendingLot {
    ledger::Lot lot;
    ledger::Entry made;
};
/// Newest first.
std::vector<PendingLot> list_pending(db::Tx&, const ledger::Card&);

/// Active lots, those that end soonest first.
std::vector<ledger::Lot> list_buckets(const ledger::Card&);

/// What of a lot has expired, as of now.
struct ExpiredLot {
    std::uint32_t lot = 0;
    Points points;
    Timestamp earned_at;
    Timestamp expired_at;
};
/// Those that expired last come first. Reads the chain.
std::vector<ExpiredLot> list_expired(db::Tx&, const Member&, Timestamp now);

/// Entries that were recorded at or after a moment, oldest first, and what the card held before them.
struct History {
    std::vector<ledger::Entry> entries;
    Points balance;
    Points pending;
    ledger::TierId tier;
};
/// Nothing was recorded before it happened, so this has all that counts from `from` on. Without
/// `from`: the whole chain. Reads as far back as it must.
History history_since(db::Tx&, const ledger::Card&, std::optional<Timestamp> from);

/// What a card held at a moment.
struct Held {
    Points balance;
    Points pending;
    Points credited;
    Points debt;
};
/// By when things happened, whenever they were written down; what falls due until `at` included. A
/// moment in the future: if nothing else happens.
Held held_at(db::Tx&, const Member&, Timestamp at);
/// By what had been written down at that moment: what the answer was then.
Held held_as_recorded(db::Tx&, const Member&, Timestamp at);

}  // namespace perennial::members
