#include "base/value.hpp"

namespace perennial {

std::int64_t divide(int128_t numerator, std::int64_t denominator, Rounding rounding) {
    CHECK(denominator > 0);
    int128_t quotient = numerator / denominator;
    const int128_t rest = numerator % denominator;
    if (rest != 0) {
        const bool negative = numerator < 0;
        const int128_t twice = (negative ? -rest : rest) * 2;
        bool away = false;
        switch (rounding) {
            case Rounding::floor: away = negative; break;
            case Rounding::ceil: away = !negative; break;
            case Rounding::half_up: away = twice >= denominator; break;
            case Rounding::half_even:
                away = twice > denominator || (twice == denominator && quotient % 2 != 0);
                break;
        }
        if (away) quotient += negative ? -1 : 1;
    }
    CHECK(quotient >= INT64_MIN && quotient <= INT64_MAX);
    return static_cast<std::int64_t>(quotient);
}

}  // namespace perennial
