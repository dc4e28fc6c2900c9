#include "cel/value.hpp"

namespace perennial::cel {
namespace {

const MapEntry* entries_of(const void* map) { return static_cast<const MapEntry*>(map); }

constexpr MapAccess literal_map{
    .find =
        [](const void* map, std::size_t size, const Value& key, Value& found) {
            for (std::size_t i = 0; i < size; ++i) {
                if (!equal(entries_of(map)[i].key, key)) continue;
                found = entries_of(map)[i].value;
                return true;
            }
            return false;
        },
    .key_at = [](const void* map, std::size_t index) { return entries_of(map)[index].key; },
    .value_at = [](const void* map, std::size_t index) { return entries_of(map)[index].value; },
};

}  // namespace

Value Value::map(std::span<const MapEntry> entries) {
    return map_view(entries.data(), entries.size(), literal_map);
}

Decimal Value::as_decimal() const { return *Decimal::make(wide(), static_cast<int>(size_)); }

}  // namespace perennial::cel
