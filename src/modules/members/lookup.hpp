#pragma once
#include <string>
#include <utility>
#include <vector>

#include "modules/ledger/store.hpp"

namespace perennial::members {

/// Set of a batch: cards by id or code, each with its holder. Finds the holder before anything is
/// locked, so that the customer's row is locked before the card's, as everywhere, in one round.
class Lookup {
  public:
    static constexpr int rank = 25;

    void want(work::Batch&, projects::ProjectNumber, const std::string& id_or_code);
    void load(work::Batch&);
    void save(work::Batch&) {}

    /// After the load: the card that was wanted by this text; null when there is none.
    ledger::Card* find(work::Batch&, projects::ProjectNumber, const std::string& id_or_code) const;

  private:
    std::vector<std::pair<projects::ProjectNumber, std::string>> wanted_;
};

}  // namespace perennial::members
