#pragma once
#include "base/error.hpp"

namespace perennial::transfer::error {
inline constexpr ErrorCode file_unreadable{"import_file_unreadable", ErrorKind::invalid,
                                           "The file cannot be read"};
inline constexpr ErrorCode file_not_csv{"import_file_not_csv", ErrorKind::invalid,
                                        "The file is not CSV text"};
inline constexpr ErrorCode file_changed{"import_file_changed", ErrorKind::conflict,
                                        "The file changed while it was read"};
}  // namespace perennial::transfer::error
