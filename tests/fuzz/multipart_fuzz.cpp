#include "tests/fuzz/multipart_fuzz.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    perennial::fuzz::run_multipart({reinterpret_cast<const char*>(data), size});
    return 0;
}
