// Points that go from some cards into another: POST …/members/{memberId}/transfers.
#pragma once
#include <string>
#include <vector>

#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct TransferPoints {
    struct Source {
        std::string card;  ///< code or "v_…"; of any program
        Points points;     ///< > 0
        std::string reason;
        std::string source_id;  ///< the same one again changes nothing
    };
    std::string campaign;  ///< of the target: id or name
    std::string target;    ///< code or "v_…"
    std::vector<Source> sources;
};

void want(const TransferPoints&, work::Batch&, projects::ProjectNumber);

/// All of them, or none. The points end as the target's program says, reckoned from now. Two entries
/// a source: one in each card's chain, which name each other's card. Answers the target. Refuses in
/// this order: not_found (campaign, target), voucher_disabled (target), and for each source not_found,
/// invalid_payload (the target itself), duplicate_source_id (of another change), voucher_disabled,
/// loyalty_card_points_exceeded, invalid_balance.
Result<ledger::Card*> transfer_points(const TransferPoints&, const projects::Context&);

}  // namespace perennial::flows
