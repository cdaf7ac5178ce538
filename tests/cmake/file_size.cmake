# SPDX-License-Identifier: Apache-2.0
# A file holds one concept: sources end at 600 lines, headers at 250, a folder's build file at 60.
# A -inl.h file is source text that Highway compiles once per instruction set.
cmake_minimum_required(VERSION 3.25)

set(faults "")
function(limit_lines max except)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ARGN})
  list(FILTER files EXCLUDE REGEX "^(build/|\\.)|${except}")
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

limit_lines(600 "^$" ${ROOT}/*.cpp ${ROOT}/*-inl.h ${ROOT}/*.py ${ROOT}/*.cmake ${ROOT}/*.sh)
limit_lines(250 "-inl\\.h$" ${ROOT}/*.h)
limit_lines(60 "^CMakeLists.txt$" ${ROOT}/*CMakeLists.txt)

if(faults)
  message(FATAL_ERROR "\n${faults}")
endif()
