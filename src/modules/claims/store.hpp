// Claims: words that are unique in a project and lead to an id (source ids, codes, names). A claim
// lies in the bucket of its own word. A claim whose owner was never written is an orphan: whoever
// comes next adopts its id (decisions.md 10).
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "platform/work/batch.hpp"

namespace perennial::claims {

/// Numbers are stored: never renumber. Words are taken as they are, byte for byte; only codes are
/// folded to upper case by their owner.
enum class Kind : std::uint8_t {
    customer = 1,
    order = 2,
    product = 3,
    sku = 4,
    code = 5,
    transaction = 6,
    order_return = 7,
    joined_card = 8  ///< `CARD/n`: the n-th card that went into this one
};

struct Word {
    std::int32_t project;
    Kind kind;
    std::string word;
    bool operator==(const Word&) const = default;
};

struct WordHash {
    std::size_t operator()(const Word& w) const {
        return std::hash<std::string>()(w.word) ^ (static_cast<std::size_t>(w.kind) << 7) ^
               (static_cast<std::size_t>(w.project) << 17);
    }
};

/// Set of a batch.
class Set {
  public:
    static constexpr int rank = 20;

    /// Looks the word up; `find` answers after the load.
    void want(Word word);
    /// Looks the word up and, when it is free, claims it at once for `fresh`. On PostgreSQL this
    /// waits for a rival who claims the same word in a transaction that is still open.
    void want_or_claim(Word word, const RawId& fresh);
    /// Claims a word that `find` said is free, or adopts the orphan it leads to. False when a rival has
    /// it meanwhile: then what was decided on is old, and the transaction must be repeated.
    bool claim(work::Batch&, const Word& word, const RawId& id);
    void load(work::Batch&);
    void save(work::Batch&) {}

    /// The id the word leads to; nil when it is free.
    RawId find(const Word& word) const;

  private:
    std::vector<Word> wanted_;
    std::unordered_map<Word, RawId, WordHash> proposals_;
    std::unordered_map<Word, RawId, WordHash> found_;
};

/// For reads outside of batches.
RawId find(db::Tx&, const Word&);
/// For erasing: whoever comes next with the word begins anew.
void free(db::Tx&, const Word&);

}  // namespace perennial::claims
