#include "platform/db/driver.hpp"

namespace perennial::db {

std::unique_ptr<DriverDatabase> connect_postgres(const std::string&, const OpenOptions&) {
    throw Failure(Failure::Kind::unavailable, "PostgreSQL is not built in yet");
}

}  // namespace perennial::db
