// SPDX-License-Identifier: Apache-2.0
#include "models/import/model_import.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "models/denoiser_model.h"
#include "models/import/checkpoint.h"
#include "models/import/cleanumamba_import.h"
#include "models/import/mamba_import.h"
#include "models/model_bytes.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "models/safetensors_writer.h"
#include "models/sequence_model.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr std::string_view kKindNames[] = {"mamba", "mamba2", "cleanumamba"};

// What the names of the tensors say.
ImportKind kindOf(const Checkpoint& weights) {
  if (weights.find("encoder.0.0.weight") != nullptr) return ImportKind::kCleanUMamba;
  if (const TensorSpec* A_log = weights.find("backbone.layers.0.mixer.A_log")) {
    return A_log->shape.size() == 1 ? ImportKind::kMamba2 : ImportKind::kMamba;
  }
  throw ModelError(weights.origin(), "tensors",
                   "those of Mamba (backbone.layers.0.mixer.A_log) or of CleanUMamba "
                   "(encoder.0.0.weight)",
                   "neither; the first is " + quotedText(weights.tensors().front().name));
}

// JSON as Python writes it has NaN, Infinity and -Infinity for numbers: each becomes null.
std::string withoutPythonNumbers(std::string text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
      continue;
    }
    if (text[at] == '"') quoted = !quoted;
    if (quoted) continue;
    for (const std::string_view number : {"NaN", "-Infinity", "Infinity"}) {
      if (text.compare(at, number.size(), number) != 0) continue;
      text.replace(at, number.size(), "null");
      break;
    }
  }
  return text;
}

// What was published beside the weights: a file, or an object within that of the weights.
nlohmann::json configOf(const ImportRequest& request, const Checkpoint& weights) {
  nlohmann::json config = weights.values();
  if (!request.config.empty()) {
    constexpr std::uint64_t kMostConfigBytes = std::uint64_t{1} << 20U;
    const std::vector<std::byte> bytes = readModelBytes(request.config, kMostConfigBytes);
    config = parseJsonObject(
        withoutPythonNumbers({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
        request.config.string(), "config");
  }
  const auto network = config.find("network_config");
  if (network != config.end() && network->is_object()) return *network;
  return config;
}

std::string cardOf(const ImportRequest& request, ImportKind kind) {
  const std::string file = printableText(request.input.filename().string());
  const bool denoiser = kind == ImportKind::kCleanUMamba;
  const nlohmann::ordered_json card = {
      {"name", request.name},
      {"description", std::string(denoiser ? "CleanUMamba denoiser of 16 kHz speech"
                                           : "Language model of " +
                                                 std::string(importKindName(kind)) + " blocks") +
                          ", imported from " + file},
      {"data", "what its authors trained it on; the file does not say"},
      {"licence", "its authors'; the file does not say"}};
  return card.dump();
}

class Importer {
 public:
  explicit Importer(const ImportRequest& request)
      : request_(request), weights_(Checkpoint::read(request.input)) {}

  ImportedModel run() {
    ImportedModel model;
    model.kind = request_.kind ? *request_.kind : kindOf(weights_);
    const nlohmann::json config = configOf(request_, weights_);
    metadata_ = {{"hiss.format", kModelFormat}, {"hiss.card", cardOf(request_, model.kind)}};
    if (model.kind == ImportKind::kCleanUMamba) {
      addDenoiser(cleanUMambaConfigOf(weights_, config));
    } else {
      addSequence(
          mambaConfigOf(weights_, config,
                        model.kind == ImportKind::kMamba ? BlockKind::kMamba : BlockKind::kMamba2));
    }
    requireAllUsed();
    model.tensors = tensors_.size();
    for (const TensorView& tensor : tensors_) model.parameters += tensor.data.size();
    model.file = safetensorsBytes(metadata_, tensors_, weights_.origin());
    check(model);
    return model;
  }

 private:
  void addDenoiser(const CleanUMambaConfig& config) {
    metadata_["hiss.task"] = kDenoiseTask;
    metadata_["hiss.config"] = toJson(config);
    for (const TensorSpec& spec : cleanUMambaTensors(config)) add(spec, spec.name);
  }

  void addSequence(const SequenceConfig& config) {
    metadata_["hiss.task"] = kSequenceTask;
    metadata_["hiss.config"] = toJson(config);
    for (const ImportedTensor& tensor : mambaSources(weights_, config)) {
      add(tensor.spec, tensor.source);
    }
  }

  void add(const TensorSpec& spec, const std::string& source) {
    TensorView tensor{spec.name, spec.shape, {}};
    if (source.empty()) {
      zeros_.assign(static_cast<std::size_t>(elementCount(spec.shape)), 0.0F);
      tensor.data = zeros_;
    } else {
      tensor.data = weights_.require(source, spec.shape);
      used_.insert(source);
    }
    tensors_.push_back(std::move(tensor));
  }

  void requireAllUsed() const {
    for (const TensorSpec& spec : weights_.tensors()) {
      if (used_.contains(spec.name)) continue;
      throw ModelError(weights_.origin(), printableText(spec.name), "no tensor of this name",
                       "one of shape " + shapeText(spec.shape));
    }
  }

  void check(const ImportedModel& model) const {
    if (model.kind == ImportKind::kCleanUMamba) {
      (void)DenoiserModel::parse(model.file, weights_.origin());
    } else {
      (void)SequenceModel::parse(model.file, weights_.origin());
    }
  }

  const ImportRequest& request_;
  Checkpoint weights_;
  std::map<std::string, std::string> metadata_;
  std::vector<TensorView> tensors_;
  std::vector<float> zeros_;
  std::set<std::string> used_;
};

}  // namespace

std::string_view importKindName(ImportKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

ImportedModel importModel(const ImportRequest& request) { return Importer(request).run(); }

}  // namespace hiss
