#include "tests/fuzz/csv_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    perennial::transfer::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
