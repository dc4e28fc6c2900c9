#include "cel/arena.hpp"

#include <algorithm>

namespace perennial::cel {

void* Arena::take_chunk(std::size_t bytes) {
    constexpr std::size_t chunk_bytes = 16 * 1024;
    const std::size_t size = std::max(bytes, chunk_bytes);
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    next_ = chunks_.back().get() + bytes;
    end_ = chunks_.back().get() + size;
    return chunks_.back().get();
}

void Arena::clear() {
    chunks_.clear();
    next_ = first_;
    end_ = first_ + sizeof first_;
}

}  // namespace perennial::cel
