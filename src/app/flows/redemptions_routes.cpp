#include "app/flows/redemptions_routes.hpp"

namespace perennial::flows {

projects::Routes redemptions_routes() { return {}; }

}  // namespace perennial::flows
