#include "modules/customers/lookup_keys.hpp"

#include <gtest/gtest.h>

namespace perennial::customers {
namespace {

TEST(LookupKeys, AddressesDifferInNoLetterCase) {
    EXPECT_EQ(email_word(" Anna.Berg@Example.ORG "), "anna.berg@example.org");
    EXPECT_EQ(email_word("no address"), "");
    EXPECT_EQ(email_word(""), "");
}

TEST(LookupKeys, NumbersWithAndWithoutTheirCountry) {
    const struct {
        const char* a;
        const char* b;
        bool same;
    } rows[] = {
        {"+40 722-123 456", "0722 123 456", true},
        {"0040722123456", "+40722123456", true},
        {"(0722) 123.456", "722123456", true},
        {"+40722123456", "+49722123456", false},
        {"0722123456", "0722123457", false},
        {"123456", "123456", false},  // too short to tell people apart
    };
    for (const auto& row : rows) {
        EXPECT_EQ(same_phone(phone_digits(row.a), phone_digits(row.b)), row.same) << row.a << row.b;
        if (row.same) {
            EXPECT_EQ(phone_word(row.a), phone_word(row.b));
        }
    }
}

TEST(LookupKeys, KindsDoNotMeet) {
    EXPECT_NE(key_hash(KeyKind::email, "1234567"), key_hash(KeyKind::phone, "1234567"));
    EXPECT_EQ(key_hash(KeyKind::phone, "1234567").size(), 16u);
}

}  // namespace
}  // namespace perennial::customers
