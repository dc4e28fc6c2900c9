// The files of this folder as the build embeds them (embed.cmake).
#pragma once
#include <span>
#include <string_view>

namespace perennial::app {

struct PageFile {
    std::string_view name;  ///< "home.1f2e3d4c5b.css"
    std::string_view text;
};

/// What /assets/ serves.
std::span<const PageFile> page_files();

}  // namespace perennial::app
