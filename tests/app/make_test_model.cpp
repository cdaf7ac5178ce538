// SPDX-License-Identifier: Apache-2.0
//
// make_test_model FILE [tiny|full]: writes a denoiser model with random weights for the end-to-end
// tests, by default a tiny one; "full" has the shipped network's size.
#include <cstdio>
#include <exception>
#include <string_view>

#include "tests/models/model_maker.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: make_test_model FILE [tiny|full]\n", stderr);
    return 2;
  }
  try {
    const bool is_full = argc > 2 && std::string_view(argv[2]) == "full";
    const auto config = is_full ? hiss::DenoiserConfig{} : hiss::tinyConfig();
    hiss::writeBytes(argv[1], hiss::randomModel(config).bytes());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_test_model: %s\n", error.what());
    return 1;
  }
  return 0;
}
