// The rows of an export in their order. However many they are, memory holds one run of them; sorted runs
// lie in a file without a name (in TMPDIR) and are merged.
#pragma once
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"

namespace perennial::app {

class SortedKeys {
  public:
    struct Key {
        json::value sort;
        RawId id;
        std::uint32_t number = 0;  ///< among the rows that this id makes
    };

    explicit SortedKeys(bool descending, std::size_t run_max = 50'000);
    ~SortedKeys();
    SortedKeys(const SortedKeys&) = delete;
    SortedKeys& operator=(const SortedKeys&) = delete;

    void add(Key);
    void sort();  ///< once, after the last
    std::optional<Key> next();
    std::size_t size() const { return size_; }

  private:
    /// One sorted run of the file, read on in pieces.
    struct Run {
        std::int64_t at = 0;
        std::int64_t end = 0;
        std::string buffer = {};
        std::size_t used = 0;
        std::optional<Key> head = std::nullopt;
    };
    bool comes_before(const Key&, const Key&) const;
    void spill();
    void advance(Run&);

    bool descending_;
    std::size_t run_max_;
    std::size_t size_ = 0;
    std::vector<Key> run_;
    std::size_t given_ = 0;  ///< of the run, when all fitted in one
    int file_ = -1;
    std::int64_t written_ = 0;
    std::vector<Run> runs_;
};

}  // namespace perennial::app
