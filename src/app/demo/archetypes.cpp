#include "app/demo/archetypes.hpp"

namespace perennial::app::demo {
namespace {

using enum Slot;

constexpr Wish commuter_store[]{
    {drink, 985}, {pastry, 330}, {lunch, 45}, {beans, 22}, {drink, 60}};
constexpr Wish student_store[]{{drink, 940, 2}, {pastry, 420, 2}, {lunch, 70}};
constexpr Wish family_store[]{{drink, 1000, 4}, {drink, 850, 3}, {pastry, 900, 4},
                              {lunch, 330, 3},  {beans, 50},     {mugs, 14}};
constexpr Wish gift_store[]{{gifts, 520, 3}, {mugs, 380, 2}, {beans, 240, 2},
                            {drink, 450, 2}, {pastry, 250, 2}, {brewing, 60}};
constexpr Wish remote_store[]{{drink, 1000, 3}, {lunch, 520}, {pastry, 340}, {beans, 20}};
constexpr Wish gourmet_store[]{{drink, 620, 2}, {beans, 640, 3}, {brewing, 130},
                               {pastry, 260, 2}, {mugs, 50}, {gifts, 20}};
constexpr Wish casual_store[]{{drink, 960, 2}, {pastry, 450, 2}, {lunch, 150}, {beans, 20}};

constexpr Wish everyday_web[]{{beans, 900, 2}, {brewing, 160}, {mugs, 140}, {gifts, 50}};
constexpr Wish gift_web[]{{gifts, 720, 3}, {mugs, 420, 3}, {beans, 260, 2}, {brewing, 90}};
constexpr Wish gourmet_web[]{{beans, 960, 4}, {brewing, 270}, {mugs, 70}, {gifts, 40}};

constexpr WantedReward everyday_rewards[]{{"Coffee on us", 520},  {"Pastry of the day", 220},
                                          {"Give a warm meal", 60}, {"Stoneware mug", 90},
                                          {"Canvas tote bag", 50}, {"Bag of House Blend", 60},
                                          {"Hand grinder", 15}};
constexpr WantedReward family_rewards[]{{"Pastry of the day", 350}, {"Coffee on us", 280},
                                        {"Give a warm meal", 160}, {"Stoneware mug", 120},
                                        {"Canvas tote bag", 90}};
constexpr WantedReward gourmet_rewards[]{{"Bag of House Blend", 420}, {"Hand grinder", 150},
                                         {"Barista class", 90},      {"Stoneware mug", 120},
                                         {"Give a warm meal", 100},  {"Coffee on us", 120}};

constexpr std::array<std::int64_t, 12> even{960, 980, 1010, 1010, 1010, 970,
                                            900, 850, 1030, 1060, 1080, 1100};
constexpr std::array<std::int64_t, 12> workers{950,  1020, 1040, 1010, 1020, 960,
                                               830,  690,  1060, 1100, 1100, 900};
constexpr std::array<std::int64_t, 12> terms{1150, 780,  1080, 1080, 1150, 1000,
                                             430,  350,  980, 1250, 1180, 880};
constexpr std::array<std::int64_t, 12> families{900,  950,  980, 1060, 1080, 1020,
                                                880,  820, 1010, 1030, 1000, 1280};
constexpr std::array<std::int64_t, 12> gifts_months{300, 1100, 800, 700, 500, 500,
                                                    350, 350,  450, 600, 2400, 7500};
constexpr std::array<std::int64_t, 12> cooks{1050, 1000, 980, 960, 930, 850,
                                             780,  760, 980, 1080, 1220, 1500};

// Weights of the hours 0 to 23.
constexpr std::array<std::int64_t, 24> before_work{
    0, 0, 0, 0, 0, 0, 60, 260, 300, 140, 50, 25, 30, 35, 25, 20, 20, 15, 10, 5, 3, 0, 0, 0};
constexpr std::array<std::int64_t, 24> after_lectures{
    0, 0, 0, 0, 0, 0, 2, 15, 40, 70, 90, 80, 90, 90, 100, 120, 130, 120, 90, 70, 50, 20, 0, 0};
constexpr std::array<std::int64_t, 24> family_day{
    0, 0, 0, 0, 0, 0, 2, 20, 80, 170, 210, 180, 90, 60, 60, 90, 110, 80, 40, 20, 8, 4, 0, 0};
constexpr std::array<std::int64_t, 24> shopping{
    0, 0, 0, 0, 0, 0, 2, 10, 30, 60, 90, 110, 120, 100, 90, 100, 120, 140, 130, 80, 30, 10, 0, 0};
constexpr std::array<std::int64_t, 24> desk_day{
    0, 0, 0, 0, 0, 0, 5, 40, 130, 190, 160, 90, 80, 100, 110, 80, 50, 25, 12, 6, 2, 0, 0, 0};
constexpr std::array<std::int64_t, 24> any_time{
    0, 0, 0, 0, 0, 0, 8, 50, 90, 100, 100, 85, 85, 80, 75, 80, 80, 70, 45, 25, 12, 6, 0, 0};

constexpr Archetype all[]{
    {"commuter", 165, 110'000, 2'700, 12, 23, 62,
     {140, 1280, 1300, 1320, 1290, 1200, 260}, workers, before_work,
     commuter_store, everyday_web, everyday_rewards},
    {"student", 150, 56'000, 3'500, 8, 18, 26,
     {700, 1050, 1100, 1120, 1080, 1000, 850}, terms, after_lectures,
     student_store, everyday_web, everyday_rewards},
    {"family", 165, 33'000, 2'200, 50, 29, 52,
     {2550, 280, 280, 320, 320, 700, 2750}, families, family_day,
     family_store, everyday_web, family_rewards},
    {"gift buyer", 115, 9'000, 900, 440, 24, 76,
     {900, 850, 900, 950, 1000, 1150, 1400}, gifts_months, shopping,
     gift_store, gift_web, family_rewards},
    {"remote worker", 105, 70'000, 2'800, 20, 24, 45,
     {200, 1450, 1450, 1400, 1400, 850, 300}, workers, desk_day,
     remote_store, everyday_web, everyday_rewards},
    {"gourmet", 90, 36'000, 1'300, 460, 27, 70,
     {950, 800, 850, 900, 950, 1150, 1450}, cooks, shopping,
     gourmet_store, gourmet_web, gourmet_rewards},
    {"lapsed", 100, 66'000, 24'000, 30, 19, 68,
     {900, 1000, 1000, 1000, 1000, 1100, 1050}, even, any_time,
     casual_store, everyday_web, everyday_rewards},
    {"one-timer", 110, 0, 0, 90, 18, 75,
     {900, 950, 950, 950, 1000, 1150, 1200}, even, any_time,
     casual_store, everyday_web, everyday_rewards},
};

}  // namespace

std::span<const Archetype> archetypes() { return all; }

std::int64_t price_of(std::string_view reward) {
    struct Price {
        std::string_view name;
        std::int64_t points;
    };
    static constexpr Price prices[]{
        {"Pastry of the day", 60},   {"Coffee on us", 80},      {"Give a warm meal", 120},
        {"Canvas tote bag", 200},    {"Bag of House Blend", 220}, {"Stoneware mug", 250},
        {"Barista class", 450},      {"Hand grinder", 900},
    };
    for (const Price& price : prices)
        if (price.name == reward) return price.points;
    CHECK(false);
    return 0;
}

}  // namespace perennial::app::demo
