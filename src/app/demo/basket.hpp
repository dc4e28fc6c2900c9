// What is in an order.
#pragma once
#include <span>
#include <vector>

#include "app/demo/archetypes.hpp"
#include "app/demo/plan.hpp"
#include "app/demo/random.hpp"

namespace perennial::app::demo {

/// The drink that a person orders most of the time.
struct Favourite {
    const Product* product = nullptr;
    const Sku* sku = nullptr;
};

Favourite draw_favourite(Random&);

/// At least one line; lines of the same SKU are one. `wishes` decide which slots are filled.
std::vector<Item> draw_basket(Random&, std::span<const Wish> wishes, const Date&, const Favourite&);

}  // namespace perennial::app::demo
