// What customers agreed to, with its history.
#pragma once
#include <string>
#include <vector>

#include "modules/customers/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::consents {

struct ConsentTag {
    static constexpr std::string_view prefix = "cns_";
};
using ConsentId = Id<ConsentTag>;
struct ChangeTag {
    static constexpr std::string_view prefix = "cnsc_";
};
using ChangeId = Id<ChangeTag>;

/// One answer: yes or no, when, through what.
struct Change {
    ChangeId id;
    ConsentId consent;
    bool granted = false;
    std::string channel;  ///< API, CLIENT_API, or what X-Voucherify-Channel said
    std::string app_id;   ///< the key that was used
    Timestamp created_at;
};

void save_changes(db::Tx&, projects::ProjectNumber, const customers::CustomerId&,
                  const std::vector<Change>&);
/// Newest first, at most `limit`.
std::vector<Change> list_changes(db::Tx&, projects::ProjectNumber, const customers::CustomerId&,
                                 std::int64_t limit);
/// The newest of each consent.
std::vector<Change> current(db::Tx&, projects::ProjectNumber, const customers::CustomerId&);
/// For the erasing of a person.
void erase(db::Tx&, projects::ProjectNumber, const customers::CustomerId&);

}  // namespace perennial::consents
