// Ids: 48 bit time in ms, 16 bit place, 64 bit random, written as prefix + 32 hex digits. They sort by
// time. The place is the hash of the owner (decisions.md 8): `bucket = place mod N`, N of the
// database, so that any id leads to its bucket and moving up keeps ids.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace perennial {

using Place = std::uint16_t;

/// The place of what nobody owns: the hash of its own code, key or source id.
Place place_of(std::string_view key);

/// Sixteen bytes; as a database value a blob of 16.
struct RawId {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const RawId&) const = default;
    bool is_nil() const { return *this == RawId{}; }
    std::int64_t time_ms() const;
    Place place() const { return static_cast<Place>((bytes[6] << 8) | bytes[7]); }
    std::string hex() const;
    std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    static std::optional<RawId> from_hex(std::string_view hex);
    static RawId from_bytes(std::string_view sixteen);  ///< CHECKs the length
    static RawId make(std::int64_t time_ms, Place place, std::uint64_t random);
};

/// An id of one kind of thing. `Tag` says the prefix: `struct CustomerTag { static constexpr
/// std::string_view prefix = "cust_"; };`
template <class Tag>
struct Id : RawId {
    Id() = default;
    explicit Id(const RawId& raw) : RawId(raw) {}

    std::string text() const { return std::string(Tag::prefix) + hex(); }

    static std::optional<Id> parse(std::string_view text) {
        if (!text.starts_with(Tag::prefix)) return std::nullopt;
        if (auto raw = from_hex(text.substr(Tag::prefix.size()))) return Id(*raw);
        return std::nullopt;
    }
    auto operator<=>(const Id&) const = default;
};

struct RawIdHash {
    std::size_t operator()(const RawId& id) const {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::memcpy(&high, id.bytes.data(), 8);
        std::memcpy(&low, id.bytes.data() + 8, 8);
        return static_cast<std::size_t>(low ^ (high * 0x9E3779B97F4A7C15ULL));
    }
};

/// Makes ids that never repeat and, within one process, only grow. Thread-safe. With a seed the
/// random part is reproducible (demo store, tests).
class Ids {
  public:
    Ids();
    explicit Ids(std::uint64_t seed);

    RawId make(std::int64_t time_ms, Place place);
    template <class IdType>
    IdType make(std::int64_t time_ms, Place place) {
        return IdType(make(time_ms, place));
    }
    std::uint64_t random();

  private:
    std::uint64_t next_random();  // under the mutex

    std::mutex mutex_;
    bool seeded_;
    std::uint64_t state_ = 0;  // of the seeded stream
    /// Random numbers fetched ahead: a system call for each would cost more than the id.
    std::array<std::uint64_t, 512> ahead_{};
    std::size_t used_ = ahead_.size();
    std::int64_t last_ms_ = 0;
    std::uint64_t last_random_ = 0;
};

}  // namespace perennial
