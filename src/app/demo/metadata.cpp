#include "app/demo/metadata.hpp"

namespace perennial::app::demo {

boost::json::object metadata_of(const Plan& plan, const Customer& customer) {
    boost::json::object out{{"language", customer.language},
                            {"store", customer.store->id},
                            {"joined_through", customer.joined_through},
                            {"email_consent", customer.email_consent}};
    if (customer.referred_by)
        out["referred_by"] = plan.customers[*customer.referred_by].source_id;
    return out;
}

boost::json::object metadata_of(const Order& order) {
    boost::json::object out{{"channel", order.channel()}};
    if (order.store != nullptr) out["store"] = order.store->id;
    out["payment"] = order.payment;
    return out;
}

boost::json::object metadata_of(const CustomEvent& event) {
    boost::json::object out;
    for (const auto& [name, value] : event.metadata)
        std::visit([&](const auto& v) { out[name] = v; }, value);
    return out;
}

boost::json::object metadata_of(const Product& product) {
    return {{"category", name_of(product.category)}, {"seasonal", product.season.has_value()}};
}

}  // namespace perennial::app::demo
