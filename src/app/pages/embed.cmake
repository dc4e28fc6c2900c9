# cmake -DFOLDER=… -DOUTPUT=… -P embed.cmake: writes this folder's pages as one source file.
# An asset is served under a name with a hash of its content; the pages are rewritten to that name.
cmake_minimum_required(VERSION 3.25)
file(GLOB assets "${FOLDER}/*.svg" "${FOLDER}/*.css" "${FOLDER}/*.js")
list(SORT assets)
set(rows "")
set(plain_names "")
set(hashed_names "")
foreach(file ${assets})
  get_filename_component(name "${file}" NAME)
  get_filename_component(stem "${file}" NAME_WE)
  get_filename_component(extension "${file}" LAST_EXT)
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 10 hash)
  file(READ "${file}" text)
  list(APPEND plain_names "/assets/${name}")
  list(APPEND hashed_names "/assets/${stem}.${hash}${extension}")
  string(APPEND rows "    PageFile{\"${stem}.${hash}${extension}\", R\"page(${text})page\"},\n")
endforeach()
list(LENGTH plain_names count)

function(page symbol name)
  file(READ "${FOLDER}/${name}" text)
  foreach(plain hashed IN ZIP_LISTS plain_names hashed_names)
    string(REPLACE "\"${plain}\"" "\"${hashed}\"" text "${text}")
  endforeach()
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
