#pragma once
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "modules/ledger/model.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::ledger {

/// Why an entry is made. `detail` is JSON text that explains it (see docs/decisions/0004-explain.md).
struct Cause {
    RawId id;
    std::string detail;
};

/// Set of a batch: cards with their row locks, and the new entries.
struct LotStory {
    Points expired;
    Points taken_by_hand;  ///< while it pended, less what was added
    std::optional<Timestamp> activated_at;
};

class Set {
  public:
    static constexpr int rank = 50;

    void want(projects::ProjectNumber, const CardId&);
    void load(work::Batch&);
    void save(work::Batch&);

    Card* find(projects::ProjectNumber, const CardId&);
    /// A new card. Its holder's place, else its code's (decisions.md 9), is in the id already.
    Card& create(work::Batch&, Card card);
    /// For changes that are no postings: holder, tier period, counters, metadata.
    void touch(Card&);

    /// Puts the posting at the end of the card's chain and applies it.
    EntryId post(work::Batch&, Card&, Posting, Cause, Timestamp recorded_at);

    /// An entry that this batch makes; null when it makes none of this id.
    const Entry* find_new(projects::ProjectNumber, const EntryId&) const;

    /// What became of a lot, from this batch's entries and the stored chain. Reads the chain, so only
    /// for what is rare: a return after the end of its lot, or of points that pended.
    LotStory story_of_lot(work::Batch&, const Card&, std::uint32_t lot) const;

  private:
    struct Slot {
        Card card;
        std::optional<Timestamp> stored_due;
        bool exists = false;
        bool created = false;
        bool dirty = false;
    };
    using Key = db::RowKey;
    struct NewEntry {
        projects::ProjectNumber project;
        Entry entry;
        std::string steps;
    };

    /// The local month of a moment; postings of a batch mostly lie in one.
    const std::string& month(work::Batch&, projects::ProjectNumber, Timestamp);
    struct Month {
        projects::ProjectNumber project = 0;
        Timestamp from, to;
        std::string text;
    };

    Month month_;
    std::vector<Key> wanted_;
    std::unordered_map<Key, Slot, db::RowKeyHash> slots_;
    std::deque<NewEntry> entries_;
};

/// A card in the order of a program's cards.
struct CardPlace {
    Timestamp created_at{INT64_MIN};
    CardId id;
};
/// The next cards of the program, by age.
std::vector<CardPlace> cards_after(db::Tx&, projects::ProjectNumber, const ProgramId&,
                                   const CardPlace&, std::int64_t limit);
/// The same, whole.
std::vector<Card> next_cards(db::Tx&, projects::ProjectNumber, const ProgramId&, const CardPlace&,
                             std::int64_t limit);
std::optional<Card> load_card(db::Tx&, projects::ProjectNumber, const CardId&);
/// By "v_…" or code.
std::optional<Card> load_card(db::Tx&, projects::ProjectNumber, std::string_view id_or_code);

/// Erasing a person: of each entry of the chain stays the commitment to its cause and detail; of the
/// detail only ids, numbers and words of ours; the salt goes. So `verify` holds as before, and nobody can try
/// texts against the commitment. Returns how many entries there are.
std::int64_t erase_details(db::Tx&, const Card&);

/// Of a program, by age.
std::vector<Card> list_cards(db::Tx&, projects::ProjectNumber, const ProgramId&, bool descending,
                             std::int64_t limit, std::int64_t offset);

std::optional<Entry> load_entry(db::Tx&, projects::ProjectNumber, const EntryId&);
/// Walks the chain from `from` (nil: the head) to older entries until the callback returns false.
void walk_entries(db::Tx&, const Card&, EntryId from, FunctionRef<bool(const Entry&)>);

/// The chains of these cards, all together, newest first; as orders::walk_chains.
void walk_chains(db::Tx&, projects::ProjectNumber, std::span<const Card* const>,
                 FunctionRef<void(std::size_t chain, Entry&&)>);

/// Entries of a program that are transactions (no pending points, no tiers), by id: as they were
/// recorded. `after` is the last one seen; nil = from the beginning of the list.
std::vector<Entry> list_entries(db::Tx&, projects::ProjectNumber, const ProgramId&,
                                const EntryId& after, bool descending, std::int64_t limit);

/// Cards of a program on which points pend, by id, from `from` on, that one included.
std::vector<Card> list_pending_cards(db::Tx&, projects::ProjectNumber, const ProgramId&,
                                     const CardId& from, bool descending, std::int64_t limit);

/// Reads all cards, then all entries, of one bucket, in slices; for verify and exports. A row that
/// cannot be read comes with its id and little else, and so fits nothing.
void scan_cards(db::Tx&, std::int64_t bucket, FunctionRef<void(const Card&)>);
void scan_entries(db::Tx&, std::int64_t bucket,
                  FunctionRef<void(projects::ProjectNumber, const Entry&, std::string_view steps)>);

}  // namespace perennial::ledger
