// What the demo chain sells, and where: cafés with a shelf of beans, mugs, brewing gear and gifts.
// Prices are euro cents. Everything here lives as long as the process.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/value.hpp"

namespace perennial::app::demo {

inline constexpr std::string_view currency = "EUR";
inline constexpr std::string_view project_zone = "Europe/Bucharest";

enum class Category : std::uint8_t {
    coffee,
    iced,
    tea,
    pastry,
    lunch,
    beans,
    mugs,
    brewing,
    gifts,
};
inline constexpr std::size_t category_count = 9;

std::string_view name_of(Category);

/// Goods can be carried home and brought back; drinks and food are gone.
constexpr bool is_goods(Category category) { return category >= Category::beans; }

/// Sold from the first to the last day of every year, both included; may run over New Year.
struct Season {
    int from_month;
    int from_day;
    int to_month;
    int to_day;

    bool contains(const Date&) const;
};

struct Sku {
    std::string source_id;  ///< "flat-white-m"
    std::string name;       ///< "Medium, 350 ml"
    std::string size;       ///< "M", "1 kg"
    Money price;
};

struct Product {
    std::string source_id;  ///< "flat-white"
    std::string name;
    Category category;
    Money price;  ///< of the smallest size
    std::vector<Sku> skus;  ///< empty where there is one size
    std::optional<Season> season;
    std::int64_t popularity;  ///< weight within its category; 0 = not sold, only given for points
};

const std::vector<Product>& products();
const Product& product(std::string_view source_id);  ///< CHECKs that it exists

/// Minutes since local midnight; closed all day when both are equal.
struct Hours {
    int open = 0;
    int close = 0;

    bool closed() const { return open == close; }
};

struct Store {
    std::string_view id;  ///< "bucharest-old-town"
    int number;           ///< of the till in order ids: POS-3-000123
    std::string_view name;
    std::string_view city;
    std::string_view country;  ///< ISO 3166 alpha-2
    std::string_view zone;
    double latitude;
    double longitude;
    std::array<Hours, 7> hours;  ///< by weekday, 0 = Sunday
    int opens_on_day;            ///< of the plan; 0 = was there before it began
    std::int64_t trade;          ///< weight of its sign-ups
    /// Visits relative to the chain in permille, by weekday, 0 = Sunday.
    std::array<std::int64_t, 7> weekday_permille;
    /// Languages of its members in permille: en, ro, ru, pt, it.
    std::array<std::int64_t, 5> language_permille;
};

const std::vector<Store>& stores();

}  // namespace perennial::app::demo
