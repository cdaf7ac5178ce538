// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSettings>
#include <memory>

#include "models/model_registry.h"

namespace hiss {

class FilesBridge;
class LiveBridge;
class MainWindow;
class SensorsBridge;

// The window with its pages, each joined with the engine by a bridge of its own. [main-thread]
class Desktop {
 public:
  // Settings are taken from `settings`, which must outlive this, and kept there in the end.
  Desktop(const ModelRegistry& registry, QSettings& settings);
  Desktop(const Desktop&) = delete;
  Desktop& operator=(const Desktop&) = delete;
  // Ends what runs.
  ~Desktop();

  [[nodiscard]] MainWindow& window() noexcept { return *window_; }
  // Presses the button of the page that is shown which makes it show itself without a microphone,
  // recording or sensor; false: it has none.
  bool startDemo();

 private:
  QSettings& settings_;
  std::unique_ptr<MainWindow> window_;  // owns the pages, which outlive the bridges
  std::unique_ptr<LiveBridge> live_;
  std::unique_ptr<FilesBridge> files_;
  std::unique_ptr<SensorsBridge> sensors_;
};

}  // namespace hiss
