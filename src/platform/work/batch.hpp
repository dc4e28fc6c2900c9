// A batch: several units of work in one transaction (decisions.md 1 and 2). Facts live in *sets*,
// one per module (customers::Set, ledger::Set …): what is loaded, and what `apply` changed. The
// committer loads all sets in bulk, runs the units in order on the sets, and saves all sets in
// bulk.
#pragma once
#include <functional>
#include <memory>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace perennial::work {

/// A set has `void load(Batch&)`: fetch all that was wanted since the last load, one statement a
/// table; and `void save(Batch&)`: write what changed, one statement a table. `static constexpr int
/// rank` orders loading and saving (lower first), so that locks are taken in one order everywhere:
/// access 10, claims 20, customers 30, orders 40, cards 50, counters 60, timers 80, outbox 90.
class Batch {
  public:
    Batch(db::Tx& tx_, Ids& ids_, Timestamp machine_now_)
        : tx(tx_), ids(ids_), machine_now(machine_now_) {}

    db::Tx& tx;
    Ids& ids;
    const Timestamp machine_now;

    /// The batch's set of this type, made at first use.
    template <class Set>
    Set& get() {
        auto& slot = sets_[std::type_index(typeid(Set))];
        if (!slot) {
            slot = std::make_unique<Slot>();
            auto set = std::make_shared<Set>();
            slot->rank = Set::rank;
            slot->set = set;
            slot->load = [raw = set.get()](Batch& batch) { raw->load(batch); };
            slot->save = [raw = set.get()](Batch& batch) { raw->save(batch); };
        }
        return *static_cast<Set*>(slot->set.get());
    }

    /// A new id at a place; ids are made in machine time.
    template <class IdType>
    IdType make_id(Place place) {
        return ids.make<IdType>(machine_now.ms, place);
    }

    void load();  ///< all sets, by rank; also those that come into being meanwhile
    void save();  ///< all sets, by rank; also those that come into being meanwhile

  private:
    struct Slot {
        int rank = 0;
        int pass = 0;  ///< the last load or save that took it
        std::shared_ptr<void> set;
        std::function<void(Batch&)> load;
        std::function<void(Batch&)> save;
    };
    std::unordered_map<std::type_index, std::unique_ptr<Slot>> sets_;
    int pass_ = 0;
};

/// One unit of work. The three steps may be called again (on a fresh batch) when the transaction is
/// repeated, so they keep nothing from an earlier call but what they overwrite.
struct Unit {
    /// Says what the unit names: registers wants in the sets.
    std::function<void(Batch&)> want;
    /// Second round, with the facts of the first loaded; may be empty.
    std::function<void(Batch&)> want_more;
    /// decide + apply on the loaded sets. Keeps its answer for itself. May read `batch.tx` only
    /// when `alone` is set.
    std::function<void(Batch&)> run;
    /// Called once, after the commit: null when it is durable, else why not. On the committer's
    /// thread: hand long work on.
    std::move_only_function<void(const db::Failure*)> done;
    /// Needs a transaction of its own (definitions, settings, anything that queries in `run`).
    bool alone = false;
    /// Units of one lane keep their order; the subject's place (several committers share by it).
    Place lane = 0;
};

}  // namespace perennial::work
