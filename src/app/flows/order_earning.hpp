// What an order gives and takes: decisions.md 15 to 17.
#pragma once
#include "cel/trace.hpp"
#include "modules/customers/store.hpp"
#include "modules/earning/decide.hpp"
#include "modules/ledger/store.hpp"
#include "modules/orders/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// The order became PAID: every program that runs and has (or, with auto_join, makes) the customer's
/// card applies its rules; the tier before multiplies; the tier is decided once afterwards. Writes
/// the decision into the order. Throws LateRefusal (points_out_of_range).
void earn(const projects::Context&, orders::Order&, customers::Customer&);

/// A fresh card of a program with `earn_before_joining`: the customer's paid orders of its window earn
/// now, under the rules of now as of the time of each order. Not `but`, which is being decided.
void claim_earlier_orders(const projects::Context&, customers::Customer&, ledger::Card&,
                          const campaigns::Program&, const orders::OrderId& but = {});

/// What one return or cancelation took back.
struct TakenBack {
    Points points;     ///< of the balance and of pending points
    Points expired;    ///< had expired before: counts as taken
    Points shortfall;  ///< spent already, and the program allows no debt
};

/// Takes back, for each award, what the order gave less what its remaining lines give under the same
/// rule version and facts. The order's returned quantities, or its CANCELED status, are set already.
TakenBack take_back(const projects::Context&, orders::Order&, customers::Customer&,
                    std::string_view reason);

/// What became of an award's points, also on cards that have been merged into this one.
ledger::LotStory story_of(const projects::Context&, const ledger::Card&, const orders::Award&);

/// The customer has spent this much less on the order: in the period in which it counted, for tiers by
/// spend; when nothing is left of one that `had_lines` it is no order any more. Before take_back, which
/// decides the tier.
void take_back_spend(const projects::Context&, const orders::Order&, const customers::Customer&,
                     Money less, bool had_lines);

/// The rules of a program that orders fire.
const std::vector<const earning::Rule*>& order_rules(const projects::Snapshot&,
                                                     const ledger::ProgramId&);
/// Whether some expression asks for the customer.
bool reads_customer(const std::vector<const earning::Rule*>&,
                    const std::vector<earning::Multiplier>&);
earning::Terms terms_of(const campaigns::Program&, const earning::Rules&, const tiers::Tier*);
/// Whether the order counted nothing in a program because the member's card was disabled.
bool was_off(const orders::Decision&, const RawId& program);
/// What a decision stored of the customer, back into facts that are views into it. The tier of then;
/// null when there was none or the definitions do not have it.
const tiers::Tier* read_stored(const json::object& facts, const tiers::Tiers&,
                               earning::CustomerFacts&);

/// One rule of one program looked at again: for take_back and explain.
struct RuleLook {
    const earning::Rule* rule = nullptr;
    const tiers::Tier* tier = nullptr;
    earning::Outcome outcome;
    cel::Trace condition;
    cel::Trace formula;
};
/// Evaluates all order rules of a program on the order as it is (`kept`) with the facts that were
/// stored with its decision.
std::vector<RuleLook> look_again(const projects::Snapshot& decided_under, const orders::Order&,
                                 const ledger::ProgramId&, bool kept);

}  // namespace perennial::flows
