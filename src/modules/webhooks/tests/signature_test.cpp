#include "modules/webhooks/envelope.hpp"
#include "modules/webhooks/signature.hpp"

#include <gtest/gtest.h>

#include "modules/webhooks/definition.hpp"

namespace perennial::webhooks {
namespace {

constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view body = R"({"test": 2432232314})";

TEST(Signature, StandardWebhooksVector) {
    EXPECT_EQ(standard_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", {1'614'265'330'000}, body),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, TimesAreWholeSeconds) {
    EXPECT_EQ(standard_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", {1'614'265'330'999}, body),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, BodyVector) {
    EXPECT_EQ(body_signature(secret, body),
              "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c");
    // RFC 4231, case 2.
    EXPECT_EQ(body_signature("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Signature, ANewSecretIsOfTheStandardsFormAndNeverTheSame) {
    const std::string one = make_secret();
    EXPECT_TRUE(one.starts_with("whsec_"));
    EXPECT_EQ(one.size(), 6 + 32U);
    EXPECT_NE(one, make_secret());
}

TEST(Signature, BothSecretsSignUntilTheOldOneEnds) {
    const Timestamp now{1'614'265'330'000};
    Target target{{}, "https://shop.example/", "whsec_bmV3", "whsec_b2xk", now + 1};
    Delivery delivery;
    const auto signature_of = [&](Timestamp at) {
        for (const auto& [name, value] : outgoing(target, delivery, "{}", at).headers)
            if (name == "webhook-signature") return value;
        return std::string();
    };
    const std::string id = delivery.id.text();
    const std::string fresh = standard_signature("whsec_bmV3", id, now, "{}");
    EXPECT_EQ(signature_of(now), fresh + " " + standard_signature("whsec_b2xk", id, now, "{}"));
    EXPECT_EQ(signature_of(now + 1), fresh);
}

}  // namespace
}  // namespace perennial::webhooks
