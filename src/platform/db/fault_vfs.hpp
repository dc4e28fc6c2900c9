// A disk in memory for tests of durability (decisions.md 27): a SQLite VFS whose unsynced writes
// are dropped or torn at a power cut, and which can be full. kill -9 proves less: it keeps the page
// cache.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace perennial::db {

class FaultDisk {
  public:
    /// Registers a VFS of this name (for OpenOptions::vfs). What survives a cut follows the seed.
    FaultDisk(const std::string& name, std::uint64_t seed);
    ~FaultDisk();
    FaultDisk(const FaultDisk&) = delete;
    FaultDisk& operator=(const FaultDisk&) = delete;

    /// Writes, truncations and syncs so far.
    std::int64_t operations() const;
    /// Power goes at that operation: it and all that follow fail until `restart`.
    void cut_power_at(std::int64_t operation);
    bool is_cut() const;
    /// Power comes back: of what was not synced, some is gone and some is torn. Files opened before
    /// stay dead.
    void restart();

    /// All files together; a write past it fails with SQLITE_FULL. Negative: no limit.
    void set_capacity(std::int64_t bytes);
    std::int64_t used_bytes() const;

    struct State;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace perennial::db
