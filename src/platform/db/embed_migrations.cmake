# cmake -DFOLDER=… -DOUTPUT=… -P embed_migrations.cmake: writes all migrations as one source file.
cmake_minimum_required(VERSION 3.25)
file(GLOB files "${FOLDER}/*.sql")
list(SORT files COMPARE NATURAL)
set(rows "")
set(numbers "")
foreach(file ${files})
  get_filename_component(name "${file}" NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "migrations/${name}.sql: the name must be NNNN_<module>_<what>.sql")
  endif()
  set(number "${CMAKE_MATCH_1}")
  if(number IN_LIST numbers)
    message(FATAL_ERROR "two migrations have the number ${number}")
  endif()
  list(APPEND numbers "${number}")
  string(REGEX REPLACE "^0+" "" plain "${number}")
  file(READ "${file}" text)
  string(APPEND rows "    Migration{${plain}, \"${name}\", R\"migration(${text})migration\"},\n")
endforeach()
list(LENGTH numbers count)
file(WRITE "${OUTPUT}" "#include <array>

#include \"platform/db/migrate.hpp\"

namespace perennial::db {

namespace {
const std::array<Migration, ${count}> all{{
${rows}}};
}  // namespace

std::span<const Migration> migrations() { return all; }

}  // namespace perennial::db
")
