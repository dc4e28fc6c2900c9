// 128 bit integers for products of two values; a compiler's extension that -Wpedantic must be told of.
#pragma once

namespace perennial {

__extension__ typedef __int128 int128_t;

}  // namespace perennial
