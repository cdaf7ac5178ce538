# SPDX-License-Identifier: Apache-2.0
# Fails when an object with kernels for several instruction sets holds a weak symbol outside the
# namespaces of those sets. The linker keeps one copy of a weak symbol for the whole program: were
# it the AVX2 one, a CPU without AVX2 would stop at an illegal instruction in code that never
# called a kernel.
#   cmake -DNM=nm "-DOBJECTS=a.o;b.o" -P simd_symbols.cmake
cmake_minimum_required(VERSION 3.25)

list(FILTER OBJECTS INCLUDE REGEX "_hwy\\.")
if(NOT OBJECTS)
  message(FATAL_ERROR "expected objects named *_hwy.*, found none")
endif()
set(faults "")
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[ ][VW][ ][^\n]+" weak "${symbols}")
  list(FILTER weak EXCLUDE REGEX "::N_[A-Z0-9_]+::|DW\\.ref\\.__gxx_personality_v0")
  foreach(symbol IN LISTS weak)
    # Highway's own helpers: only such objects use them.
    if(symbol MATCHES "hwy::" AND NOT symbol MATCHES "std::")
      continue()
    endif()
    string(APPEND faults "${object}:${symbol}\n")
  endforeach()
endforeach()
if(faults)
  message(FATAL_ERROR "weak symbols that baseline code could be linked to:\n${faults}")
endif()
