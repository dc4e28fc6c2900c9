// Memory of one evaluation: taken bump by bump, given back all at once. The first kilobyte lies in
// the object itself, so that an ordinary condition never reaches the heap.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace perennial::cel {

class Arena {
  public:
    Arena() : next_(first_), end_(first_ + sizeof first_) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Aligned to 16 bytes.
    void* take(std::size_t bytes) {
        const std::size_t rounded = (bytes + 15) & ~std::size_t{15};
        if (rounded > static_cast<std::size_t>(end_ - next_)) return take_chunk(rounded);
        void* taken = next_;
        next_ += rounded;
        return taken;
    }

    /// The elements are default-constructed; nothing is ever destroyed.
    template <class T>
    T* make(std::size_t count = 1) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
        T* const first = static_cast<T*>(take(sizeof(T) * count));
        for (std::size_t i = 0; i < count; ++i) ::new (static_cast<void*>(first + i)) T();
        return first;
    }

    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* const to = static_cast<char*>(take(text.size()));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// Forgets all that was taken; values made from it are dead.
    void clear();

  private:
    void* take_chunk(std::size_t bytes);

    alignas(16) std::byte first_[1024];
    std::byte* next_;
    std::byte* end_;
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

}  // namespace perennial::cel
