#pragma once
#include "app/app.hpp"

namespace perennial::app {

struct ServeOptions {
    /// Called with the address once the server answers.
    std::function<void(const std::string& url)> on_ready = nullptr;
};

/// Serves until SIGTERM or SIGINT, then finishes what is in flight. Returns the exit code.
int serve(Engine&, const config::Settings&, const ServeOptions&);

/// Makes the first project of an empty database. True when it did.
bool ensure_project(Engine&, const std::string& name, const projects::Settings&, bool sandbox);

}  // namespace perennial::app
