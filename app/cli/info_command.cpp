// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "app/engine/load_denoiser.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "models/sensor_forecaster.h"
#include "models/sequence_model.h"
#include "ssm/simd/dispatch.h"

namespace hiss {
namespace {

using nlohmann::json;

std::string simdInUse() {
  try {
    return defaultKernels().name;
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kUsage, error.what());
  }
}

json cardJson(const ModelCard& card) {
  json figures = json::object();
  for (const auto& [name, value] : card.figures) figures[name] = value;
  return {{"name", card.name},
          {"description", card.description},
          {"data", card.data},
          {"licence", card.licence},
          {"figures", figures}};
}

json modelJson(const ModelEntry& entry) {
  json object = {{"name", entry.name}, {"path", entry.path.string()}};
  try {
    const std::string task = modelTask(entry.path);
    if (task == kSequenceTask) {
      const auto model = SequenceModel::load(entry.path, scalarKernels());
      object["task"] = kSequenceTask;
      object["card"] = cardJson(model->card());
      object["parameters"] = model->parameterCount();
      object["block"] = blockKindName(model->config().block.kind);
      object["bytes_per_row"] = model->stateBytesPerRow();
      return object;
    }
    if (task == kForecasterTask) {
      const auto model = SensorForecaster::load(entry.path, scalarKernels());
      object["task"] = kForecasterTask;
      object["card"] = cardJson(model->card());
      object["parameters"] = model->parameterCount();
      object["bytes_per_channel"] = model->stateBytesPerChannel();
      return object;
    }
    const auto model = DenoiserModel::load(entry.path);
    object["task"] = kDenoiseTask;
    object["card"] = cardJson(model->card());
    object["parameters"] = model->parameterCount();
    object["block"] = blockKindName(model->config().bandBlock().kind);
    object["sample_rate_hz"] = model->config().sample_rate;
    object["latency_ms"] = 1000.0 * model->config().latencySamples() / model->config().sample_rate;
  } catch (const ModelError& error) {
    object["error"] = error.what();
  }
  return object;
}

json collect(const InfoOptions& options) {
  const ModelRegistry registry;
  json directories = json::array();
  for (const auto& directory : registry.directories()) directories.push_back(directory.string());
  json available = json::array();
  for (const Kernels* kernels : availableKernels()) available.push_back(kernels->name);
  json models = json::array();
  if (options.model.empty()) {
    for (const ModelEntry& entry : registry.list()) models.push_back(modelJson(entry));
  } else {
    const std::filesystem::path path = findModel(registry, options.model);
    models.push_back(modelJson({path.stem().string(), path}));
    if (models[0].contains("error")) {
      throw Failure(FailureKind::kModel, models[0]["error"].get<std::string>());
    }
  }
  return {{"version", HISS_VERSION},
          {"simd", {{"in_use", simdInUse()}, {"available", available}}},
          {"sound_file_library", soundFileLibrary()},
          {"model_directories", directories},
          {"models", models}};
}

std::string modelText(const json& model) {
  std::string text = fmt::format("  {}  {}\n", model["name"].get<std::string>(),
                                 oneLine(model["path"].get<std::string>()));
  if (model.contains("error")) {
    return text + fmt::format("    unusable: {}\n", model["error"].get<std::string>());
  }
  const json& card = model["card"];
  for (const char* key : {"description", "data", "licence"}) {
    const auto value = oneLine(card[key].get<std::string>());
    if (!value.empty()) text += fmt::format("    {}: {}\n", key, value);
  }
  const auto parameters = model["parameters"].get<std::size_t>();
  if (model.contains("latency_ms")) {
    text += fmt::format("    network: {} parameters, blocks {}, {} Hz, {:.0f} ms latency\n",
                        parameters, model["block"].get<std::string>(),
                        model["sample_rate_hz"].get<int>(), model["latency_ms"].get<double>());
  } else if (model.contains("block")) {
    text += fmt::format(
        "    network: {} parameters, blocks {}, {:.1f} kB of memory for a sequence\n", parameters,
        model["block"].get<std::string>(), 1e-3 * model["bytes_per_row"].get<double>());
  } else {
    text += fmt::format("    network: {} parameters, {:.1f} kB of memory for a sensor channel\n",
                        parameters, 1e-3 * model["bytes_per_channel"].get<double>());
  }
  for (const auto& [name, value] : card["figures"].items()) {
    text += fmt::format("    {}: {}\n", oneLine(name), oneLine(value.get<std::string>()));
  }
  return text;
}

std::string asText(const json& info) {
  const auto available = info["simd"]["available"].get<std::vector<std::string>>();
  std::string text =
      fmt::format("hiss {}\nSIMD: {} (this CPU has {}; HISS_SIMD chooses)\n{}\n", HISS_VERSION,
                  info["simd"]["in_use"].get<std::string>(), fmt::join(available, ", "),
                  info["sound_file_library"].get<std::string>());
  text += "Models are looked for in:\n";
  for (const json& directory : info["model_directories"]) {
    text += fmt::format("  {}\n", oneLine(directory.get<std::string>()));
  }
  text += info["models"].empty() ? "Models: none found\n" : "Models:\n";
  for (const json& model : info["models"]) text += modelText(model);
  return text;
}

}  // namespace

ExitCode runInfo(const InfoOptions& options) {
  const json info = collect(options);
  if (options.json) {
    printJson(info);
  } else {
    printText(asText(info));
  }
  return ExitCode::kOk;
}

}  // namespace hiss
