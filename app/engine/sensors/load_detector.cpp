// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/load_detector.h"

#include <filesystem>
#include <stdexcept>

#include "app/engine/failure.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "models/sensor_forecaster.h"

namespace hiss {
namespace {

constexpr const char* kForecastingDetector = "mamba";

std::shared_ptr<const SensorForecaster> loadForecaster(const std::string& detector,
                                                       const std::string& model) {
  if (detector != kForecastingDetector) {
    if (model.empty()) return nullptr;
    throw Failure(FailureKind::kUsage, "--model", "the detector mamba", detector);
  }
  try {
    const ModelRegistry registry;
    std::filesystem::path path;
    if (!model.empty()) {
      path = registry.find(model);
    } else if (const auto found = registry.list(kForecasterTask); !found.empty()) {
      path = found.front().path;
    } else {
      throw Failure(FailureKind::kModel, "--detector mamba", "a forecaster among the models",
                    "none");
    }
    return SensorForecaster::load(path);
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  } catch (const Failure&) {
    throw;
  } catch (const std::runtime_error& error) {  // HISS_SIMD
    throw Failure(FailureKind::kUsage, error.what());
  }
}

}  // namespace

DetectorMaker detectorMaker(const std::string& detector, const std::string& model) {
  const std::shared_ptr<const SensorForecaster> forecaster = loadForecaster(detector, model);
  DetectorMaker maker;
  maker.make = [detector, forecaster] {
    try {
      return makeDetector(detector, forecaster);
    } catch (const std::invalid_argument& error) {
      throw Failure(FailureKind::kUsage, error.what());
    }
  };
  if (forecaster) maker.model = forecaster->path();
  static_cast<void>(maker.make());
  return maker;
}

}  // namespace hiss
