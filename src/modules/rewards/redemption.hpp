// A redemption: points spent on a reward, and its undo.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/rewards/model.hpp"

#include <boost/json.hpp>

namespace perennial::rewards {

/// Numbers are stored: never renumber. A rollback is a row of its own, as the API lists it.
enum class RedemptionStatus : std::uint8_t { succeeded = 1, rolled_back = 2, rollback = 3 };

inline constexpr std::string_view rollback_prefix = "rr_";

struct Redemption {
    projects::ProjectNumber project = 0;
    RedemptionId id;
    ledger::CardId card;
    RawId customer;  ///< nil = the card had no holder
    ledger::ProgramId program;
    RewardId reward;
    Points points;
    RedemptionStatus status = RedemptionStatus::succeeded;
    Timestamp created_at;
    std::optional<Timestamp> rolled_back_at;

    // Kept as JSON text in `body`.
    ledger::EntryId entry;
    RedemptionId other;  ///< of a rollback its redemption; of a redemption its rollback
    AssignmentId assignment;
    ledger::TierId tier;  ///< whose price it was
    RawId order;          ///< COIN: the order it paid for
    Money discount;       ///< COIN: off that order
    std::vector<ledger::LotChange> refund_steps;
    json::object shown;  ///< the reward as it was: {name, type, parameters, created_at, updated_at}
    json::object metadata;
    std::string reason;  ///< of a rollback
    std::string app_id;
    std::string channel;

    bool is_rollback() const { return status == RedemptionStatus::rollback; }
    std::string text_id() const;  ///< "r_…", or "rr_…" of a rollback
};

/// "r_…" or "rr_…".
std::optional<RedemptionId> parse_redemption_id(std::string_view);

std::string body_text(const Redemption&);
void read_body_text(std::string_view, Redemption&);

/// What else an answer shows; {} and null are left out.
struct RedemptionView {
    json::object voucher;
    json::object customer;
    json::object product;  ///< MATERIAL: what was handed out
    json::object sku;
    std::optional<json::object> order;
};
json::object to_json(const Redemption&, RedemptionView);

}  // namespace perennial::rewards
