#include "tests/fuzz/json_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    perennial::fuzz::run_json({reinterpret_cast<const char*>(data), size});
    return 0;
}
