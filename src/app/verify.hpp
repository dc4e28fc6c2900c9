// `perennial verify`: proves the ledger from its entries alone, and says where it does not hold.
#pragma once
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace perennial::app {

struct Verdict {
    std::int64_t cards = 0;
    std::int64_t entries = 0;
    std::int64_t points = 0;  ///< spendable, over all cards
    std::int64_t pending = 0;
    /// What does not hold, the first 100; each names card and entry.
    std::vector<std::string> findings;
    std::int64_t findings_count = 0;
    /// One line a bucket: "bucket cards hash", the hash over the heads of its cards in order of id.
    /// The text of a checkpoint file.
    std::string checkpoint;

    bool holds() const { return findings_count == 0; }
};

/// Folds every card's entries again and compares: gaps and links of the chain, hashes, balances after
/// each entry, the card's row, and the counter-accounts, which must add up to zero with the cards.
/// `against` is the text of a checkpoint of the same moment (a copy, a restored backup): every bucket
/// must have the same heads. Then what redemptions keep elsewhere: rewards::audit.
Verdict verify(db::Database&, const std::string& against = {});

}  // namespace perennial::app
