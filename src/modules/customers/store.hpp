#pragma once
#include <span>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/customers/model.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::customers {

/// Set of a batch: customers by id, loaded with their row locks.
class Set {
  public:
    static constexpr int rank = 30;

    /// By id, or by source id (claiming a fresh id when the source id is free).
    void want(work::Batch&, projects::ProjectNumber, const Change&);
    void want_id(projects::ProjectNumber, const CustomerId&);
    /// By "cust_…" or source id; claims nothing.
    void want_existing(work::Batch&, projects::ProjectNumber, const std::string& id_or_source);
    /// Claims a source id for a customer who has none yet; in the second round.
    void want_source(work::Batch&, const Customer&, const std::string& source_id);
    void load(work::Batch&);
    void save(work::Batch&);

    /// After the load: the customer the change names; null when it names nobody that exists. With
    /// `or_create`, a source id that nobody has yet makes the customer.
    Customer* resolve(work::Batch&, projects::ProjectNumber, const Change&, bool or_create,
                      Timestamp now);
    Customer* find(projects::ProjectNumber, const CustomerId&);
    /// What `want_existing` asked for.
    Customer* find_existing(work::Batch&, projects::ProjectNumber, const std::string& id_or_source);
    /// What `want_source` asked for. False when the source id is somebody else's.
    bool give_source(work::Batch&, Customer&, const std::string& source_id);
    /// A customer without a source id.
    Customer& create(work::Batch&, projects::ProjectNumber, Timestamp now);

    void touch_profile(Customer&);   ///< name, e-mail, metadata … changed
    /// Whose profile was touched since the last call; each once.
    std::vector<Customer*> take_changed_profiles();
    void touch_activity(Customer&);  ///< order sums, chains or cards changed
    /// In a unit that runs alone. The claim of the source id stays: whoever comes next with it
    /// becomes a new customer under the old id.
    void remove(work::Batch&, Customer&);
    /// `source` becomes another name of `into`: its row keeps its id, and loses all else.
    void merge(work::Batch&, Customer& source, const Customer& into);
    /// Forgets the person in a unit that runs alone: all that says who it was, and the claim of the
    /// source id. The row stays as the holder of its cards, orders and events.
    void erase(work::Batch&, Customer&);

  private:
    enum class Dirt : std::uint8_t { none, activity, profile, created, removed };
    struct Slot {
        Customer customer;
        bool exists = false;
        Dirt dirt = Dirt::none;
        std::optional<std::string> stored_email;  ///< what the lookup keys are made of
        std::optional<std::string> stored_phone;
    };
    using Key = db::RowKey;
    Slot& slot_of(const Customer&);
    void save_keys(work::Batch&);

    std::vector<std::pair<projects::ProjectNumber, std::string>> wanted_sources_;
    std::vector<Key> wanted_ids_;
    std::unordered_map<Key, Slot, db::RowKeyHash> slots_;
    std::vector<Key> changed_profiles_;
};

std::optional<Customer> load_customer(db::Tx&, projects::ProjectNumber, const CustomerId&);
/// Many at once, in the order of the ids; who was merged is who answers for both.
std::vector<std::optional<Customer>> load_customers(db::Tx&, projects::ProjectNumber,
                                                    std::span<const CustomerId>);
/// By "cust_…" or source id.
std::optional<Customer> load_customer(db::Tx&, projects::ProjectNumber, std::string_view id_or_source);

/// Who has this e-mail address, in any case of its letters.
std::vector<Customer> find_by_email(db::Tx&, projects::ProjectNumber, std::string_view email);
/// Whose phone number is this one, written with or without the code of its country.
std::vector<Customer> find_by_phone(db::Tx&, projects::ProjectNumber, std::string_view phone);

enum class ListOrder : std::uint8_t { created_at, updated_at, source_id };
struct ListQuery {
    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    std::optional<Timestamp> updated_before = {};
    std::optional<Timestamp> updated_after = {};
    std::string email = {};  ///< in any case of its letters; empty = any
    std::string name = {};   ///< as stored, to the letter; so the city
    std::string city = {};
    ListOrder order = ListOrder::created_at;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
std::vector<Customer> list_customers(db::Tx&, projects::ProjectNumber, const ListQuery&);
/// All that match; counts rows, so a list without conditions takes the kept sum.
std::int64_t count_customers(db::Tx&, projects::ProjectNumber, const ListQuery&);

}  // namespace perennial::customers
