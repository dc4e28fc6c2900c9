// The composition: one database, its committer, the project snapshots, the routes. Everything that
// serves, imports or demonstrates stands on it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"
#include "platform/config/config.hpp"
#include "platform/db/database.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"
#include "platform/jobs/timers.hpp"
#include "platform/work/committer.hpp"

namespace perennial::app {

/// The machine's clock.
Timestamp machine_now();

/// Opens the database and runs commands on it, with or without a server.
class Engine {
  public:
    /// `server` is the only one of its SQLite file; `tool` writes and `reader` reads beside it.
    enum class Access : std::uint8_t { server, tool, reader };
    /// Makes the data folder, opens and migrates the database (`reader`: neither).
    static Result<std::unique_ptr<Engine>> open(const config::Settings&, Access = Access::server);
    Engine(std::unique_ptr<db::Database>, const config::Settings&);
    ~Engine();

    db::Database& database() { return *database_; }
    work::Committer& committer() { return *committer_; }
    projects::Cache& cache() { return cache_; }
    Ids& ids() { return ids_; }
    /// How people reach the server, for links; empty = not known.
    const std::string& public_url() const { return public_url_; }

    /// How a command ended.
    struct Outcome {
        http::Response response;
        bool replayed = false;  ///< the stored answer of an idempotency key
    };
    using Done = std::move_only_function<void(Outcome)>;
    struct Wish {
        projects::ProjectNumber project = 0;
        projects::Actor actor;
        std::string request_id;
        projects::Command command;
        std::string idempotency_key;  ///< empty = none
        std::string request_hash;
        std::optional<Timestamp> at;  ///< business time of an imported fact
        work::Turn turn = work::Turn::live;
    };
    /// Queues a command; `done` comes after the commit, on the committer's thread. False = queue full.
    bool submit(Wish, Done);
    /// Submits and waits. For the command line and set-up.
    http::Response run(Wish);

    /// Runs a body in a writing transaction of its own. Throws db::Failure.
    void write(std::function<void(work::Batch&)> body);

    /// Rolls the cards forward whose timers are due in this project until there are none, in the turn of
    /// the background. Business time is the project's. `goes_on` is asked now and then: false ends it
    /// early. Returns whether all are done; what could not be done is left to the next call.
    bool fire_timers(projects::ProjectNumber,
                     const std::function<bool()>& goes_on = [] { return true; });

  private:
    class Waking;
    bool wake_program(Waking&, projects::ProjectNumber, const jobs::Timer&,
                      const std::function<bool()>& goes_on);

    std::string public_url_;
    std::unique_ptr<db::Database> database_;
    projects::Cache cache_;
    Ids ids_;
    std::unique_ptr<work::Committer> committer_;
    /// Where looking at all cards of a program was broken off.
    std::mutex woken_mutex_;
    std::map<std::pair<RawId, Timestamp>, ledger::CardPlace> woken_;
};

/// All routes of the product, in one list.
projects::Routes all_routes(Engine&);

}  // namespace perennial::app
