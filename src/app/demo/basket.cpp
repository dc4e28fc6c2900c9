#include "app/demo/basket.hpp"

#include "app/demo/calendar.hpp"

namespace perennial::app::demo {
namespace {

constexpr std::int64_t iced_permille[12]{25, 30, 60, 130, 240, 430, 560, 540, 300, 90, 40, 25};
constexpr std::int64_t tea_permille[12]{230, 210, 170, 140, 110, 80, 70, 70, 110, 160, 210, 240};
constexpr Wish gift_time_extras[]{{Slot::gifts, 42}, {Slot::mugs, 24}};

const std::vector<const Product*>& of_category(Category category) {
    static const auto by_category = [] {
        std::array<std::vector<const Product*>, category_count> out;
        for (const Product& p : products())
            out[static_cast<std::size_t>(p.category)].push_back(&p);
        return out;
    }();
    return by_category[static_cast<std::size_t>(category)];
}

const Product& draw_product(Random& random, Category category, const Date& date) {
    const auto& candidates = of_category(category);
    std::vector<std::int64_t> weights;
    for (const Product* p : candidates)
        weights.push_back(p->season && !p->season->contains(date) ? 0 : p->popularity);
    return *candidates[random.pick(weights)];
}

const Sku* draw_size(Random& random, const Product& product) {
    static constexpr std::int64_t cups[]{300, 500, 200};
    static constexpr std::int64_t glasses_or_bags[]{720, 280};
    switch (product.skus.size()) {
        case 0: return nullptr;
        case 2: return &product.skus[random.pick(glasses_or_bags)];
        case 3: return &product.skus[random.pick(cups)];
        default: return &random.one_of(std::span<const Sku>(product.skus));
    }
}

Favourite draw_drink(Random& random, const Date& date, const Favourite& favourite) {
    const auto month = static_cast<std::size_t>(date.month - 1);
    Category category = Category::coffee;
    if (random.permille(iced_permille[month]))
        category = Category::iced;
    else if (random.permille(620))
        return favourite;
    else if (random.permille(tea_permille[month]))
        category = Category::tea;
    const Product& chosen = draw_product(random, category, date);
    return {&chosen, draw_size(random, chosen)};
}

Category category_of(Slot slot) {
    switch (slot) {
        case Slot::drink: return Category::coffee;
        case Slot::pastry: return Category::pastry;
        case Slot::lunch: return Category::lunch;
        case Slot::beans: return Category::beans;
        case Slot::mugs: return Category::mugs;
        case Slot::brewing: return Category::brewing;
        case Slot::gifts: return Category::gifts;
    }
    return Category::coffee;
}

void add(std::vector<Item>& basket, const Product* product, const Sku* sku) {
    for (Item& item : basket) {
        if (item.product != product || item.sku != sku) continue;
        ++item.quantity;
        return;
    }
    basket.push_back({product, sku, 1, sku == nullptr ? product->price : sku->price});
}

void fill(Random& random, const Wish& wish, const Date& date, const Favourite& favourite,
          std::vector<Item>& basket) {
    int count = 1;
    while (count < wish.most && random.permille(380)) ++count;
    for (int i = 0; i < count; ++i) {
        if (wish.slot == Slot::drink) {
            const Favourite drink = draw_drink(random, date, favourite);
            add(basket, drink.product, drink.sku);
        } else {
            const Product& chosen = draw_product(random, category_of(wish.slot), date);
            add(basket, &chosen, draw_size(random, chosen));
        }
    }
}

}  // namespace

Favourite draw_favourite(Random& random) {
    // Tea is the habit of one in seven; nobody's habit is seasonal.
    const Category category = random.permille(140) ? Category::tea : Category::coffee;
    const auto& candidates = of_category(category);
    std::vector<std::int64_t> weights;
    for (const Product* p : candidates) weights.push_back(p->season ? 0 : p->popularity);
    const Product& chosen = *candidates[random.pick(weights)];
    return {&chosen, draw_size(random, chosen)};
}

std::vector<Item> draw_basket(Random& random, std::span<const Wish> wishes, const Date& date,
                              const Favourite& favourite) {
    std::vector<Item> basket;
    for (const Wish& wish : wishes)
        if (random.permille(wish.chance_permille)) fill(random, wish, date, favourite, basket);
    if (is_gift_time(date))
        for (const Wish& wish : gift_time_extras)
            if (random.permille(wish.chance_permille)) fill(random, wish, date, favourite, basket);
    if (basket.empty()) fill(random, wishes.front(), date, favourite, basket);
    return basket;
}

}  // namespace perennial::app::demo
