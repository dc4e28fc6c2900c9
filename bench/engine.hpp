// What benchmarks inside the product's own process begin with.
#pragma once
#include <fmt/format.h>

#include <cstdlib>

#include "app/apply_program.hpp"
#include "app/local_api.hpp"
#include "app/serve.hpp"

namespace perennial::bench {

/// The value, or the error's words and the end of the process.
template <class T>
T need(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().details);
        std::exit(1);
    }
    return *std::move(result);
}

/// The engine of a database, which has a project.
inline std::unique_ptr<app::Engine> open_engine(const char* database, bool sandbox) {
    const auto config = need(config::load({{"database", database}, {"data-dir", "."}}, {}));
    auto engine = need(app::Engine::open(config.settings));
    app::ensure_project(*engine, "bench", {}, sandbox);
    return engine;
}

/// The campaign's id.
inline std::string apply(app::LocalApi& api, std::string_view program) {
    return need(app::apply_program(api, need(parse_json(program)))).campaign_id;
}

}  // namespace perennial::bench
