// What flows do with a card: enrol, roll forward, credit, burn, take back, settle. All work on the
// batch's loaded sets; `context.now` is the business time.
#pragma once
#include "modules/customers/store.hpp"
#include "modules/earning/decide.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/roll.hpp"
#include "modules/projects/route.hpp"

namespace perennial::members {

/// Of a deleted program: one that is not active and has no rules.
Rulebook rulebook(const projects::Snapshot&, const ledger::ProgramId&);

/// Wants the cards that the customer holds.
void want_cards(work::Batch&, const customers::Customer&);

/// Loads those that the batch does not hold yet. A command that names an order and no customer meets
/// the customer in the second round of loading, and so the cards only after it.
void load_cards(work::Batch&, const customers::Customer&);

/// The customer's card in the program; null when there is none.
ledger::Card* card_of(const projects::Context&, const customers::Customer&,
                      const campaigns::Program&);

/// The card that a Lookup wanted by this text; of the campaign (id or name), or of any when that is
/// empty. Refuses: not_found (campaign, then card).
Result<ledger::Card*> need_card(const projects::Context&, const std::string& campaign,
                                const std::string& member);

/// Makes the customer's card: code, initial points (no transaction), the tier that these give, and
/// what its rules earn. A `code` that is somebody else's by now is thrown as a LateRefusal; empty =
/// one is made.
ledger::Card& enrol(const projects::Context&, customers::Customer&, const campaigns::Program&,
                    const std::string& code = {});

/// Saves what fell due until now. Every command on a card begins with it.
void roll(const projects::Context&, ledger::Card&);

/// Notes the holder's birthday in the card, when the batch holds the holder. `known` is the local day on
/// which it became known; nothing = before. True when the card changed.
bool learn_birthday(const projects::Context&, ledger::Card&, const Rulebook&,
                    std::optional<Date> known);

/// Why a posting is made. `by` is "order", "event", "redemption", "rollback", "manual", "import",
/// "tier", "enrolment", "joining", "profile", "due", "transfer", "adjustment" (of pending points).
struct Why {
    std::string_view by;
    RawId cause;
    json::object more = {};  ///< joined to the stored detail
};

/// What an entry says of a change of tier.
json::object detail_of(const tiers::Move&);

/// Posts and emits the events that the API has for it.
ledger::EntryId post(const projects::Context&, ledger::Card&, ledger::Posting, Why);

struct Credited {
    std::uint32_t lot = 0;
    ledger::EntryId entry;
    std::optional<Timestamp> expires_at;
};
/// Earned points under a rule, pending or at once. Refuses as ledger::credit.
Result<Credited> credit_earned(const projects::Context&, ledger::Card&, const earning::Rule&,
                               Points, Why);

/// Points of a rule that no order or custom event fires: of tiers, of joining, of a profile. Multipliers
/// and limits are for orders and events. Throws a LateRefusal when they do not fit.
void earn_by(const projects::Context&, ledger::Card&, const customers::Customer&,
             const earning::Rule&, Why);

/// After the postings of a command: decides the tier once; a change starts the earning rules of tier
/// events once, after which the tier is decided a last time (decisions.md 15).
Result<void> settle(const projects::Context&, ledger::Card&, const customers::Customer*);

/// What rules see of the customer, for one card. Views into the arguments.
struct CustomerView {
    earning::CustomerFacts facts;
    std::string id;
    std::string birthdate, country, city;
};
/// Fills in place, because the facts point into the view.
void fill(CustomerView&, const customers::Customer&, const ledger::Card*, const tiers::Tiers&);

}  // namespace perennial::members
