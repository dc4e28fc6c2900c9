#pragma once
#include <cstdint>
#include <map>
#include <span>

#include "modules/rewards/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::rewards {

/// Pieces handed out so far, by reward; those without a counter are left out.
std::map<RawId, std::int64_t> load_redeemed(db::Tx&, projects::ProjectNumber,
                                            std::span<const RawId> rewards);

}  // namespace perennial::rewards
