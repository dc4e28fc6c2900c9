#include "app/demo/program_text.hpp"

extern "C" {
extern const char perennial_demo_program_begin[];
extern const char perennial_demo_program_end[];
}

namespace perennial::app::demo {

std::string_view program_text() {
    return {perennial_demo_program_begin,
            static_cast<std::size_t>(perennial_demo_program_end - perennial_demo_program_begin)};
}

}  // namespace perennial::app::demo
