// Project keys in memory: a key is read again at least once a second, so that a revocation made by
// another process holds within that time. One made by this process holds at once (forget).
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/app.hpp"
#include "modules/projects/store.hpp"

namespace perennial::app {

class KeyRing {
  public:
    explicit KeyRing(Engine& engine) : engine_(engine) {}

    using Answer = std::optional<projects::ApiKey>;  ///< nothing = not admitted
    /// Only from memory; nothing when the database must be asked.
    std::optional<Answer> check_cached(std::string_view app_id, std::string_view token,
                                       Timestamp now);
    /// Asks the database. Throws db::Failure: whether a key is good is not known then.
    Answer check(const std::string& app_id, const std::string& token, Timestamp now);
    void forget(const std::string& app_id);

  private:
    struct Known {
        projects::KeyCheck check;
        bool exists = false;
        Timestamp read_at;
    };
    static Answer judge(const Known&, std::string_view token, Timestamp now);

    Engine& engine_;
    std::mutex mutex_;
    std::unordered_map<std::string, Known> known_;
};

}  // namespace perennial::app
