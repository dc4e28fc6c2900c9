#include "app/key_ring.hpp"

#include <sodium.h>

#include "modules/access/oauth.hpp"

namespace perennial::app {
namespace {

constexpr std::int64_t fresh_ms = 1000;
constexpr std::size_t remembered_max = 10'000;  // unknown ids are remembered too: bound the memory

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_live(const projects::ApiKey& key, Timestamp now) {
    return !key.revoked_at && (!key.expires_at || *key.expires_at > now);
}

}  // namespace

KeyRing::Answer KeyRing::judge(const Known& known, projects::KeyKind kind, std::string_view token,
                               Timestamp now) {
    if (!known.admitted || known.admitted->key.kind != kind) return nullptr;
    const projects::ApiKey& key = known.admitted->key;
    const std::string hash = projects::hash_token(token);
    const bool is_previous = !known.previous_hash.empty() && key.previous_until &&
                             now < *key.previous_until && same(hash, known.previous_hash);
    if (!is_previous && !same(hash, known.token_hash)) return nullptr;
    return is_live(key, now) ? known.admitted : nullptr;
}

KeyRing::Answer KeyRing::judge_bearer(const Known& known, Timestamp now) {
    if (!known.admitted || !known.token_ends || *known.token_ends <= now) return nullptr;
    return is_live(known.admitted->key, now) ? known.admitted : nullptr;
}

const KeyRing::Known* KeyRing::fresh(const Ring& ring, std::string_view id, Timestamp now) const {
    const auto found = ring.find(id);
    if (found == ring.end() || now.ms - found->second.read_at.ms > fresh_ms ||
        found->second.generation != projects::key_generation().load(std::memory_order_acquire))
        return nullptr;
    return &found->second;
}

std::optional<KeyRing::Answer> KeyRing::check_cached(projects::KeyKind kind,
                                                     std::string_view app_id,
                                                     std::string_view token, Timestamp now) {
    const std::lock_guard lock(mutex_);
    const Known* known = fresh(keys_, app_id, now);
    if (known == nullptr) return std::nullopt;
    return judge(*known, kind, token, now);
}

std::optional<KeyRing::Answer> KeyRing::bearer_cached(std::string_view token, Timestamp now) {
    const std::string hash = projects::hash_token(token);
    const std::lock_guard lock(mutex_);
    const Known* known = fresh(tokens_, hash, now);
    if (known == nullptr) return std::nullopt;
    return judge_bearer(*known, now);
}

KeyRing::Known& KeyRing::remember(Ring& ring, const std::string& id, Known known) {
    if (ring.size() >= remembered_max) ring.clear();
    return ring[id] = std::move(known);
}

KeyRing::Known KeyRing::make(std::optional<projects::KeyCheck> found,
                             std::optional<std::string> scope, Timestamp now,
                             std::uint64_t generation) {
    Known known;
    known.read_at = now;
    known.generation = generation;
    if (!found) return known;
    std::vector<projects::CallLimit> limits = found->settings.api_calls;
    if (limits.empty() && calls_per_minute_ > 0)
        limits.push_back({calls_per_minute_, minute_ms});
    auto admitted = std::make_shared<Admitted>();
    // The counts outlive the reading again, and a change of the limits begins them anew.
    if (!limits.empty() && found->key.kind != projects::KeyKind::client) {
        auto& meter = meters_[found->key.app_id];
        if (!meter || meter->limits() != limits) meter = std::make_shared<KeyMeter>(limits);
        admitted->meter = meter;
    }
    known.token_hash = std::move(found->token_hash);
    known.previous_hash = std::move(found->previous_hash);
    admitted->key = std::move(found->key);
    admitted->settings = std::move(found->settings);
    admitted->scope = std::move(scope);
    known.admitted = std::move(admitted);
    return known;
}

KeyRing::Answer KeyRing::check(projects::KeyKind kind, const std::string& app_id,
                               const std::string& token, Timestamp now) {
    const std::uint64_t generation = projects::key_generation().load(std::memory_order_acquire);
    std::optional<projects::KeyCheck> found;
    engine_.database().read([&](db::Tx& tx) { found = projects::find_key(tx, app_id); });
    Answer answer;
    {
        const std::lock_guard lock(mutex_);
        answer = judge(remember(keys_, app_id, make(std::move(found), {}, now, generation)), kind,
                       token, now);
    }
    if (answer) note_use(answer->key, now);
    return answer;
}

KeyRing::Answer KeyRing::bearer(const std::string& token, Timestamp now) {
    const std::uint64_t generation = projects::key_generation().load(std::memory_order_acquire);
    const std::string hash = projects::hash_token(token);
    std::optional<access::Token> known;
    std::optional<projects::KeyCheck> found;
    engine_.database().read([&](db::Tx& tx) {
        known = access::find_token(tx, hash);
        if (known && known->is_live(now)) found = projects::find_key(tx, known->app_id);
    });
    Answer answer;
    {
        const std::lock_guard lock(mutex_);
        Known made = make(std::move(found), known ? std::optional(known->scope) : std::nullopt, now,
                          generation);
        if (known) made.token_ends = known->expires_at;
        answer = judge_bearer(remember(tokens_, hash, std::move(made)), now);
    }
    if (answer) note_use(answer->key, now);
    return answer;
}

// At most once an hour for each key: whoever asks does not wait for it.
void KeyRing::note_use(const projects::ApiKey& key, Timestamp now) {
    if (key.last_used_at && now.ms - key.last_used_at->ms < hour_ms) return;
    Engine::Wish wish;
    wish.project = key.project;
    wish.actor.channel = "SYSTEM";
    wish.command.alone = true;
    wish.command.run = [app_id = key.app_id, now](const projects::Context& context)
        -> Result<http::Response> {
        projects::mark_key_used(context.batch.tx, app_id, now);
        return http::no_content();
    };
    // A full queue or a full disk: the next reading tries again.
    engine_.submit(std::move(wish), [](Engine::Outcome) {});
}

}  // namespace perennial::app
