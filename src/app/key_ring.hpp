// Keys and bearer tokens in memory: each is read again at least once a second, so that a revocation
// made by another process holds within that time. One made by this process holds at once
// (projects::key_generation).
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/app.hpp"
#include "app/rate_meter.hpp"
#include "modules/projects/store.hpp"

namespace perennial::app {

/// Who was admitted, with what limits their calls.
struct Admitted {
    projects::ApiKey key;
    projects::Settings settings;
    std::shared_ptr<KeyMeter> meter;  ///< null = no limit
    std::optional<std::string> scope; ///< of a bearer token: what it opens, words between spaces
};

class KeyRing {
  public:
    KeyRing(Engine& engine, const config::Settings& settings)
        : engine_(engine), calls_per_minute_(settings.calls_per_minute) {}

    using Answer = std::shared_ptr<const Admitted>;  ///< null = not admitted
    /// Only from memory; nothing when the database must be asked.
    std::optional<Answer> check_cached(projects::KeyKind, std::string_view app_id,
                                       std::string_view token, Timestamp now);
    /// Asks the database. Throws db::Failure: whether a key is good is not known then.
    Answer check(projects::KeyKind, const std::string& app_id, const std::string& token,
                 Timestamp now);
    /// The same for a bearer token.
    std::optional<Answer> bearer_cached(std::string_view token, Timestamp now);
    Answer bearer(const std::string& token, Timestamp now);

  private:
    struct Known {
        Answer admitted;  ///< null: there is no such key
        std::string token_hash;
        std::string previous_hash;
        std::optional<Timestamp> token_ends;  ///< of a bearer token
        Timestamp read_at;
        std::uint64_t generation = 0;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    using Ring = std::unordered_map<std::string, Known, Hash, std::equal_to<>>;

    static Answer judge(const Known&, projects::KeyKind, std::string_view token, Timestamp now);
    static Answer judge_bearer(const Known&, Timestamp now);
    const Known* fresh(const Ring&, std::string_view id, Timestamp now) const;
    Known make(std::optional<projects::KeyCheck>, std::optional<std::string> scope, Timestamp now,
               std::uint64_t generation);
    Known& remember(Ring&, const std::string& id, Known);
    void note_use(const projects::ApiKey&, Timestamp now);

    Engine& engine_;
    const std::int64_t calls_per_minute_;
    std::mutex mutex_;
    Ring keys_;
    Ring tokens_;  ///< by hash
    std::unordered_map<std::string, std::shared_ptr<KeyMeter>> meters_;  ///< by app id
};

}  // namespace perennial::app
