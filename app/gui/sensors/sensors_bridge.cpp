// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/sensors_bridge.h"

#include <QFile>
#include <QStandardPaths>

#include "app/gui/demo_files.h"
#include "app/gui/sensors/engine_feed.h"
#include "ui/sensors/sensors_page.h"

namespace hiss {
namespace {

// Beside what else the program keeps of its user.
std::filesystem::path labelsFile() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  return std::filesystem::path(QFile::encodeName(folder).toStdString()) / "labels.jsonl";
}

}  // namespace

SensorsBridge::SensorsBridge(SensorsPage& page, const ModelRegistry& registry) : page_(page) {
  std::vector<ForecasterChoice> choices;
  EngineFeed::Places places;
  places.demo = demoFile(kDemoSensorRows).value_or(std::filesystem::path());
  places.labels = labelsFile();
  for (const ModelEntry& entry : registry.list(kForecasterTask)) {
    if (places.forecaster.empty()) places.forecaster = entry.path;
    choices.push_back(
        {QString::fromStdString(entry.name), QFile::decodeName(entry.path.string().c_str())});
  }
  page_.setForecasters(choices);
  feed_ = std::make_unique<EngineFeed>(std::move(places));
  page_.setFeed(feed_.get());
}

SensorsBridge::~SensorsBridge() { page_.setFeed(nullptr); }

}  // namespace hiss
