// SPDX-License-Identifier: Apache-2.0
//
// make_test_model FILE [tiny|full]: writes a denoiser model with random weights for the end-to-end
// tests, by default a tiny one; "full" has the shipped network's size.
// make_test_model FILE tokens|features KIND: a small model of sequences with blocks of that kind.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "tests/models/model_maker.h"

namespace {

hiss::TestModel makeModel(std::string_view size) {
  return hiss::randomModel(size == "full" ? hiss::DenoiserConfig{} : hiss::tinyConfig());
}

hiss::TestModel makeSequenceModel(std::string_view input, std::string_view kind) {
  using Input = hiss::SequenceConfig::Input;
  const auto known = hiss::blockKindOf(kind);
  if (!known) throw std::invalid_argument("no kind of this name");
  const Input own = input == "tokens" ? Input::kTokens : Input::kFeatures;
  return hiss::randomSequenceModel(hiss::smallSequenceConfig(*known, own));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: make_test_model FILE [tiny|full|tokens KIND|features KIND]\n", stderr);
    return 2;
  }
  try {
    const std::string_view what = argc > 2 ? argv[2] : "tiny";
    const auto model = argc > 3 ? makeSequenceModel(what, argv[3]) : makeModel(what);
    hiss::writeBytes(argv[1], model.bytes());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_test_model: %s\n", error.what());
    return 1;
  }
  return 0;
}
