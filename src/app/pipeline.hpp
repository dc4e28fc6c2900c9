// Hop 2 of a request: route, key, permission, idempotency key; then hop 3 parses, and the committer or
// a reader takes it.
#pragma once
#include <memory>
#include <unordered_map>

#include "app/app.hpp"

namespace perennial::app {

/// Answers HTTP requests. Reads run on worker threads, writes in the committer.
class Pipeline {
  public:
    Pipeline(Engine&, projects::Routes, const config::Settings&);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// May be called from any thread; never blocks.
    void handle(http::Request&&, http::Respond);
    const http::Router<projects::Route>& router() const;
    /// Of a route that takes more than the default: its limit in bytes.
    std::uint64_t body_limit(http::Method, std::string_view path) const;

    /// Runs a task on a worker thread.
    void post(std::move_only_function<void()> task);

    /// From now on /readyz says no.
    void start_stopping();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace perennial::app
