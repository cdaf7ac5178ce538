# SPDX-License-Identifier: Apache-2.0
# The libFuzzer target of what hiss monitor is told: URIs, mute windows, configurations, requests.
find_package(tomlplusplus REQUIRED)
set(monitor ${PROJECT_SOURCE_DIR}/app/engine/monitor)
add_executable(monitor_text_fuzz
  monitor_text_check.cpp
  monitor_text_fuzz.cpp
  ${monitor}/config/environment.cpp
  ${monitor}/config/monitor_config.cpp
  ${monitor}/config/toml_keys.cpp
  ${monitor}/control/control_protocol.cpp
  ${monitor}/endpoint.cpp
  ${monitor}/mute_window.cpp
  ${monitor}/stream_rules.cpp
  ${monitor}/units.cpp)
target_compile_options(monitor_text_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_options(monitor_text_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_libraries(monitor_text_fuzz PRIVATE hiss::monitor hiss_warnings
                      nlohmann_json::nlohmann_json tomlplusplus::tomlplusplus)
