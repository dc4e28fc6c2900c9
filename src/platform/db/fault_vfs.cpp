#include "platform/db/fault_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <vector>

namespace perennial::db {

namespace {

constexpr std::size_t sector = 512;

struct Change {
    bool is_truncation = false;
    std::size_t offset = 0;  // or the new size
    std::string bytes = {};
};

void apply_change(std::string& content, const Change& change) {
    if (change.is_truncation) {
        content.resize(change.offset);
        return;
    }
    const std::size_t end = change.offset + change.bytes.size();
    if (content.size() < end) content.resize(end);
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

struct SharedLock {
    int readers = 0;
    const void* writer = nullptr;
};

/// What a name stands for. `now` is what processes see, `synced` what a power cut leaves for sure.
struct Inode {
    std::string now;
    std::string synced;
    std::vector<Change> unsynced;

    std::set<const void*> shared;
    const void* reserved = nullptr;
    const void* pending = nullptr;
    const void* exclusive = nullptr;

    std::vector<std::unique_ptr<char[]>> regions;
    std::array<SharedLock, SQLITE_SHM_NLOCK> region_locks{};
};

}  // namespace

struct FaultDisk::State {
    std::string name;
    std::mt19937_64 random;
    mutable std::mutex mutex;
    std::map<std::string, std::shared_ptr<Inode>> files;
    std::int64_t operations = 0;
    std::int64_t cut_at = -1;
    std::int64_t capacity = -1;
    bool is_cut = false;
    int life = 0;  // counts restarts
    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;

    /// True when the power goes with this operation or has gone.
    bool power_fails() {
        ++operations;
        if (cut_at >= 0 && operations >= cut_at) is_cut = true;
        return is_cut;
    }

    std::int64_t used() const {
        std::int64_t sum = 0;
        for (const auto& [path, inode] : files) sum += static_cast<std::int64_t>(inode->now.size());
        return sum;
    }

    void lose_unsynced(Inode& inode);
};

namespace {

using State = FaultDisk::State;

struct File {
    sqlite3_file base;
    State* disk;
    std::shared_ptr<Inode> inode;
    int life;
    unsigned shared_regions;
    unsigned exclusive_regions;

    bool is_dead() const { return disk->is_cut || life != disk->life; }
};

File& file_of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}

State& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<State*>(vfs->pAppData);
}

void release_locks(File& file, int down_to) {
    Inode& inode = *file.inode;
    if (inode.exclusive == &file) inode.exclusive = nullptr;
    if (inode.pending == &file) inode.pending = nullptr;
    if (inode.reserved == &file) inode.reserved = nullptr;
    if (down_to < SQLITE_LOCK_SHARED) inode.shared.erase(&file);
}

void release_region_locks(File& file) {
    for (unsigned i = 0; i < SQLITE_SHM_NLOCK; ++i) {
        SharedLock& lock = file.inode->region_locks[i];
        if ((file.shared_regions >> i & 1) != 0) --lock.readers;
        if (lock.writer == &file) lock.writer = nullptr;
    }
    file.shared_regions = file.exclusive_regions = 0;
}

int close_file(sqlite3_file* handle) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.life == file.disk->life) {
        release_locks(file, SQLITE_LOCK_NONE);
        release_region_locks(file);
    }
    file.inode.~shared_ptr();
    return SQLITE_OK;
}

