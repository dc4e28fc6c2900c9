// When a delivery is sent, and what becomes of it. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "modules/webhooks/model.hpp"

namespace perennial::webhooks {

inline constexpr int retries_max = 12;
/// So long a customer's later events wait for a failing one.
inline constexpr std::int64_t order_kept_ms = 5 * minute_ms;
inline constexpr std::int64_t lease_ms = minute_ms;

/// After the given number of attempts: 1 minute, doubling to 24 hours; nothing after the last retry.
std::optional<std::int64_t> retry_delay_ms(int attempts);

/// How an attempt ended.
struct Attempt {
    int status = 0;  ///< 0: no answer
    std::string error;
    Timestamp at;

    bool is_success() const { return status >= 200 && status < 300; }
};

/// The delivery after an attempt: delivered; or due again, parked when its order would otherwise stand
/// still for longer than order_kept_ms since it was made; or dead. Free of its lease.
Delivery after_attempt(Delivery, const Attempt&);
/// The delivery given back without an attempt.
Delivery given_back(Delivery, Timestamp next_at);

/// What may be taken of one customer's order, whose oldest waiting deliveries stand in `lane`.
struct LaneChoice {
    std::size_t take = 0;                ///< so many from the front
    std::optional<Timestamp> wait_until; ///< the front is being sent or waits for its retry
};
LaneChoice choose(std::span<const Delivery> lane, Timestamp now);

/// After so many failures in a row a receiver is asked less and less often, one delivery at a time, so
/// that one that is down costs little and uses up no attempts of what waits for it. 0 = go on.
std::int64_t rest_ms(int failures_in_a_row);

}  // namespace perennial::webhooks
