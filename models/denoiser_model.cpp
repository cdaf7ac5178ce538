// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_model.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "models/cleanumamba_net.h"
#include "models/high_band.h"
#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/net_profile.h"
#include "models/subband_net.h"

namespace hiss {
DenoiserModel::DenoiserModel(SafetensorsFile file) : file_(std::move(file)) {
  checkFormat();
  requireMetadata(file_, "hiss.task", "denoise");
  readConfig();
  card_ = parseModelCard(file_.metadata("hiss.card"), path());
  const std::vector<TensorSpec> specs =
      cleanumamba_ ? cleanUMambaTensors(*cleanumamba_) : denoiserTensors(config_);
  checkTensors(specs);
  fingerprint_ =
      modelFingerprint(file_, cleanumamba_ ? toJson(*cleanumamba_) : toJson(config_), specs);
}

void DenoiserModel::readConfig() {
  const std::string& json = file_.metadata("hiss.config");
  if (isCleanUMambaConfig(json, path())) {
    cleanumamba_ = parseCleanUMambaConfig(json, path());
    config_.sample_rate = cleanumamba_->sample_rate;
    config_.hop = cleanumamba_->hop();
    config_.synthesis_length = cleanumamba_->latencySamples();
  } else {
    config_ = parseDenoiserConfig(json, path());
  }
  // An engine that reads format 1 only would not know what to do with the rest.
  if (cleanumamba_ || !config_.isPlain()) requireMetadata(file_, "hiss.format", kModelFormat);
}

std::shared_ptr<const DenoiserModel> DenoiserModel::load(const std::filesystem::path& path) {
  return std::shared_ptr<const DenoiserModel>(new DenoiserModel(SafetensorsFile::read(path)));
}

std::shared_ptr<const DenoiserModel> DenoiserModel::parse(std::span<const std::byte> bytes,
                                                          std::string origin) {
  return std::shared_ptr<const DenoiserModel>(
      new DenoiserModel(SafetensorsFile::parse(bytes, std::move(origin))));
}

void DenoiserModel::checkFormat() const {
  const std::string& format = file_.metadata("hiss.format");
  if (format == kModelFormat || format == kPlainModelFormat) return;
  throw ModelError(path(), "__metadata__.hiss.format",
                   quotedText(kPlainModelFormat) + " or " + quotedText(kModelFormat),
                   quotedText(format));
}

void DenoiserModel::checkTensors(const std::vector<TensorSpec>& specs) const {
  requireTensors(file_, specs);
  for (const TensorSpec& spec : specs) {
    if (!std::string_view(spec.name).ends_with(".running_var")) continue;
    const std::span<const float> values = lookup(spec.name, spec.shape);
    const auto negative =
        std::find_if(values.begin(), values.end(), [](float value) { return value < 0.0F; });
    if (negative != values.end()) {
      throw ModelError(
          path(), spec.name, "variances of at least 0",
          std::to_string(*negative) + " at index " + std::to_string(negative - values.begin()));
    }
  }
}

std::span<const float> DenoiserModel::lookup(const std::string& name,
                                             const std::vector<std::int64_t>& shape) const {
  return requireTensor(file_, name, shape);
}

std::size_t DenoiserModel::parameterCount() const {
  std::size_t count = 0;
  for (const TensorView& tensor : file_.tensors()) {
    if (tensor.name.find(".running_") == std::string::npos) count += tensor.data.size();
  }
  return count;
}

double DenoiserModel::macsPerSecond() const {
  if (cleanumamba_) return cleanumamba_->macsPerSecond();
  double macs_per_hop = 0.0;
  for (const NetPart& part : netParts(config_)) macs_per_hop += part.macs;
  return macs_per_hop * config_.sample_rate / config_.hop;
}

TensorLookup DenoiserModel::tensorLookup() const {
  return [this](std::string_view name, const std::vector<std::int64_t>& shape) {
    return lookup(std::string(name), shape);
  };
}

std::shared_ptr<const SubbandNetWeights> DenoiserModel::pack(const Kernels& kernels) const {
  if (cleanumamba_) {
    throw std::invalid_argument("model: expected arch subband-mamba, found cleanumamba");
  }
  return SubbandNetWeights::pack(config_, tensorLookup(), kernels);
}

std::shared_ptr<const HighBand> DenoiserModel::packHighBand(const Kernels& kernels) const {
  if (!config_.high_band) return nullptr;
  return std::make_shared<const HighBand>(*config_.high_band, config_.usedBins(), tensorLookup(),
                                          kernels);
}

std::shared_ptr<const CleanUMambaWeights> DenoiserModel::packCleanUMamba(
    const Kernels& kernels) const {
  return cleanumamba_ ? CleanUMambaWeights::pack(*cleanumamba_, tensorLookup(), kernels) : nullptr;
}

}  // namespace hiss