int read_file(sqlite3_file* handle, void* to, int size, sqlite3_int64 offset) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.is_dead()) return SQLITE_IOERR_READ;
    const std::string& content = file.inode->now;
    const auto from = std::min(static_cast<std::size_t>(offset), content.size());
    const auto count = std::min(static_cast<std::size_t>(size), content.size() - from);
    std::memcpy(to, content.data() + from, count);
    std::memset(static_cast<char*>(to) + count, 0, static_cast<std::size_t>(size) - count);
    return std::cmp_equal(count, size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int change_file(File& file, Change change) {
    apply_change(file.inode->now, change);
    file.inode->unsynced.push_back(std::move(change));
    return SQLITE_OK;
}

int write_file(sqlite3_file* handle, const void* from, int size, sqlite3_int64 offset) {
    File& file = file_of(handle);
    State& disk = *file.disk;
    const std::lock_guard lock(disk.mutex);
    if (file.is_dead()) return SQLITE_IOERR_WRITE;
    const auto end = static_cast<std::size_t>(offset + size);
    const auto growth = end > file.inode->now.size() ? end - file.inode->now.size() : 0;
    if (disk.capacity >= 0 && growth > 0 &&
        disk.used() + static_cast<std::int64_t>(growth) > disk.capacity) {
        return SQLITE_FULL;
    }
    const bool fails = disk.power_fails();
    change_file(file, {.offset = static_cast<std::size_t>(offset),
                       .bytes = {static_cast<const char*>(from), static_cast<std::size_t>(size)}});
    return fails ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.is_dead()) return SQLITE_IOERR_TRUNCATE;
    const bool fails = file.disk->power_fails();
    change_file(file, {.is_truncation = true, .offset = static_cast<std::size_t>(size)});
    return fails ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

int sync_file(sqlite3_file* handle, int) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.is_dead() || file.disk->power_fails()) return SQLITE_IOERR_FSYNC;
    for (const Change& change : file.inode->unsynced) apply_change(file.inode->synced, change);
    file.inode->unsynced.clear();
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* handle, sqlite3_int64* size) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.is_dead()) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(file.inode->now.size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file* handle, int level) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.is_dead()) return SQLITE_IOERR_LOCK;
    Inode& inode = *file.inode;
    const auto is_of_another = [&](const void* owner) {
        return owner != nullptr && owner != &file;
    };
    if (is_of_another(inode.exclusive)) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_SHARED) {
        if (is_of_another(inode.pending)) return SQLITE_BUSY;
        inode.shared.insert(&file);
        return SQLITE_OK;
    }
    if (is_of_another(inode.reserved)) return SQLITE_BUSY;
    inode.reserved = &file;
    if (level == SQLITE_LOCK_RESERVED) return SQLITE_OK;
    inode.pending = &file;
    if (inode.shared.size() > 1) return SQLITE_BUSY;
    inode.exclusive = &file;
    return SQLITE_OK;
}

int unlock_file(sqlite3_file* handle, int level) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.life == file.disk->life) release_locks(file, level);
    return SQLITE_OK;
}

int check_reserved(sqlite3_file* handle, int* is_reserved) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    *is_reserved = file.inode->reserved != nullptr ? 1 : 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 4096;
}

// As the VFS of Unix says.
int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_region(sqlite3_file* handle, int number, int size, int may_extend, void volatile** to) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    *to = nullptr;
    if (file.is_dead()) return SQLITE_IOERR_SHMMAP;
    auto& regions = file.inode->regions;
    while (std::cmp_less_equal(regions.size(), number)) {
        if (may_extend == 0) return SQLITE_OK;
        regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    *to = regions[static_cast<std::size_t>(number)].get();
    return SQLITE_OK;
}

int lock_region(sqlite3_file* handle, int first, int count, int flags) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.life != file.disk->life) return SQLITE_IOERR_SHMLOCK;
    const auto begin = file.inode->region_locks.begin() + first;
    const auto end = begin + count;
    const unsigned mask = ((1U << count) - 1) << first;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        for (auto it = begin; it != end; ++it) {
            if (it->writer == &file) it->writer = nullptr;
        }
        if ((flags & SQLITE_SHM_SHARED) != 0 && (file.shared_regions & mask) != 0) --begin->readers;
        file.shared_regions &= ~mask;
        return SQLITE_OK;
    }
    if (file.disk->is_cut) return SQLITE_IOERR_SHMLOCK;
    const bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    if (!is_exclusive && (file.shared_regions & mask) != 0) return SQLITE_OK;
    for (auto it = begin; it != end; ++it) {
        if (it->writer != nullptr && it->writer != &file) return SQLITE_BUSY;
        if (is_exclusive && it->readers > 0) return SQLITE_BUSY;
    }
    for (auto it = begin; it != end; ++it) {
        if (is_exclusive) {
            it->writer = &file;
        } else {
            ++it->readers;
        }
    }
    if (!is_exclusive) file.shared_regions |= mask;
    return SQLITE_OK;
}

void region_barrier(sqlite3_file* handle) {
    const std::lock_guard lock(file_of(handle).disk->mutex);
}

int unmap_regions(sqlite3_file* handle, int is_last) {
    File& file = file_of(handle);
    const std::lock_guard lock(file.disk->mutex);
    if (file.life != file.disk->life) return SQLITE_OK;
    release_region_locks(file);
    if (is_last != 0) file.inode->regions.clear();
    return SQLITE_OK;
}

