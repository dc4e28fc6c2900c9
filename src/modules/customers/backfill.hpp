// Lookup keys of customers that were stored before there were any.
#pragma once
#include <span>
#include <vector>

#include "modules/customers/store.hpp"

namespace perennial::customers {

/// The customers of one bucket after `after` (nil: from the beginning), by id.
std::vector<CustomerId> next_customers(db::Tx&, projects::ProjectNumber, std::int64_t bucket,
                                       const CustomerId& after, std::int64_t limit);
/// Their keys, as they are now; those that are there stay. The batch's set has loaded them.
void write_missing_keys(work::Batch&, projects::ProjectNumber, std::span<const CustomerId>);

}  // namespace perennial::customers
