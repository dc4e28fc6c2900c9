// Examples of answers that several routes give, for /openapi.json: it makes its schemas from them, and
// tests hold what is answered against these.
#pragma once
#include <string>
#include <string_view>

namespace perennial::flows::examples {

extern const char* const customer;
extern const char* const card;  ///< A card, as members and vouchers.
extern const char* const order;
extern const char* const order_return;
extern const char* const balance;  ///< Of adjusting points.
extern const char* const voucher_balance;  ///< The same where the API calls it an amount.
extern const char* const transaction;
extern const char* const pending_points;
extern const char* const bucket;  ///< Points with their end.
extern const char* const statement;
extern const char* const activity;
extern const char* const older_activity;
extern const char* const redemption;
extern const char* const rollback;
extern const char* const stack;  ///< Of redeeming several at once.
extern const char* const found_member;
extern const char* const liability;
extern const char* const clock;
extern const char* const explanation;

/// {"object":"list","data_ref":"data","data":[one],"has_more":true,"more_starting_after":ID}
std::string cursor_list(std::string_view one);

}  // namespace perennial::flows::examples
