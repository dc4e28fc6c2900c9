#include "app/flows/events_routes.hpp"

namespace perennial::flows {

projects::Routes events_routes() { return {}; }

}  // namespace perennial::flows
