// Limits of earning in a command: what they leave, and what is noted as used.
#pragma once
#include "modules/campaigns/model.hpp"
#include "modules/customers/store.hpp"
#include "modules/earning/decide.hpp"
#include "modules/ledger/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// Wants what rules of order.paid or of a custom event count for the customer's cards, and the budgets.
void want_limits(work::Batch&, const projects::Snapshot&, const customers::Customer*,
                 std::string_view event);

/// One card under one program, for one order or event.
class Allowance {
  public:
    Allowance(const projects::Context& context, const ledger::Card& card,
              const campaigns::Program& program)
        : context_(context), card_(card), program_(program) {}

    /// Cuts the outcome to what the limits leave, and notes what it gives.
    void take(const earning::Rule&, earning::Outcome&);

  private:
    const projects::Context& context_;
    const ledger::Card& card_;
    const campaigns::Program& program_;
    Points given_;  ///< to this order or event so far
};

/// Points of a rule were taken back: total limits and budgets have room again, and those of a span that
/// still runs and had them.
void give_back_room(const projects::Context&, const ledger::Card&, const campaigns::Program&,
                    const earning::Rule&, Points, Timestamp decided_at);

/// What limits have used so far, for reads.
Points used_before(db::Tx&, projects::ProjectNumber, const RawId& card,
                   const campaigns::Program&, const earning::Rule&, const TimeZone&,
                   earning::Scope, earning::Span, Timestamp now);

}  // namespace perennial::flows
