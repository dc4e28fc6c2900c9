#include "app/demo/catalog_data.hpp"

#include <unordered_map>

namespace perennial::app::demo {
namespace {

// A size: suffix of the source id, what the label says, euro cents.
struct Size {
    std::string_view suffix;
    std::string_view size;
    std::string_view label;
    int cents;
};

struct Row {
    std::string_view id;
    std::string_view name;
    Category category;
    int cents;  // where there is one size
    int popularity;
    std::vector<Size> sizes = {};
    std::optional<Season> season = {};
};

std::vector<Size> cups(int small, int medium, int large) {
    return {{"-s", "S", "Small, 240 ml", small},
            {"-m", "M", "Medium, 350 ml", medium},
            {"-l", "L", "Large, 470 ml", large}};
}

std::vector<Size> glasses(int medium, int large) {
    return {{"-m", "M", "Medium, 350 ml", medium}, {"-l", "L", "Large, 470 ml", large}};
}

std::vector<Size> bags(int quarter, int kilo) {
    return {{"-250", "250 g", "250 g bag", quarter}, {"-1000", "1 kg", "1 kg bag", kilo}};
}

std::vector<Size> shirts(int cents) {
    return {{"-s", "S", "S", cents}, {"-m", "M", "M", cents}, {"-l", "L", "L", cents},
            {"-xl", "XL", "XL", cents}};
}

constexpr Season pumpkin{9, 12, 11, 30};
constexpr Season advent{11, 15, 1, 6};
constexpr Season november{11, 1, 12, 5};
constexpr Season christmas{11, 10, 12, 28};
constexpr Season warm{4, 20, 9, 30};
constexpr Season summer{6, 1, 9, 10};
constexpr Season autumn{9, 15, 11, 20};
constexpr Season winter{11, 1, 3, 15};
constexpr Season valentine{1, 28, 2, 15};
constexpr Season first_of_march{2, 20, 3, 9};
constexpr Season easter{3, 10, 5, 5};

std::vector<Row> rows() {
    using enum Category;
    return {
        // Coffee
        {"espresso", "Espresso", coffee, 210, 95},
        {"double-espresso", "Double Espresso", coffee, 270, 60},
        {"macchiato", "Espresso Macchiato", coffee, 260, 40},
        {"americano", "Americano", coffee, 0, 80, cups(290, 330, 370)},
        {"cappuccino", "Cappuccino", coffee, 0, 160, cups(320, 370, 420)},
        {"flat-white", "Flat White", coffee, 0, 130, cups(350, 390, 440)},
        {"latte", "Caffè Latte", coffee, 0, 120, cups(360, 410, 460)},
        {"oat-latte", "Oat Milk Latte", coffee, 0, 70, cups(400, 450, 500)},
        {"mocha", "Dark Chocolate Mocha", coffee, 0, 40, cups(390, 440, 490)},
        {"filter", "Filter of the Day", coffee, 0, 60, cups(280, 320, 360)},
        {"pour-over", "Pour-over, Single Origin", coffee, 520, 22},
        {"cortado", "Cortado", coffee, 310, 34},
        {"hot-chocolate", "Hot Chocolate", coffee, 0, 45, cups(340, 390, 440)},
        {"babyccino", "Babyccino", coffee, 150, 18},
        {"pumpkin-latte", "Pumpkin Spice Latte", coffee, 0, 75, cups(440, 490, 540), pumpkin},
        {"gingerbread-latte", "Gingerbread Latte", coffee, 0, 85, cups(440, 490, 540), advent},
        {"rose-cappuccino", "Rose Cappuccino", coffee, 430, 35, {}, valentine},
        // Iced
        {"cold-brew", "Cold Brew, 18 Hours", iced, 0, 100, glasses(420, 480)},
        {"iced-latte", "Iced Latte", iced, 0, 130, glasses(430, 490)},
        {"iced-americano", "Iced Americano", iced, 0, 70, glasses(350, 400)},
        {"espresso-tonic", "Espresso Tonic", iced, 480, 45, {}, warm},
        {"affogato", "Affogato", iced, 450, 28, {}, warm},
        {"peach-iced-tea", "White Peach Iced Tea", iced, 0, 60, glasses(390, 440), warm},
        {"lemonade", "Mint Lemonade", iced, 0, 75, glasses(380, 430), warm},
        {"strawberry-spritz", "Strawberry Basil Spritz", iced, 460, 50, {}, summer},
        {"watermelon-cooler", "Watermelon Cooler", iced, 460, 40, {}, summer},
        // Tea
        {"english-breakfast", "English Breakfast Tea", tea, 280, 60},
        {"earl-grey", "Earl Grey", tea, 290, 50},
        {"sencha", "Sencha", tea, 320, 34},
        {"mint-tea", "Fresh Mint Tea", tea, 330, 48},
        {"linden-tea", "Linden Blossom Tea", tea, 300, 40},
        {"chai-latte", "Chai Latte", tea, 0, 52, cups(370, 420, 470)},
        {"matcha-latte", "Matcha Latte", tea, 0, 58, cups(420, 470, 520)},
        {"mulled-apple", "Mulled Apple and Clove", tea, 390, 55, {}, winter},
        // Pastry
        {"butter-croissant", "Butter Croissant", pastry, 250, 130},
        {"almond-croissant", "Almond Croissant", pastry, 350, 60},
        {"pain-au-chocolat", "Pain au Chocolat", pastry, 310, 75},
        {"cornetto", "Cornetto with Apricot", pastry, 270, 50},
        {"pastel-de-nata", "Pastel de Nata", pastry, 220, 95},
        {"cinnamon-bun", "Cinnamon Bun", pastry, 340, 70},
        {"papanasi", "Papanași with Sour Cherry", pastry, 590, 26},
        {"syrniki", "Syrniki with Honey", pastry, 560, 24},
        {"banana-bread", "Banana Bread", pastry, 320, 48},
        {"oat-cookie", "Oat and Raisin Cookie", pastry, 210, 65},
        {"brownie", "Walnut Brownie", pastry, 330, 55},
        {"cannolo", "Cannolo with Ricotta", pastry, 360, 32},
        {"scone", "Scone with Clotted Cream", pastry, 390, 28},
        {"fig-tart", "Fig and Frangipane Tart", pastry, 450, 40, {}, autumn},
        {"panettone-slice", "Panettone Slice", pastry, 360, 60, {}, advent},
        {"martisor-biscuit", "Mărțișor Biscuit", pastry, 250, 50, {}, first_of_march},
        {"cozonac-slice", "Cozonac Slice", pastry, 330, 55, {}, easter},
        // Lunch
        {"caprese-focaccia", "Caprese Focaccia", lunch, 690, 60},
        {"ham-toastie", "Ham and Cheddar Toastie", lunch, 650, 65},
        {"avocado-toast", "Avocado Toast with Egg", lunch, 890, 55},
        {"soup-of-the-day", "Soup of the Day with Bread", lunch, 620, 45},
        {"borscht", "Borscht with Rye Bread", lunch, 680, 26},
        {"zacusca-board", "Zacuscă and Telemea Board", lunch, 790, 22},
        {"caldo-verde", "Caldo Verde", lunch, 640, 20},
        {"grain-bowl", "Roast Pumpkin Grain Bowl", lunch, 980, 36},
        {"tuna-salad", "Tuna and White Bean Salad", lunch, 950, 40},
        // Beans
        {"house-blend", "House Blend No. 1", beans, 0, 120, bags(990, 3490)},
        {"decaf-blend", "Decaf, Swiss Water", beans, 0, 35, bags(1150, 3990)},
        {"ethiopia-guji", "Ethiopia Guji, Natural", beans, 0, 60, bags(1490, 5290)},
        {"colombia-huila", "Colombia Huila, Washed", beans, 0, 62, bags(1350, 4790)},
        {"kenya-nyeri", "Kenya Nyeri AA", beans, 0, 42, bags(1590, 5690)},
        {"brazil-cerrado", "Brazil Cerrado, Pulped", beans, 0, 55, bags(1150, 3990)},
        {"winter-roast", "Winter Roast, Plum and Clove", beans, 0, 90, bags(1290, 4490), winter},
        // Mugs and wear
        {"mug-stoneware", "Stoneware Mug, Sage", mugs, 1490, 70},
        {"mug-espresso-pair", "Espresso Cup Pair", mugs, 1890, 45},
        {"mug-travel", "Steel Travel Cup, 350 ml", mugs, 2490, 55},
        {"mug-winter", "Winter Mug, Fir Green", mugs, 1690, 70, {}, christmas},
        {"tote-bag", "Canvas Tote Bag", mugs, 1290, 40},
        {"t-shirt", "Perennial T-shirt", mugs, 0, 20, shirts(2400)},
        // Brewing gear
        {"dripper", "Ceramic Dripper", brewing, 2690, 50},
        {"paper-filters", "Paper Filters, 100", brewing, 650, 80},
        {"moka-pot", "Moka Pot, 3 Cups", brewing, 3290, 45},
        {"french-press", "French Press, 600 ml", brewing, 3490, 38},
        {"hand-grinder", "Hand Grinder", brewing, 7900, 24},
        {"gooseneck-kettle", "Gooseneck Kettle", brewing, 8900, 16},
        {"brew-scale", "Brewing Scale", brewing, 4900, 22},
        // Gifts
        {"gift-tasting", "Tasting Box, Three Origins", gifts, 3290, 60},
        {"gift-breakfast", "Breakfast Hamper", gifts, 4900, 32},
        {"gift-starter", "Home Barista Starter Box", gifts, 7900, 20},
        {"gift-christmas", "Christmas Box", gifts, 3990, 190, {}, christmas},
        {"gift-advent", "Coffee Advent Calendar", gifts, 4490, 110, {}, november},
        {"gift-truffles", "Espresso Truffles, Box of 12", gifts, 1890, 70, {}, valentine},
        {"gift-spring", "Spring Box with Linden Honey", gifts, 3490, 70, {}, easter},
        // Only for points
        {"barista-class", "Barista Class, Three Hours", gifts, 4500, 0},
        {"warm-meal", "A Warm Meal for a Neighbour", gifts, 500, 0},
    };
}

Product build(const Row& row) {
    Product out{std::string(row.id), std::string(row.name), row.category, Money(row.cents), {},
                row.season, row.popularity};
    for (const Size& size : row.sizes)
        out.skus.push_back({out.source_id + std::string(size.suffix), std::string(size.label),
                            std::string(size.size), Money(size.cents)});
    if (!out.skus.empty()) out.price = out.skus.front().price;
    return out;
}

}  // namespace

std::string_view name_of(Category category) {
    static constexpr std::array<std::string_view, category_count> names{
        "coffee", "iced", "tea", "pastry", "lunch", "beans", "mugs", "brewing", "gifts"};
    return names[static_cast<std::size_t>(category)];
}

bool Season::contains(const Date& date) const {
    const int day = date.month * 100 + date.day;
    const int from = from_month * 100 + from_day;
    const int to = to_month * 100 + to_day;
    return from <= to ? day >= from && day <= to : day >= from || day <= to;
}

const std::vector<Product>& products() {
    static const std::vector<Product> all = [] {
        std::vector<Product> out;
        for (const Row& row : rows()) out.push_back(build(row));
        return out;
    }();
    return all;
}

const Product& product(std::string_view source_id) {
    static const auto by_id = [] {
        std::unordered_map<std::string_view, const Product*> out;
        for (const Product& p : products()) out.emplace(p.source_id, &p);
        return out;
    }();
    const auto found = by_id.find(source_id);
    CHECK(found != by_id.end());
    return *found->second;
}

}  // namespace perennial::app::demo
