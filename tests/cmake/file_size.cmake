# SPDX-License-Identifier: Apache-2.0
# A file holds one concept: sources end at 600 lines, headers at 250, a folder's build file at 60.
cmake_minimum_required(VERSION 3.25)

set(faults "")
function(limit_lines max)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ARGN})
  list(FILTER files EXCLUDE REGEX "^(build/|\\.|CMakeLists.txt$)")
  foreach(path IN LISTS files)
    file(READ ${ROOT}/${path} text)
    string(REGEX REPLACE "[^\n]" "" newlines "${text}")
    string(LENGTH "${newlines}" lines)
    if(lines GREATER max)
      string(APPEND faults "${path}: ${lines} lines, at most ${max}\n")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
endfunction()

limit_lines(600 ${ROOT}/*.cpp ${ROOT}/*.py ${ROOT}/*.cmake ${ROOT}/*.sh)
limit_lines(250 ${ROOT}/*.h)
limit_lines(60 ${ROOT}/*CMakeLists.txt)

if(faults)
  message(FATAL_ERROR "\n${faults}")
endif()
