// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

#include "models/model_registry.h"

namespace hiss {

class SensorsPage;

// Joins the page of sensors with the monitor. [main-thread]
class SensorsBridge : public QObject {
  Q_OBJECT

 public:
  // `page` must outlive this.
  SensorsBridge(SensorsPage& page, const ModelRegistry& registry);

 private:
  SensorsPage& page_;
  ModelRegistry registry_;
};

}  // namespace hiss
