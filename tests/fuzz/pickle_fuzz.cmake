# SPDX-License-Identifier: Apache-2.0
# libFuzzer target of hiss import.
add_executable(pickle_fuzz
  pickle_check.cpp
  pickle_fuzz.cpp
  ${models}/cleanumamba_config.cpp
  ${models}/import/checkpoint.cpp
  ${models}/import/cleanumamba_import.cpp
  ${models}/import/pickle.cpp
  ${models}/import/zip_archive.cpp
  ${models}/safetensors.cpp)
target_compile_options(pickle_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_options(pickle_fuzz PRIVATE -fsanitize=fuzzer,address,undefined)
target_link_libraries(pickle_fuzz PRIVATE hiss::models hiss_model_maker hiss_warnings
                      nlohmann_json::nlohmann_json)
