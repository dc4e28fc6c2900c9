#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "app/demo/archetypes.hpp"
#include "app/demo/calendar.hpp"
#include "app/demo/catalog_data.hpp"
#include "app/demo/people_data.hpp"
#include "app/demo/points_guess.hpp"
#include "app/demo/random.hpp"

namespace perennial::app::demo {
namespace {

namespace json = boost::json;

json::object program() {
    std::ifstream file(PERENNIAL_SOURCE_DIR "/examples/demo/program.json");
    std::ostringstream text;
    text << file.rdbuf();
    return json::parse(text.str()).as_object();
}

std::string text_of(const json::value& object, std::string_view name) {
    return std::string(object.at(name).as_string());
}

std::set<std::string> names_of(const json::value& list) {
    std::set<std::string> out;
    for (const json::value& one : list.as_array())
        EXPECT_TRUE(out.insert(text_of(one, "name")).second);
    return out;
}

// --- Catalogue ----------------------------------------------------------------------------------

TEST(DemoCatalog, HoldsAboutEightyProductsWithUniqueIds) {
    EXPECT_GE(products().size(), 75U);
    EXPECT_LE(products().size(), 90U);
    std::set<std::string> ids;
    std::set<Category> categories;
    for (const Product& p : products()) {
        EXPECT_TRUE(ids.insert(p.source_id).second) << p.source_id;
        EXPECT_GT(p.price.value, 0) << p.source_id;
        categories.insert(p.category);
        for (const Sku& sku : p.skus) {
            EXPECT_TRUE(ids.insert(sku.source_id).second) << sku.source_id;
            EXPECT_GE(sku.price, p.price) << sku.source_id;
        }
    }
    EXPECT_EQ(categories.size(), category_count);
}

TEST(DemoCatalog, HasSomethingOfEachCategoryEveryDay) {
    for (Date day{2024, 1, 1}; day < Date{2025, 1, 1}; day = day.plus_days(1)) {
        std::set<Category> sold;
        for (const Product& p : products())
            if (p.popularity > 0 && (!p.season || p.season->contains(day))) sold.insert(p.category);
        EXPECT_EQ(sold.size(), category_count) << day.iso();
    }
}

TEST(DemoCatalog, SeasonsMayRunOverNewYear) {
    const Season advent{11, 15, 1, 6};
    EXPECT_TRUE(advent.contains({2025, 11, 15}));
    EXPECT_TRUE(advent.contains({2026, 1, 6}));
    EXPECT_FALSE(advent.contains({2026, 1, 7}));
    EXPECT_FALSE(advent.contains({2025, 11, 14}));
    const Season summer{6, 1, 9, 10};
    EXPECT_TRUE(summer.contains({2025, 6, 1}));
    EXPECT_FALSE(summer.contains({2025, 9, 11}));
}

TEST(DemoCatalog, StoresHaveZonesHoursAndLanguages) {
    int number = 0;
    for (const Store& store : stores()) {
        EXPECT_EQ(store.number, ++number);
        EXPECT_TRUE(TimeZone::find(store.zone).has_value()) << store.zone;
        std::int64_t languages_permille = 0;
        for (const std::int64_t share : store.language_permille) languages_permille += share;
        EXPECT_EQ(languages_permille, 1000) << store.id;
        for (const Hours& hours : store.hours)
            EXPECT_TRUE(hours.closed() || hours.close - hours.open >= 4 * 60) << store.id;
        for (const std::int64_t weekday : store.weekday_permille) EXPECT_LE(weekday, 1360);
    }
}

// --- People -------------------------------------------------------------------------------------

TEST(DemoPeople, RussianSurnamesHaveTheirFeminineForm) {
    EXPECT_EQ(feminine_surname("Кузнецов"), "Кузнецова");
    EXPECT_EQ(feminine_surname("Никитин"), "Никитина");
    EXPECT_EQ(feminine_surname("Соловьёв"), "Соловьёва");
    EXPECT_EQ(feminine_surname("Жуковский"), "Жуковская");
    EXPECT_EQ(feminine_surname("Хромой"), "Хромая");
    EXPECT_EQ(feminine_surname("Шевченко"), "Шевченко");
    EXPECT_EQ(feminine_surname("Эйдельман"), "Эйдельман");
}

TEST(DemoPeople, AddressesAreWrittenInAscii) {
    EXPECT_EQ(to_ascii("Țîrdea"), "tirdea");
    EXPECT_EQ(to_ascii("Ștefania"), "stefania");
    EXPECT_EQ(to_ascii("Жукова"), "zhukova");
    EXPECT_EQ(to_ascii("Щербаков"), "scherbakov");
    EXPECT_EQ(to_ascii("Юлия"), "yuliya");
    EXPECT_EQ(to_ascii("O'Sullivan"), "osullivan");
    EXPECT_EQ(to_ascii("Ó Néill"), "oneill");
    EXPECT_EQ(to_ascii("Conceição Magalhães"), "conceicaomagalhaes");
    EXPECT_EQ(to_ascii("Niccolò D'Angelo"), "niccolodangelo");
}

TEST(DemoPeople, EveryLetterOfEveryNameHasAnAsciiForm) {
    const auto letters = [](std::string_view text) {
        std::size_t n = 0;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte != '\'' && byte != ' ' && (byte & 0xC0U) != 0x80U) ++n;
        }
        return n;
    };
    Random random(1, 1);
    std::set<std::string> silent{"ь", "ъ"};
    for (std::size_t language = 0; language < languages.size(); ++language) {
        for (int i = 0; i < 2000; ++i) {
            const auto gender = i % 2 == 0 ? Gender::female : Gender::male;
            const PersonName name = draw_name(random, language, gender);
            std::string spoken = name.full();
            for (const std::string& sign : silent)
                for (auto at = spoken.find(sign); at != std::string::npos; at = spoken.find(sign))
                    spoken.erase(at, sign.size());
            EXPECT_GE(to_ascii(spoken).size(), letters(spoken)) << spoken;
        }
    }
}

