# cmake -DFOLDER=… -DOUTPUT=… -P embed.cmake: writes this folder's pages as one source file.
# An asset is served under a name with a hash of its content; the pages are rewritten to that name.
cmake_minimum_required(VERSION 3.25)
set(rows "")
set(plain_names "")
set(hashed_names "")

# The text of a file with the hashed names of the assets known so far.
macro(read_text file)
  file(READ "${file}" text)
  foreach(plain hashed IN ZIP_LISTS plain_names hashed_names)
    string(REPLACE "\"${plain}\"" "\"${hashed}\"" text "${text}")
  endforeach()
endmacro()

# Style sheets name fonts, so fonts come first.
foreach(extension woff2 svg css js)
  file(GLOB assets "${FOLDER}/*.${extension}")
  list(SORT assets)
  foreach(file ${assets})
    if(extension STREQUAL "woff2")
      file(SHA256 "${file}" hash)
      file(READ "${file}" bytes HEX)
      string(LENGTH "${bytes}" size)
      math(EXPR size "${size} / 2")
      string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
      set(literal "{\"${bytes}\", ${size}}")
    else()
      read_text("${file}")
      string(SHA256 hash "${text}")
      set(literal "R\"page(${text})page\"")
    endif()
    string(SUBSTRING "${hash}" 0 10 hash)
    get_filename_component(stem "${file}" NAME_WE)
    list(APPEND plain_names "/assets/${stem}.${extension}")
    list(APPEND hashed_names "/assets/${stem}.${hash}.${extension}")
    string(APPEND rows "    PageFile{\"${stem}.${hash}.${extension}\", ${literal}},\n")
  endforeach()
endforeach()
list(LENGTH plain_names count)

function(page symbol name)
  read_text("${FOLDER}/${name}")
  set(pages "${pages}const std::string_view ${symbol} = R\"page(${text})page\";\n" PARENT_SCOPE)
endfunction()
page(home_page home.html)
page(docs_page docs.html)
page(setup_page_begin setup_begin.html)
page(setup_page_used setup_used.html)
page(setup_page_keys setup_keys.html)

file(WRITE "${OUTPUT}" "#include <array>

#include \"app/pages/files.hpp\"
#include \"app/static_pages.hpp\"

namespace perennial::app {

${pages}
namespace {
const std::array<PageFile, ${count}> all{{
${rows}}};
}  // namespace

std::span<const PageFile> page_files() { return all; }

}  // namespace perennial::app
")
