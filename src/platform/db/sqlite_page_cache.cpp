// While SQLite sorts the pages of a split it lends them the number of the page that holds the lock
// bytes, at 1 GiB of the file. Its page cache takes that for the highest page there is, and until the
// file is larger each commit then walks all cached pages in search of some past the end of the file:
// 0.5 ms a batch, a sixth of the writer's time. Here such a page gets the number 0, which no page has.
// All else is left to SQLite's own cache (https://www.sqlite.org/c3ref/pcache_methods2.html).
#include "platform/db/sqlite_page_cache.hpp"

#include <sqlite3.h>

#include <memory>

namespace perennial::db {
namespace {

constexpr unsigned lock_bytes_at = 1u << 30;

sqlite3_pcache_methods2 original;

struct Cache {
    sqlite3_pcache* pages;
    unsigned lock_page;

    unsigned cheap(unsigned number) const { return number == lock_page ? 0 : number; }
};

Cache& of(sqlite3_pcache* cache) {
    return *reinterpret_cast<Cache*>(cache);
}

sqlite3_pcache* create(int page_size, int extra_size, int purgeable) {
    sqlite3_pcache* pages = original.xCreate(page_size, extra_size, purgeable);
    if (pages == nullptr) return nullptr;
    auto cache = std::make_unique<Cache>(
        Cache{pages, lock_bytes_at / static_cast<unsigned>(page_size) + 1});
    return reinterpret_cast<sqlite3_pcache*>(cache.release());
}

void destroy(sqlite3_pcache* cache) {
    const std::unique_ptr<Cache> owned(&of(cache));
    original.xDestroy(owned->pages);
}

void rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
    original.xRekey(of(cache).pages, page, of(cache).cheap(from), of(cache).cheap(to));
}

}  // namespace

void set_up_sqlite_page_cache() {
    static const int done = [] {
        // Its statistics of memory, which nobody reads, would take one lock for each allocation.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        // Refused once SQLite is in use: then it only stays slower.
        if (const int code = sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &original); code != SQLITE_OK)
            return code;
        sqlite3_pcache_methods2 ours = original;
        ours.xCreate = create;
        ours.xDestroy = destroy;
        ours.xRekey = rekey;
        ours.xCachesize = [](sqlite3_pcache* cache, int size) {
            original.xCachesize(of(cache).pages, size);
        };
        ours.xPagecount = [](sqlite3_pcache* cache) {
            return original.xPagecount(of(cache).pages);
        };
        ours.xFetch = [](sqlite3_pcache* cache, unsigned number, int create_flag) {
            return original.xFetch(of(cache).pages, number, create_flag);
        };
        ours.xUnpin = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
            original.xUnpin(of(cache).pages, page, discard);
        };
        ours.xTruncate = [](sqlite3_pcache* cache, unsigned limit) {
            original.xTruncate(of(cache).pages, limit);
        };
        ours.xShrink = [](sqlite3_pcache* cache) { original.xShrink(of(cache).pages); };
        return sqlite3_config(SQLITE_CONFIG_PCACHE2, &ours);
    }();
    static_cast<void>(done);
}

}  // namespace perennial::db
