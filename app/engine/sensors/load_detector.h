// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "models/anomaly_detector.h"

namespace hiss {

// Detectors of one name, all with the same forecaster.
struct DetectorMaker {
  std::function<std::unique_ptr<AnomalyDetector>()> make;  // one that has not run yet
  std::string model;  // path of the forecaster; empty: the detector has none
};

// `model`: the forecaster of the detector "mamba" by name or file; empty: the one that is found.
// What is wrong shows here, not in `make`. Throws Failure: kUsage, kModel. [main-thread]
DetectorMaker detectorMaker(const std::string& detector, const std::string& model);

}  // namespace hiss
