#include "modules/webhooks/decide.hpp"

#include <algorithm>

namespace perennial::webhooks {
namespace {

constexpr std::size_t error_bytes_max = 200;

std::string shortened(std::string text) {
    if (text.size() <= error_bytes_max) return text;
    std::size_t end = error_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);  // before the character that does not fit whole
    return text;
}

}  // namespace

std::optional<std::int64_t> retry_delay_ms(int attempts) {
    if (attempts < 1 || attempts > retries_max) return std::nullopt;
    return std::min(minute_ms << (attempts - 1), day_ms);
}

Delivery after_attempt(Delivery d, const Attempt& attempt) {
    ++d.attempts;
    d.lease = 0;
    d.last_at = attempt.at;
    d.last_status.reset();
    if (attempt.status != 0) d.last_status = attempt.status;
    d.last_error.clear();
    d.next_at = attempt.at;
    if (attempt.is_success()) {
        d.state = DeliveryState::delivered;
        return d;
    }
    d.last_error = shortened(attempt.error);
    const auto delay = retry_delay_ms(d.attempts);
    if (!delay) {
        d.state = DeliveryState::dead;
        return d;
    }
    d.next_at = attempt.at + *delay;
    if (d.next_at > d.created_at + order_kept_ms) d.state = DeliveryState::parked;
    return d;
}

Delivery given_back(Delivery d, Timestamp next_at) {
    d.lease = 0;
    d.next_at = next_at;
    return d;
}

LaneChoice choose(std::span<const Delivery> lane, Timestamp now) {
    LaneChoice choice;
    if (lane.empty()) return choice;
    if (lane.front().next_at > now) {
        choice.wait_until = lane.front().next_at;
        return choice;
    }
    // Later ones wait for the front only, so when they are due matters no more; but what somebody
    // holds is not taken from them.
    while (choice.take < lane.size() &&
           (lane[choice.take].lease == 0 || lane[choice.take].next_at <= now))
        ++choice.take;
    return choice;
}

std::int64_t rest_ms(int failures_in_a_row) {
    constexpr int failures_allowed = 5;
    if (failures_in_a_row < failures_allowed) return 0;
    return std::min(second_ms << std::min(failures_in_a_row - failures_allowed, 10), minute_ms);
}

}  // namespace perennial::webhooks
