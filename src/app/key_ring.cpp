#include "app/key_ring.hpp"

#include <sodium.h>

namespace perennial::app {
namespace {

constexpr std::int64_t fresh_ms = 1000;
constexpr std::size_t remembered_max = 10'000;  // unknown ids are remembered too: bound the memory

}  // namespace

KeyRing::Answer KeyRing::judge(const Known& known, std::string_view token, Timestamp now) {
    if (!known.exists) return std::nullopt;
    const std::string hash = projects::hash_token(token);
    if (hash.size() != known.check.token_hash.size() ||
        sodium_memcmp(hash.data(), known.check.token_hash.data(), hash.size()) != 0)
        return std::nullopt;
    const projects::ApiKey& key = known.check.key;
    if (key.revoked_at || (key.expires_at && *key.expires_at <= now)) return std::nullopt;
    return key;
}

std::optional<KeyRing::Answer> KeyRing::check_cached(std::string_view app_id,
                                                     std::string_view token, Timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(std::string(app_id));
    if (found == known_.end() || now.ms - found->second.read_at.ms > fresh_ms) return std::nullopt;
    return judge(found->second, token, now);
}

KeyRing::Answer KeyRing::check(const std::string& app_id, const std::string& token,
                               Timestamp now) {
    Known fresh;
    fresh.read_at = now;
    engine_.database().read([&](db::Tx& tx) {
        if (auto key = projects::find_key(tx, app_id)) {
            fresh.check = *std::move(key);
            fresh.exists = true;
        }
    });
    const std::lock_guard lock(mutex_);
    if (known_.size() >= remembered_max) known_.clear();
    Known& slot = known_[app_id] = std::move(fresh);
    return judge(slot, token, now);
}

void KeyRing::forget(const std::string& app_id) {
    const std::lock_guard lock(mutex_);
    known_.erase(app_id);
}

}  // namespace perennial::app
