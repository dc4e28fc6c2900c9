// A member's orders and events decided anew, in memory: under the rules of their own time, which must come to
// what history has, and under a changed rulebook. What falls to be decided is decided by the functions
// that decided it the first time; nothing is written.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "modules/customers/store.hpp"
#include "modules/earning/decide.hpp"
#include "modules/events/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/orders/store.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::flows {

/// The definitions of one version, as one program's replay needs them.
struct Book {
    Book(projects::SnapshotPtr, const ledger::ProgramId&);

    projects::SnapshotPtr snapshot;
    ledger::ProgramId id;
    const campaigns::Program* program = nullptr;  ///< null: there was none
    const earning::Rules& rules;
    const tiers::Tiers& tiers;
    const std::vector<const earning::Rule*>& of_orders;

    const std::vector<const earning::Rule*>& of_event(const std::string& name) const;
    const std::vector<const earning::Rule*>& of_tier(earning::Trigger) const;

    // What its rules of orders and events look at.
    bool reads_items = false;
    bool reads_metadata = false;  ///< of the order
    bool reads_customer = false;
    bool reads_moment = false;    ///< `context`
    bool reads_channel = false;
    bool reads_name = false;      ///< and e-mail, source id: no decision keeps these
    bool has_limits = false;
    bool has_tiers = false;
    /// Tiers, limits or a rule that looks at the balance: then what else happened on the card matters.
    bool needs_entries = false;
};

/// The books of the versions that decisions name. Versions in which no definition changed are one.
class Books {
  public:
    Books(projects::Cache& cache, projects::ProjectNumber project, const ledger::ProgramId& program)
        : cache_(cache), project_(project), program_(program) {}

    const Book& at(db::Tx&, std::int64_t version);
    /// Between two members: forgets all when there are many.
    void trim();

  private:
    projects::Cache& cache_;
    projects::ProjectNumber project_;
    ledger::ProgramId program_;
    std::map<std::int64_t, std::int64_t> changed_at_;  ///< of a version: that of its last change
    std::map<std::int64_t, std::unique_ptr<Book>> books_;
};

/// All that is known of a member.
struct History {
    ledger::Card card;
    customers::Customer holder;
    std::vector<orders::Past> orders;    ///< oldest first
    std::vector<events::Event> events;   ///< likewise
    std::vector<ledger::Entry> entries;  ///< likewise; only when asked for
};
/// The program's members after a place, by age; `last` is moved on to the last card that was seen.
/// Cards that nobody holds, or whose holder was merged into another, are left out.
std::vector<History> load_histories(db::Tx&, projects::ProjectNumber, const ledger::ProgramId&,
                                    ledger::CardPlace& last, std::int64_t limit, bool entries);
/// One member; nothing when the card is gone or nobody's.
std::optional<History> load_history(db::Tx&, projects::ProjectNumber, const ledger::CardId&,
                                    bool entries);

/// What is asked of a replay.
struct ReplayWish {
    Timestamp from;
    Timestamp to;  ///< excluded
    const Book& change;
    /// Whether moves of the tier start the earning rules of tiers, as they do when members live.
    bool fires_tier_rules = true;
    /// What the change's budgets have given, to whomever: goes on from member to member.
    std::map<RawId, Points>& budgets;
    /// Re-tiering: the change as if it had always been in force, what came back as if it had never been
    /// bought, tiers by hand left out; `from` is then the beginning of all.
    bool as_always = false;
    Timestamp decides_from{INT64_MIN};  ///< what is older gives what it gave
};

/// Points of one rule for one order, event or move of the tier.
struct ReplayLine {
    enum class Of : std::uint8_t { order, event, tier };
    Of of = Of::order;
    std::uint32_t index = 0;  ///< in the history
    Timestamp at;
    RawId rule;
    // As it was; under the rules of its time; under the change. `back` was taken back by returns.
    Points was, was_back;
    Points then, then_back;
    Points under, under_back;
    std::string then_limit, under_limit;  ///< that let less through
    Points under_wanted;
};

struct ReplayMove {
    Timestamp at;
    ledger::TierId from, to;
};

/// An order or event for which the rules of its time do not come to what history has, and why.
struct NotReplayed {
    ReplayLine line;
    std::string_view why;  ///< "channel", "person", "engine", "rule", "limit", "erased", "other"
};

struct Replayed {
    std::int64_t orders = 0;  ///< of the period
    std::int64_t events = 0;
    std::int64_t with_person_of_today = 0;
    std::vector<ReplayLine> lines;
    std::vector<NotReplayed> not_replayed;
    ledger::TierId tier_at_start;
    ledger::TierId tier_was, tier_under;  ///< at the end of the period
    std::vector<ReplayMove> moves_were, moves_under;
    ledger::Card under;  ///< what tiers look at, at the end, under the change
    /// With `as_always`: the facts of orders and events that come to something else now.
    std::map<std::uint32_t, json::object> facts_of_orders, facts_of_events;

    void clear();
};

/// The version under which a program decided an event: deciding it anew notes its own.
std::int64_t version_of(const events::Event&, const ledger::ProgramId&);

/// `book_of` gives the definitions of a version that a decision names.
void replay(History&, const ReplayWish&, FunctionRef<const Book&(std::int64_t version)> book_of,
            Timestamp now, Replayed&);

}  // namespace perennial::flows