constexpr sqlite3_io_methods file_methods{
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_region,
    .xShmLock = lock_region,
    .xShmBarrier = region_barrier,
    .xShmUnmap = unmap_regions,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
    State& disk = disk_of(vfs);
    handle->pMethods = nullptr;
    const std::lock_guard lock(disk.mutex);
    if (disk.is_cut) return SQLITE_IOERR;
    std::shared_ptr<Inode> inode;
    if (name == nullptr) {
        inode = std::make_shared<Inode>();
    } else if (const auto found = disk.files.find(name); found != disk.files.end()) {
        inode = found->second;
    } else if ((flags & SQLITE_OPEN_CREATE) == 0) {
        return SQLITE_CANTOPEN;
    } else {
        inode = disk.files[name] = std::make_shared<Inode>();
    }
    new (handle) File{{&file_methods}, &disk, std::move(inode), disk.life, 0, 0};
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int) {
    State& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    if (disk.power_fails()) return SQLITE_IOERR_DELETE;
    return disk.files.erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* may) {
    State& disk = disk_of(vfs);
    const std::lock_guard lock(disk.mutex);
    if (disk.is_cut) return SQLITE_IOERR_ACCESS;
    *may = disk.files.contains(name) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* to) {
    sqlite3_snprintf(size, to, "%s", name);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* to) {
    State& disk = disk_of(vfs);
    return disk.real->xRandomness(disk.real, size, to);
}

int sleep_us(sqlite3_vfs* vfs, int us) {
    State& disk = disk_of(vfs);
    return disk.real->xSleep(disk.real, us);
}

int current_time(sqlite3_vfs* vfs, double* day) {
    State& disk = disk_of(vfs);
    return disk.real->xCurrentTime(disk.real, day);
}

int last_error(sqlite3_vfs*, int, char*) {
    return 0;
}

}  // namespace

/// Keeps all, nothing, or some of the unsynced changes; a kept one may have lost some sectors.
void FaultDisk::State::lose_unsynced(Inode& inode) {
    const std::uint64_t manner = random() % 4;
    const std::size_t kept = manner == 0   ? 0
                             : manner == 1 ? inode.unsynced.size()
                                           : random() % (inode.unsynced.size() + 1);
    for (std::size_t i = 0; i < inode.unsynced.size(); ++i) {
        Change& change = inode.unsynced[i];
        const bool is_kept = manner == 3 ? random() % 2 == 0 : i < kept;
        if (!is_kept) continue;
        if (change.is_truncation || manner < 2 || (manner == 2 && i + 1 != kept)) {
            apply_change(inode.synced, change);
            continue;
        }
        for (std::size_t at = 0; at < change.bytes.size(); at += sector) {
            if (random() % 2 == 0) continue;
            apply_change(inode.synced,
                         {.offset = change.offset + at, .bytes = change.bytes.substr(at, sector)});
        }
    }
    inode.unsynced.clear();
    inode.now = inode.synced;
    inode.shared.clear();
    inode.reserved = inode.pending = inode.exclusive = nullptr;
    inode.region_locks = {};
}

FaultDisk::FaultDisk(const std::string& name, std::uint64_t seed)
    : state_(std::make_unique<State>()) {
    state_->name = name;
    state_->random.seed(seed);
    state_->real = sqlite3_vfs_find(nullptr);
    state_->vfs = sqlite3_vfs{
        .iVersion = 1,
        .szOsFile = sizeof(File),
        .mxPathname = 1024,
        .pNext = nullptr,
        .zName = state_->name.c_str(),
        .pAppData = state_.get(),
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_path,
        .xDlOpen = nullptr,
        .xDlError = nullptr,
        .xDlSym = nullptr,
        .xDlClose = nullptr,
        .xRandomness = randomness,
        .xSleep = sleep_us,
        .xCurrentTime = current_time,
        .xGetLastError = last_error,
        .xCurrentTimeInt64 = nullptr,
        .xSetSystemCall = nullptr,
        .xGetSystemCall = nullptr,
        .xNextSystemCall = nullptr,
    };
    sqlite3_vfs_register(&state_->vfs, 0);
}

FaultDisk::~FaultDisk() {
    sqlite3_vfs_unregister(&state_->vfs);
}

std::int64_t FaultDisk::operations() const {
    const std::lock_guard lock(state_->mutex);
    return state_->operations;
}

void FaultDisk::cut_power_at(std::int64_t operation) {
    const std::lock_guard lock(state_->mutex);
    state_->cut_at = operation;
}

bool FaultDisk::is_cut() const {
    const std::lock_guard lock(state_->mutex);
    return state_->is_cut;
}

void FaultDisk::restart() {
    const std::lock_guard lock(state_->mutex);
    for (auto& [path, inode] : state_->files) {
        // The old handles keep the old inode; regions they have mapped stay valid till they close.
        auto fresh = std::make_shared<Inode>();
        fresh->synced = inode->synced;
        fresh->unsynced = inode->unsynced;
        state_->lose_unsynced(*fresh);
        inode = std::move(fresh);
    }
    state_->is_cut = false;
    state_->cut_at = -1;
    ++state_->life;
}

void FaultDisk::set_capacity(std::int64_t bytes) {
    const std::lock_guard lock(state_->mutex);
    state_->capacity = bytes;
}

std::int64_t FaultDisk::used_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->used();
}

}  // namespace perennial::db
