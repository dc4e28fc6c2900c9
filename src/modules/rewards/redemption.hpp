// A redemption: points spent on a reward, its undo, and attempts that were refused.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/rewards/decide.hpp"

#include <boost/json.hpp>

namespace perennial::rewards {

/// Numbers are stored: never renumber. A rollback is a row of its own, as the API lists it; so is a
/// refused attempt. `open`: points and piece are taken, and come back by themselves at `held_until`
/// unless somebody completes the redemption before.
enum class RedemptionStatus : std::uint8_t {
    succeeded = 1,
    rolled_back = 2,
    rollback = 3,
    failed = 4,
    failed_rollback = 5,
    open = 6
};

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
    std::string failure;  ///< of a refused attempt: the error's key

    // Kept as JSON text in `body`.
    ledger::EntryId entry;
    RedemptionId other;  ///< of a rollback, refused or not, its redemption; of a redemption its rollback
    AssignmentId assignment;
    ledger::TierId tier;  ///< whose price it was
    RawId order;          ///< COIN: the order it paid for
    Money discount;       ///< COIN: off that order
    Money donation;       ///< DONATION: owed to the recipient
    std::string receipt;  ///< DONATION: for the member; names nobody
    std::vector<ledger::LotChange> refund_steps;
    /// CAMPAIGN: the card that was topped up, and the lot that this opened there.
    ledger::CardId given_card;
    std::uint32_t given_lot = 0;
    Points given;      ///< points on that card; of a rollback: what could not be taken back
    json::object shown;  ///< the reward as it was: {name, type, parameters, created_at, updated_at}
    json::object metadata;
    std::string reason;  ///< of a rollback
    std::string app_id;
    std::string channel;
    std::optional<Timestamp> held_until;  ///< it was, or is, open until then
    std::optional<Timestamp> completed_at;
    bool expired = false;  ///< rolled back because nobody completed it
    std::string failure_message;
    json::array missing;  ///< of a refused attempt

    bool is_rollback() const {
        return status == RedemptionStatus::rollback || status == RedemptionStatus::failed_rollback;
    }
    bool is_failed() const {
        return status == RedemptionStatus::failed || status == RedemptionStatus::failed_rollback;
    }
    /// "r_…", "rr_…" of a rollback, "rf_…" and "rrf_…" of refused ones.
    std::string text_id() const;
};

/// With any of the four prefixes.
std::optional<RedemptionId> parse_redemption_id(std::string_view);

/// The id of a refused attempt follows from its minute and what was refused and why: so repeating
/// it does not fill the database (decisions.md 4). docs/GLOSSARY.md, "refused attempt".
RedemptionId failure_id(const Redemption& failed, Place);

std::string body_text(const Redemption&);
void read_body_text(std::string_view, Redemption&);

/// The receipt of a donation, from the reward's `donation.receipt` or in plain words. The text may hold
/// {amount}, {points}, {recipient}, {date} and {id}.
std::string receipt_text(const json::object& donation, Money amount, Points points,
                         const std::string& currency, Date date, const RedemptionId&);

/// [{key, message, points | amount | date | tiers}]
json::array missing_json(const std::vector<Missing>&, const tiers::Tiers&);

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
