// What proves to a receiver that a delivery is ours.
#pragma once
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace perennial::webhooks {

/// `x-voucherify-signature`: hex HMAC-SHA256 of the raw body; the key is the secret as it is shown.
std::string body_signature(std::string_view secret, std::string_view body);

/// Standard Webhooks' `webhook-signature`: "v1," + base64 HMAC-SHA256 of "id.timestamp.body"; the key
/// is what the part after "whsec_" says in base64.
std::string standard_signature(std::string_view secret, std::string_view id, Timestamp sent_at,
                               std::string_view body);

}  // namespace perennial::webhooks
