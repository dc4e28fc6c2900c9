#include "modules/webhooks/decide.hpp"

#include <gtest/gtest.h>

namespace perennial::webhooks {
namespace {

constexpr Timestamp made{1'700'000'000'000};

Delivery delivery(int attempts = 0) {
    Delivery d;
    d.customer = RawId::make(1, 1, 1);
    d.sequence = 65'536;
    d.attempts = attempts;
    d.lease = 99;
    d.created_at = made;
    d.next_at = made + lease_ms;
    return d;
}

TEST(RetryDelay, DoublesFromAMinuteToADayAndEnds) {
    EXPECT_EQ(retry_delay_ms(1), 1 * minute_ms);
    EXPECT_EQ(retry_delay_ms(2), 2 * minute_ms);
    EXPECT_EQ(retry_delay_ms(3), 4 * minute_ms);
    EXPECT_EQ(retry_delay_ms(11), 1024 * minute_ms);
    EXPECT_EQ(retry_delay_ms(12), day_ms);
    EXPECT_EQ(retry_delay_ms(13), std::nullopt);
    EXPECT_EQ(retry_delay_ms(0), std::nullopt);
}

TEST(AfterAttempt, A2xxDelivers) {
    for (int status : {200, 201, 204, 299}) {
        const Delivery after = after_attempt(delivery(), {status, "", made + 5});
        EXPECT_EQ(after.state, DeliveryState::delivered);
        EXPECT_EQ(after.attempts, 1);
        EXPECT_EQ(after.lease, 0);
        EXPECT_EQ(after.last_status, status);
        EXPECT_EQ(after.last_error, "");
        EXPECT_EQ(after.last_at, made + 5);
    }
}

TEST(AfterAttempt, EverythingElseIsTriedAgainInItsPlace) {
    for (int status : {0, 100, 301, 404, 410, 500}) {
        const Delivery after = after_attempt(delivery(), {status, "why", made + 5});
        EXPECT_EQ(after.state, DeliveryState::waiting) << status;
        EXPECT_EQ(after.next_at, made + (5 + minute_ms));
        EXPECT_EQ(after.last_error, "why");
        EXPECT_EQ(after.last_status.value_or(0), status);
    }
}

// Tries at 0, 1 and 3 minutes keep the order; the next would be at 7, when it has waited too long.
TEST(AfterAttempt, ParksWhatWouldHoldUpItsOrderForTooLong) {
    Delivery d = delivery();
    d = after_attempt(d, {500, "", made});
    EXPECT_EQ(d.state, DeliveryState::waiting);
    d = after_attempt(d, {500, "", d.next_at});
    EXPECT_EQ(d.state, DeliveryState::waiting);
    EXPECT_EQ(d.next_at, made + 3 * minute_ms);
    d = after_attempt(d, {500, "", d.next_at});
    EXPECT_EQ(d.state, DeliveryState::parked);
    EXPECT_EQ(d.next_at, made + 7 * minute_ms);
    EXPECT_EQ(after_attempt(d, {200, "", d.next_at}).state, DeliveryState::delivered);
}

TEST(AfterAttempt, IsDeadAfterTwelveRetries) {
    Delivery d = delivery();
    Timestamp at = made;
    int attempts = 0;
    while (d.state < DeliveryState::delivered) {
        d = after_attempt(d, {503, "HTTP 503", at});
        at = d.next_at;
        ++attempts;
    }
    EXPECT_EQ(d.state, DeliveryState::dead);
    EXPECT_EQ(attempts, 13);
    EXPECT_EQ(d.attempts, 13);
    EXPECT_EQ(at, made + (2047 * minute_ms + day_ms));
}

TEST(AfterAttempt, ShortensErrorsAtACharacter) {
    std::string error(199, 'x');
    error += "\xC3\xA4\xC3\xB6";
    EXPECT_EQ(after_attempt(delivery(), {0, error, made}).last_error, std::string(199, 'x'));
    EXPECT_EQ(after_attempt(delivery(), {0, "\xC3\xA4", made}).last_error, "\xC3\xA4");
}

TEST(Choose, TakesFromTheFront) {
    EXPECT_EQ(choose({}, made).take, 0U);
    Delivery due = delivery();
    due.lease = 0;
    due.next_at = made;
    Delivery later = due;
    later.next_at = made + hour_ms;  // it was put behind a front that is gone
    const std::vector lane{due, later, due};
    const LaneChoice choice = choose(lane, made);
    EXPECT_EQ(choice.take, 3U);
    EXPECT_EQ(choice.wait_until, std::nullopt);
}

TEST(Choose, WaitsForTheFront) {
    Delivery due = delivery();
    due.lease = 0;
    due.next_at = made;
    Delivery front = due;
    front.next_at = made + minute_ms;
    const std::vector lane{front, due};
    EXPECT_EQ(choose(lane, made).take, 0U);
    EXPECT_EQ(choose(lane, made).wait_until, made + minute_ms);
}

TEST(Choose, TakesOverWhenALeaseHasEndedButNotBefore) {
    Delivery leased = delivery();
    leased.next_at = made + lease_ms;
    EXPECT_EQ(choose(std::vector{leased, leased}, made).take, 0U);
    EXPECT_EQ(choose(std::vector{leased, leased}, made + lease_ms).take, 2U);
    Delivery free = leased;
    free.lease = 0;
    free.next_at = made;
    EXPECT_EQ(choose(std::vector{free, leased, free}, made).take, 1U);
}

TEST(Rest, GrowsToAMinute) {
    EXPECT_EQ(rest_ms(0), 0);
    EXPECT_EQ(rest_ms(4), 0);
    EXPECT_EQ(rest_ms(5), 1000);
    EXPECT_EQ(rest_ms(8), 8000);
    EXPECT_EQ(rest_ms(11), minute_ms);
    EXPECT_EQ(rest_ms(100'000), minute_ms);
}

}  // namespace
}  // namespace perennial::webhooks
