# SPDX-License-Identifier: Apache-2.0
# Checks what a file may include and say, by folder; the rules are those of tests/README.md.
#   cmake -DROOT=<tree> [-DEXPECT=<file>] -P layering.cmake
# With EXPECT the tree is one that breaks rules, and the complaints must be exactly that file's.
cmake_minimum_required(VERSION 3.25)

set(faults "")
macro(complain file text)
  string(APPEND faults "${file}: ${text}\n")
endmacro()

# Complains about each match of `regex` (code only: comments are cut before).
function(forbid file code regex why)
  if(code MATCHES "${regex}")
    string(REGEX REPLACE "^[^A-Za-z<-]" "" hit "${CMAKE_MATCH_0}")
    complain("${file}" "'${hit}' ${why}")
    set(faults "${faults}" PARENT_SCOPE)
  endif()
endfunction()

# folder -> folders whose headers it may include.
set(allowed_dsp dsp)
set(allowed_ssm dsp ssm hwy)
set(allowed_models dsp ssm models)
set(allowed_ui dsp ssm models ui)
set(allowed_app/engine dsp ssm models app/engine)
set(allowed_app/cli dsp ssm models app/engine app/cli)
set(allowed_app/gui dsp ssm models ui app/engine app/gui)
set(allowed_app/plugin dsp ssm models app/plugin)

set(library_folders dsp ssm models ui)
set(no_lock_folders dsp ssm models)
set(word "(^|[^A-Za-z0-9_])")

foreach(folder dsp ssm models ui app/engine app/cli app/gui app/plugin)
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
  list(SORT sources)
  foreach(source IN LISTS sources)
    file(READ ${ROOT}/${source} code)
    if(NOT code MATCHES "^// SPDX-License-Identifier: Apache-2.0\n")
      complain(${source} "first line is not the licence identifier")
    endif()
    string(REGEX REPLACE "//[^\n]*" "" code "${code}")

    string(REGEX MATCHALL "#[ ]*include[ ]+\"[^\"\n]+\"" includes "${code}")
    foreach(include IN LISTS includes)
      string(REGEX MATCH "\"([^\"]+)" path "${include}")
      set(path ${CMAKE_MATCH_1})
      set(permitted FALSE)
      foreach(prefix IN LISTS allowed_${folder})
        if(path MATCHES "^${prefix}/")
          set(permitted TRUE)
        endif()
      endforeach()
      if(NOT permitted)
        complain(${source} "\"${path}\" is not a header that ${folder} may include")
      endif()
    endforeach()

    if(NOT folder MATCHES "^(ui|app/gui)$")
      forbid(${source} "${code}" "<Q[A-Za-z/]+>" "belongs in ui and app/gui only")
    endif()
    if(NOT folder STREQUAL "app/engine")
      forbid(${source} "${code}" "<(sndfile|samplerate|portaudio|cairo/cairo|cairo)[a-z.]*>"
             "belongs in app/engine only")
    endif()
    if(source MATCHES "\\.h$")
      forbid(${source} "${code}" "<(unsupported/)?Eigen/[^>]*>" "may not stand in a header")
      # Highway includes -inl.h files once per instruction set.
      if(NOT source MATCHES "-inl\\.h$" AND NOT code MATCHES "#pragma once\n")
        complain(${source} "has no '#pragma once'")
      endif()
    endif()
    if(folder IN_LIST library_folders)
      forbid(${source} "${code}" "std::(cout|cerr|clog)" "prints; library code may not")
      forbid(${source} "${code}" "${word}(printf|fprintf|vprintf|puts|fputs|perror)[ ]*\\("
             "prints; library code may not")
      forbid(${source} "${code}" "${word}(exit|_exit|quick_exit|abort|terminate)[ ]*\\("
             "ends the program; library code may not")
    endif()
    if(folder IN_LIST no_lock_folders)
      forbid(${source} "${code}" "${word}(mutex|shared_mutex|condition_variable|pthread_mutex_t)"
             "locks; these folders hold what the audio thread runs")
    endif()
  endforeach()
endforeach()

# Compiled with such flags on purpose: they stand for other people's programs, against which the
# benchmarks measure ours, and are linked into those benchmarks only. One source at a time; anything
# else that these build files set is judged as everywhere.
set(loose_baseline tests/bench/baseline/CMakeLists.txt tests/bench/flat_cost/CMakeLists.txt)
set(loose_sources "(plain_block|scalar_ofast|attention_kernel)")

# Build files. This folder lists files to check them, not to build them.
file(GLOB_RECURSE build_files RELATIVE ${ROOT} ${ROOT}/*CMakeLists.txt ${ROOT}/app/*.cmake
     ${ROOT}/CMakePresets.json)
list(FILTER build_files EXCLUDE REGEX "^(build/|\\.|tests/cmake/)")
list(SORT build_files)
foreach(build_file IN LISTS build_files)
  file(READ ${ROOT}/${build_file} code)
  string(REGEX REPLACE "#[^\n]*" "" code "${code}")
  if(build_file IN_LIST loose_baseline)
    string(REGEX REPLACE
           "set_source_files_properties\\(${loose_sources}\\.cpp PROPERTIES COMPILE_OPTIONS[^)]*\\)"
           "" code "${code}")
  endif()
  forbid(${build_file} "${code}" "-ffast-math|-Ofast|-march=native|-funsafe-math-optimizations"
         "is not for committed builds")
  forbid(${build_file} "${code}" "file\\([ ]*GLOB[A-Z_]*" "hides sources; list them by name")
endforeach()

if(DEFINED EXPECT)
  file(READ ${EXPECT} expected)
  if(NOT faults STREQUAL expected)
    message(FATAL_ERROR "expected:\n${expected}\nfound:\n${faults}")
  endif()
elseif(faults)
  message(FATAL_ERROR "\n${faults}")
endif()
