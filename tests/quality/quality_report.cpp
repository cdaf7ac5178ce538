// SPDX-License-Identifier: Apache-2.0
//
// quality_report [MODEL]: prints every figure of behaviour for a model, by name or file; without
// one for every model that is found. Exit code 0, whatever the figures are; 2 if a model or a
// recording cannot be read.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "models/model_registry.h"
#include "tests/quality/behaviours.h"

int main(int argc, char** argv) {
  try {
    const hiss::ModelRegistry registry;
    std::vector<hiss::ModelEntry> models;
    for (int i = 1; i < argc; ++i) models.push_back({argv[i], registry.find(argv[i])});
    if (models.empty()) models = registry.list(hiss::kDenoiseTask);
    const hiss::SoundSet sounds;
    for (const hiss::ModelEntry& entry : models) {
      const auto model = hiss::DenoiserModel::load(entry.path);
      std::printf("%s: %s\n", entry.name.c_str(), entry.path.c_str());
      for (const hiss::Behaviour& behaviour : hiss::behaviours()) {
        std::printf("%s\n", behaviour.name.c_str());
        for (const hiss::Figure& figure : behaviour.measure(model, sounds)) {
          std::printf("  %s\n", hiss::toText(figure).c_str());
        }
        std::fflush(stdout);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quality_report: %s\n", error.what());
    return 2;
  }
  return 0;
}
