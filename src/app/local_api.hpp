// The product's own routes called inside the process: what `apply`, the demo store and the command line
// do goes the same way as a request, without a socket.
#pragma once
#include "app/app.hpp"

namespace perennial::app {

class LocalApi {
  public:
    LocalApi(Engine&, projects::ProjectNumber);

    /// As an ADMIN key of the project would get it. `at` sets the business time of a write.
    http::Response call(http::Method, std::string_view target, std::string body = {},
                        std::optional<Timestamp> at = std::nullopt);
    /// The same for a write, without waiting. `done` runs on the committer's thread.
    void post(http::Method, std::string_view target, std::string body,
              std::optional<Timestamp> at, Engine::Done done);

  private:
    Result<projects::Command> command(http::Request&);
    Engine& engine_;
    projects::ProjectNumber project_;
    projects::Actor actor_;
    http::Router<projects::Route> router_;
};

}  // namespace perennial::app
