#include "modules/projects/snapshot.hpp"

#include "modules/projects/store.hpp"

namespace perennial::projects {

bool may(Role role, Permission permission) {
    switch (permission) {
        case Permission::open: return true;
        case Permission::read: return role >= Role::viewer;
        case Permission::write: return role >= Role::user;
        case Permission::manage: return role >= Role::admin;
    }
    return false;
}

Snapshot::Snapshot(Project project, std::vector<Definition> definitions)
    : project_(std::move(project)), definitions_(std::move(definitions)) {
    if (auto zone = TimeZone::find(project_.settings.time_zone)) zone_ = *zone;
    for (const Definition& definition : definitions_) {
        by_kind_[definition.kind].push_back(&definition);
        by_id_[definition.id] = &definition;
    }
    for (auto& [kind, list] : by_kind_)
        std::ranges::sort(list, [](auto* a, auto* b) {
            return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
        });
}

const std::vector<const Definition*>& Snapshot::all(std::string_view kind) const {
    static const std::vector<const Definition*> none;
    auto found = by_kind_.find(std::string(kind));
    return found == by_kind_.end() ? none : found->second;
}

const Definition* Snapshot::find(std::string_view kind, const RawId& id) const {
    auto found = by_id_.find(id);
    return found != by_id_.end() && found->second->kind == kind ? found->second : nullptr;
}

const Definition* Snapshot::find_by_name(std::string_view kind, std::string_view name) const {
    for (const Definition* definition : all(kind))
        if (definition->name == name) return definition;
    return nullptr;
}

std::vector<const Definition*> Snapshot::children(std::string_view kind, const RawId& parent) const {
    std::vector<const Definition*> out;
    for (const Definition* definition : all(kind))
        if (definition->parent == parent) out.push_back(definition);
    return out;
}

SnapshotPtr Cache::load(db::Tx& tx, ProjectNumber number) {
    auto project = load_project(tx, number);
    if (!project) return nullptr;
    {
        const std::lock_guard lock(mutex_);
        auto found = newest_.find(number);
        // The test clock moves without a new version only through set_clock, which grows the version.
        if (found != newest_.end() && found->second->version() == project->version)
            return found->second;
    }
    auto fresh = std::make_shared<const Snapshot>(
        *project, load_definitions(tx, number, project->version));
    const std::lock_guard lock(mutex_);
    auto& slot = newest_[number];
    if (!slot || slot->version() < fresh->version()) slot = fresh;
    return fresh;
}

SnapshotPtr Cache::load_at(db::Tx& tx, ProjectNumber number, std::int64_t version) {
    constexpr std::size_t kept = 16;
    auto matches = [&](const SnapshotPtr& s) {
        return s->project().number == number && s->version() == version;
    };
    {
        const std::lock_guard lock(mutex_);
        if (auto found = newest_.find(number); found != newest_.end() && matches(found->second))
            return found->second;
        if (auto found = std::ranges::find_if(older_, matches); found != older_.end())
            return *found;
    }
    auto project = load_project(tx, number);
    if (!project) return nullptr;
    project->version = version;
    auto old = std::make_shared<const Snapshot>(*project, load_definitions(tx, number, version));
    const std::lock_guard lock(mutex_);
    older_.push_front(old);
    if (older_.size() > kept) older_.pop_back();
    return old;
}

void Set::want(Cache& cache, ProjectNumber number) {
    cache_ = &cache;
    if (!loaded_.contains(number)) wanted_.push_back(number);
}

void Set::load(work::Batch& batch) {
    for (ProjectNumber number : wanted_)
        if (!loaded_.contains(number)) loaded_[number] = cache_->load(batch.tx, number);
    wanted_.clear();
}

const SnapshotPtr& Set::snapshot(ProjectNumber number) const {
    auto found = loaded_.find(number);
    CHECK(found != loaded_.end() && found->second != nullptr);
    return found->second;
}

}  // namespace perennial::projects
