// By what redemptions are listed (api.md 4.4).
#pragma once
#include "modules/projects/route.hpp"
#include "modules/rewards/redemption_store.hpp"

namespace perennial::flows {

/// limit, page, order, result, campaign, customer, created_at and filters[…]. Refuses:
/// invalid_query_params (all mistakes; fields and operators that are not listed), page_over_limit.
Result<rewards::RedemptionQuery> read_redemption_query(const http::Request&,
                                                       const projects::ReadContext&);

}  // namespace perennial::flows
