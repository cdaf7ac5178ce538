# SPDX-License-Identifier: Apache-2.0
# libFuzzer target of the messages of hiss monitor's sources.
find_package(fmt REQUIRED)
set(sources ${PROJECT_SOURCE_DIR}/app/engine/monitor/sources)
add_executable(message_fuzz
  message_check.cpp
  message_fuzz.cpp
  ${sources}/csv_lines.cpp
  ${sources}/influx_rows.cpp
  ${sources}/json_mending.cpp
  ${sources}/json_rows.cpp
  ${sources}/message_parts.cpp
  ${sources}/row_decoder.cpp
  ${sensors}/table_cell.cpp
  ${sensors}/table_fields.cpp
  ${sensors}/time_names.cpp
  ${sensors}/time_stamp.cpp)
target_compile_options(message_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_options(message_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_libraries(message_fuzz PRIVATE hiss::monitor hiss_warnings fmt::fmt
                      nlohmann_json::nlohmann_json)
