// Examples of answers that several routes give, for /openapi.json: it makes its schemas from them, and
// tests hold what is answered against these.
#pragma once
#include <string>
#include <string_view>

namespace perennial::flows::examples {

extern const std::string customer;
extern const std::string card;  ///< A card, as members and vouchers.
extern const std::string order;
extern const std::string order_return;
extern const std::string balance;  ///< Of adjusting points.
extern const std::string voucher_balance;  ///< The same where the API calls it an amount.
extern const std::string transaction;
extern const std::string pending_points;
extern const std::string bucket;  ///< Points with their end.
extern const std::string statement;
extern const std::string activity;
extern const std::string older_activity;
extern const std::string redemption;
extern const std::string rollback;
extern const std::string stack;  ///< Of redeeming several at once.
extern const std::string found_member;
extern const std::string liability;
extern const std::string clock;
extern const std::string explanation;

/// {"object":"list","data_ref":"data","data":[one],"has_more":true,"more_starting_after":ID}
std::string cursor_list(std::string_view one);

}  // namespace perennial::flows::examples
