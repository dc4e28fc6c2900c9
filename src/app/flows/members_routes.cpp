#include "app/flows/members_routes.hpp"

namespace perennial::flows {

projects::Routes members_routes() { return {}; }

}  // namespace perennial::flows
