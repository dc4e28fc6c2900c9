// The kinds of people who come in: when, how often, for what, and for how long.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "app/demo/catalog_data.hpp"

namespace perennial::app::demo {

enum class Slot : std::uint8_t { drink, pastry, lunch, beans, mugs, brewing, gifts };

/// One thing an order may hold.
struct Wish {
    Slot slot;
    std::int64_t chance_permille;
    int most = 1;  ///< up to so many of them, each further one less likely
};

struct WantedReward {
    std::string_view name;
    std::int64_t weight;
};

struct Archetype {
    std::string_view name;
    std::int64_t share;      ///< weight among sign-ups
    std::int64_t visit_ppm;  ///< chance of a visit on a plain day, before all factors
    std::int64_t leave_ppm;  ///< chance per day of not coming any more
    std::int64_t web_permille;
    int youngest;
    int oldest;
    std::array<std::int64_t, 7> weekday_permille;  ///< Sunday first
    std::array<std::int64_t, 12> month_permille;   ///< January first
    std::array<std::int64_t, 24> hours;            ///< weights of the local hours in a store
    std::span<const Wish> in_store;
    std::span<const Wish> on_the_web;
    std::span<const WantedReward> rewards;
};

enum class Kind : std::uint8_t {
    commuter,
    student,
    family,
    gift_buyer,
    remote_worker,
    gourmet,
    lapsed,
    one_timer,
};

std::span<const Archetype> archetypes();  ///< in the order of Kind
inline const Archetype& archetype(Kind kind) {
    return archetypes()[static_cast<std::size_t>(kind)];
}

/// In points, as in examples/demo/program.json: to guess when somebody can pay for it.
std::int64_t price_of(std::string_view reward);

/// The COIN reward: 100 points are one euro.
inline constexpr std::string_view coin_reward = "Points as money";

}  // namespace perennial::app::demo
