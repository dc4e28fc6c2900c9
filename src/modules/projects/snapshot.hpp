// The definitions of one project at one version, compiled once and shared by all threads. A module
// asks for its own compiled form: `snapshot.get<earning::Rules>()`, made at first use by
// `static std::unique_ptr<T> T::compile(const Snapshot&)`.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/db/database.hpp"
#include "platform/work/batch.hpp"

namespace perennial::projects {

class Snapshot {
  public:
    Snapshot(Project project, std::vector<Definition> definitions);

    const Project& project() const { return project_; }
    std::int64_t version() const { return project_.version; }
    const TimeZone& zone() const { return zone_; }

    /// Of a kind, oldest first.
    const std::vector<const Definition*>& all(std::string_view kind) const;
    const Definition* find(std::string_view kind, const RawId& id) const;
    const Definition* find_by_name(std::string_view kind, std::string_view name) const;
    /// Of a kind under one parent, oldest first.
    std::vector<const Definition*> children(std::string_view kind, const RawId& parent) const;

    template <class T>
    const T& get() const {
        const std::lock_guard lock(mutex_);
        auto& slot = compiled_[std::type_index(typeid(T))];
        if (!slot) slot = std::shared_ptr<const T>(T::compile(*this));
        return *static_cast<const T*>(slot.get());
    }

  private:
    Project project_;
    TimeZone zone_;
    std::vector<Definition> definitions_;
    std::unordered_map<std::string, std::vector<const Definition*>> by_kind_;
    std::unordered_map<RawId, const Definition*, RawIdHash> by_id_;
    mutable std::recursive_mutex mutex_;
    mutable std::unordered_map<std::type_index, std::shared_ptr<const void>> compiled_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// The newest snapshots of a database's projects; one per process and database.
class Cache {
  public:
    /// The project as its row says now, with the snapshot of exactly that version; null when there is
    /// no such project. The project inside carries the current clock.
    SnapshotPtr load(db::Tx&, ProjectNumber);
    /// Definitions as they were at an earlier version: for returns and explain. The last few are kept.
    SnapshotPtr load_at(db::Tx&, ProjectNumber, std::int64_t version);

  private:
    std::mutex mutex_;
    std::unordered_map<ProjectNumber, SnapshotPtr> newest_;
    std::deque<SnapshotPtr> older_;
};

/// Set of a batch: the projects it works for. Each batch reads their version rows in its own
/// transaction, so a change holds for every transaction that starts after its answer.
class Set {
  public:
    static constexpr int rank = 10;
    void want(Cache& cache, ProjectNumber number);
    void load(work::Batch&);
    void save(work::Batch&) {}
    const SnapshotPtr& snapshot(ProjectNumber) const;  ///< CHECKs that it was wanted and exists

  private:
    Cache* cache_ = nullptr;
    std::vector<ProjectNumber> wanted_;
    std::unordered_map<ProjectNumber, SnapshotPtr> loaded_;
};

}  // namespace perennial::projects
