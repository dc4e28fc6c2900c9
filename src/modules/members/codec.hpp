// A member's card as JSON: the API's voucher of type LOYALTY_CARD, its balance, transactions,
// buckets of expiry and pending points (api.md 7.1, 10.2 to 10.4).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "modules/ledger/model.hpp"
#include "modules/members/roll.hpp"

namespace perennial::members {

/// A lot has no id of its own: the API's ids of buckets and of pending points are the prefix, the
/// card's 32 hex digits and 8 hex digits of the lot's number, so they lead back to the lot.
std::string bucket_id(const ledger::CardId&, std::uint32_t lot);   ///< "lopb_…"
std::string pending_id(const ledger::CardId&, std::uint32_t lot);  ///< "lopp_…"
/// The number of the card's lot; nothing for what is no id of this card.
std::optional<std::uint32_t> lot_of_pending(std::string_view id, const ledger::CardId&);
/// The card that an id of pending points belongs to.
std::optional<ledger::CardId> card_of_pending(std::string_view id);

/// The last local date on which points that are gone at this moment can be used.
std::string last_day(Timestamp expires_at, const TimeZone&);

/// The voucher, of a card that was rolled to now. `redemptions` counts those not rolled back.
json::object card_json(const ledger::Card&, const Rulebook&, std::int64_t redemptions);
/// The voucher in short: inside transactions of a transfer.
json::object simple_json(const ledger::Card&, const Rulebook&);
/// {id, code, campaign, campaign_id, type, object}: inside redemptions.
json::object embedded_json(const ledger::Card&, std::string_view campaign);

/// `name` is "points", or "amount" on the vouchers' path.
json::object balance_json(const ledger::Card&, std::string_view name, Points points, Points total,
                          Points balance);

/// One bucket of `points-expiration`: an active lot, or what of one has expired.
json::object bucket_json(const ledger::Card&, const ledger::Lot&, const TimeZone&);
struct ExpiredLot;
json::object bucket_json(const ledger::Card&, const ExpiredLot&, const TimeZone&);

/// What the entry's stored detail says; {} when it was erased.
json::object detail_of(const ledger::Entry&);
/// The API has a transaction for it: not for pending points, tiers and what a new card starts with.
bool is_transaction(const ledger::Entry&);

/// What a transaction refers to, looked up by whoever may look there. Absent = not mentioned.
struct Related {
    struct Thing {
        std::string id;
        std::string name;  ///< a name, source id, banner or type
    };
    std::optional<Thing> order;
    std::optional<Thing> earning_rule;
    std::optional<Thing> event;
    std::optional<Thing> tier;
    std::optional<Thing> reward;
    std::optional<json::object> other_card;  ///< of a transfer: simple_json
};
json::object transaction_json(const ledger::Entry&, const Related&);
/// `made` is the pending_accrual that opened the lot.
json::object pending_json(const ledger::Card&, const ledger::Lot&, const ledger::Entry& made,
                          const Related&, const TimeZone&);

}  // namespace perennial::members