TEST(DemoPeople, PhoneNumbersAreOfTheCountry) {
    EXPECT_EQ(phone_number("IE", 42), "+353 20 9100042");
    EXPECT_EQ(phone_number("RO", 99'999), "+40 655 099999");
    EXPECT_THROW(phone_number("RO", 100'000), InvariantBroken);
}

TEST(DemoPeople, StreetsFollowTheCountry) {
    Random random(1, 1);
    for (const Store& store : stores()) {
        const StreetAddress street = draw_street(random, store.country);
        EXPECT_FALSE(street.line_1.empty());
        EXPECT_EQ(street.line_1.find('#'), std::string::npos);
        EXPECT_EQ(street.postal_code.find('#'), std::string::npos);
    }
}

// --- Calendar, chance, points -------------------------------------------------------------------

TEST(DemoCalendar, DoubleWeeksRunFromMondayToSundayEveryThirteenWeeks) {
    EXPECT_TRUE(is_double_points_day({2024, 1, 1}));
    EXPECT_TRUE(is_double_points_day({2024, 1, 7}));
    EXPECT_FALSE(is_double_points_day({2024, 1, 8}));
    EXPECT_TRUE(is_double_points_day({2024, 4, 1}));
    EXPECT_FALSE(is_double_points_day({2023, 12, 31}));
    EXPECT_TRUE(is_double_points_day({2023, 10, 2}));
}

TEST(DemoCalendar, StoresOpenAtTheirOwnMidnightPlusHours) {
    const Calendar calendar(Timestamp::parse("2025-11-21T11:30:00Z").value());
    EXPECT_EQ(calendar.date(0).iso(), "2024-05-21");
    EXPECT_EQ(calendar.date(calendar.days() - 1).iso(), "2025-11-21");
    const Store& lisbon = stores()[6];
    ASSERT_EQ(lisbon.id, "lisbon-chiado");
    EXPECT_EQ(calendar.at(lisbon, 0, 9 * 60, 0).iso(), "2024-05-21T08:00:00.000Z");
    // 27 October 2024: clocks went back at night; nine o'clock is nine o'clock.
    const int day = static_cast<int>(Date{2024, 10, 27}.days_since_epoch() -
                                     calendar.date(0).days_since_epoch());
    EXPECT_EQ(calendar.at(lisbon, day, 9 * 60, 0).iso(), "2024-10-27T09:00:00.000Z");
}

TEST(DemoRandom, IsTheSameEverywhere) {
    Random random(1, 1);
    EXPECT_EQ(random.next(), 1976434000869934397ULL);
    std::array<int, 3> picked{};
    const std::int64_t weights[]{1, 0, 3};
    for (int i = 0; i < 4000; ++i) ++picked[random.pick(weights)];
    EXPECT_EQ(picked[1], 0);
    EXPECT_NEAR(picked[0], 1000, 120);
    for (int i = 0; i < 1000; ++i) {
        const std::int64_t n = random.between(-2, 2);
        EXPECT_GE(n, -2);
        EXPECT_LE(n, 2);
    }
}

TEST(DemoPointsGuess, LastsToTheEndOfTheMonthAYearLater) {
    PointsGuess guess;
    guess.earn(100, 50);
    guess.earn(101, 30);
    guess.spend(20);
    EXPECT_EQ(guess.balance(112), 60);
    EXPECT_EQ(guess.balance(113), 30);
    EXPECT_EQ(guess.balance(114), 0);
}

// --- examples/demo/program.json -----------------------------------------------------------------

TEST(DemoProgram, PricesRewardsAsThePlanBelieves) {
    const json::object all = program();
    std::set<std::string> wanted;
    for (const Archetype& a : archetypes())
        for (const WantedReward& reward : a.rewards) wanted.emplace(reward.name);
    for (const json::value& reward : all.at("rewards").as_array()) {
        const std::string name = text_of(reward, "name");
        if (reward.at("type").as_string() == "COIN") {
            EXPECT_EQ(name, coin_reward);
            EXPECT_EQ(reward.at("parameters").at("coin").at("points_ratio").as_int64(), 100);
            continue;
        }
        EXPECT_EQ(reward.at("assignment").at("points").as_int64(), price_of(name)) << name;
        EXPECT_EQ(wanted.erase(name), 1U) << name << " is wanted by nobody";
    }
    EXPECT_TRUE(wanted.empty()) << *wanted.begin();
}

TEST(DemoProgram, NamesOnlyWhatExists) {
    const json::object all = program();
    const auto rules = names_of(all.at("earning_rules"));
    const auto rewards = names_of(all.at("rewards"));
    const auto tiers = names_of(all.at("tiers"));
    const auto collections = names_of(all.at("product_collections"));
    for (const json::value& tier : all.at("tiers").as_array()) {
        for (const auto& [key, known] :
             {std::pair{"earning_rules", &rules}, std::pair{"rewards", &rewards}}) {
            const auto* mapping = tier.as_object().if_contains(key);
            if (mapping == nullptr) continue;
            for (const auto& [name, how] : mapping->as_object()) {
                EXPECT_TRUE(known->contains(std::string(name))) << name;
            }
        }
    }
    for (const json::value& rule : all.at("earning_rules").as_array()) {
        if (const auto* tier = rule.as_object().if_contains("loyalty_tier")) {
            EXPECT_TRUE(tiers.contains(text_of(*tier, "id")));
        }
        const json::object& loyalty = rule.at("loyalty").as_object();
        if (const auto* items = loyalty.if_contains("order_items")) {
            EXPECT_TRUE(collections.contains(text_of(items->at("amount"), "id")));
        }
    }
    for (const json::value& collection : all.at("product_collections").as_array())
        for (const json::value& one : collection.at("products").as_array())
            EXPECT_NO_THROW(product(text_of(one, "id")));
    for (const json::value& reward : all.at("rewards").as_array()) {
        const json::object& parameters = reward.at("parameters").as_object();
        if (!parameters.contains("product")) continue;
        const Product& p = product(text_of(parameters.at("product"), "id"));
        const auto* sku = parameters.at("product").as_object().if_contains("sku_id");
        EXPECT_TRUE(sku == nullptr || std::ranges::any_of(p.skus, [&](const Sku& s) {
                        return s.source_id == sku->as_string();
                    }));
    }
}

TEST(DemoProgram, TiersAreContiguousAndTheLastIsOpen) {
    std::int64_t next = 0;
    const json::object all = program();
    const json::array& tiers = all.at("tiers").as_array();
    for (std::size_t i = 0; i < tiers.size(); ++i) {
        const json::object& points = tiers[i].at("points").as_object();
        EXPECT_EQ(points.at("from").as_int64(), next);
        EXPECT_EQ(points.contains("to"), i + 1 < tiers.size());
        if (const auto* to = points.if_contains("to")) next = to->as_int64() + 1;
    }
}

}  // namespace
}  // namespace perennial::app::demo
