// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <memory>

#include "models/model_registry.h"

namespace hiss {

class EngineFeed;
class SensorsPage;

// Joins the page of sensors with the monitor: gives it its feed and the forecasters of `registry`.
// [main-thread]
class SensorsBridge : public QObject {
  Q_OBJECT

 public:
  // `page` must outlive this.
  SensorsBridge(SensorsPage& page, const ModelRegistry& registry);
  // Ends what runs.
  ~SensorsBridge() override;

 private:
  SensorsPage& page_;
  std::unique_ptr<EngineFeed> feed_;
};

}  // namespace hiss
