#pragma once
#include <functional>

#include "modules/customers/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::customers {

/// What the customers' routes tell of higher ranks; composition gives it. The results are the
/// `loyalty` property of api.md 13.1 (see codec.hpp).
struct Hooks {
    std::function<json::object(db::Tx&, const Customer&, Timestamp now)> loyalty;
    /// For writes: want the cards of the customer in the second round, then tell them as the batch
    /// has them. Without these two, writes run alone and ask `loyalty`.
    std::function<void(work::Batch&, const Customer&)> want_loyalty = nullptr;
    std::function<json::object(work::Batch&, const Customer&, Timestamp now)> batch_loyalty =
        nullptr;
};

projects::Routes routes(const Hooks&);

}  // namespace perennial::customers
