// What donation rewards owe to their recipients: given (a kept sum), settled (in the recipient's row).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "base/value.hpp"
#include "modules/projects/model.hpp"
#include "platform/work/batch.hpp"

namespace perennial::rewards {

/// The same for ever, on every machine.
std::uint64_t stable_hash(std::string_view);

struct SettlementTag {
    static constexpr std::string_view prefix = "dset_";
};
using SettlementId = Id<SettlementTag>;

/// A recipient is known by the name that rewards give it; its id follows from it.
RawId recipient_id(std::string_view name);

/// Set of a batch: what is given in it.
class DonationSet {
  public:
    static constexpr int rank = 65;

    /// `place`: of the card that gives; a negative amount undoes one.
    void add(work::Batch&, projects::ProjectNumber, const std::string& recipient, Money amount,
             Place place, Timestamp now);
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    struct New {
        projects::ProjectNumber project;
        std::string name;
        Timestamp created_at;
    };
    std::unordered_map<std::string, New> recipients_;
};

struct Recipient {
    RawId id;
    std::string name;
    Money given;
    Money settled;
    std::int64_t donations = 0;  ///< less those rolled back
    Timestamp created_at;

    /// Below zero when donations were rolled back after they had been settled.
    std::int64_t owed() const { return given.value - settled.value; }
};
/// By name; of `name` only when that is not empty.
std::vector<Recipient> list_recipients(db::Tx&, projects::ProjectNumber, const std::string& name,
                                       std::int64_t limit, std::int64_t offset);
std::int64_t count_recipients(db::Tx&, projects::ProjectNumber);
/// Over all recipients.
Recipient total_of_recipients(db::Tx&, projects::ProjectNumber);

struct Settlement {
    SettlementId id;
    RawId recipient;
    Money amount;
    std::string reference;
    std::string app_id;
    Timestamp created_at;
};
/// In a unit that runs alone. Locks the recipient's row, so that nothing is settled twice. Nothing when
/// there is no such recipient.
std::optional<Recipient> lock_recipient(db::Tx&, projects::ProjectNumber, const std::string& name);
void settle(db::Tx&, projects::ProjectNumber, const Settlement&);
/// Newest first.
std::vector<Settlement> list_settlements(db::Tx&, projects::ProjectNumber,
                                         const std::optional<RawId>& recipient, std::int64_t limit,
                                         std::int64_t offset);
std::int64_t count_settlements(db::Tx&, projects::ProjectNumber,
                               const std::optional<RawId>& recipient);

}  // namespace perennial::rewards
