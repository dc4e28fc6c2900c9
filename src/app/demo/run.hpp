// Loads the demo store: executes the plan through the product's own commands, so that `verify` holds.
#pragma once
#include "app/app.hpp"

namespace perennial::app::demo {

struct Loaded {
    std::int64_t actions = 0;
    std::int64_t refused = 0;  ///< redemptions that the balance did not allow, and the like
    double seconds = 0;
};

/// Makes the program (examples/demo/program.json, embedded), the catalogue and eighteen months of life
/// up to `now` in an empty project.
Result<Loaded> load(Engine&, projects::ProjectNumber, std::uint64_t seed, Timestamp now);

}  // namespace perennial::app::demo
