// SPDX-License-Identifier: Apache-2.0
#include "app/gui/desktop.h"

#include <QAction>
#include <QCoreApplication>

#include "app/engine/trace/state_recording.h"
#include "app/gui/files/files_bridge.h"
#include "app/gui/live/live_bridge.h"
#include "app/gui/sensors/sensors_bridge.h"
#include "ui/files/files_page.h"
#include "ui/live/live_page.h"
#include "ui/sensors/sensors_page.h"
#include "ui/shell/main_window.h"
#include "ui/state/state_panel.h"

namespace hiss {
namespace {

struct Filters {
  Q_DECLARE_TR_FUNCTIONS(Filters)
};

}  // namespace

Desktop::Desktop(const ModelRegistry& registry, QSettings& settings) : settings_(settings) {
  auto* const live = new LivePage;
  auto* const files = new FilesPage;
  auto* const sensors = new SensorsPage;
  auto* const state = new StatePanel;
  state->setTraceMaker(
      [](const StateTraceSpec& spec) { return std::make_unique<StateRecording>(spec); });
  window_ = std::make_unique<MainWindow>(
      QList<PageEntry>{
          {live,
           QStringLiteral("live"),
           {QStringLiteral("safetensors")},
           Filters::tr("Models (*.safetensors)")},
          {files,
           QStringLiteral("files"),
           {QStringLiteral("*")},
           Filters::tr("Recordings (*.wav *.flac *.ogg *.opus *.mp3 *.aiff *.aif *.caf *.w64)")},
          {sensors,
           QStringLiteral("sensors"),
           {QStringLiteral("csv"), QStringLiteral("ndjson"), QStringLiteral("jsonl")},
           Filters::tr("Tables of sensor values (*.csv *.ndjson *.jsonl)")},
      },
      state);
  live_ = std::make_unique<LiveBridge>(*live, registry);
  files_ = std::make_unique<FilesBridge>(*files, registry);
  sensors_ = std::make_unique<SensorsBridge>(*sensors, registry);
  window_->restoreSettings(settings_);
}

Desktop::~Desktop() { window_->saveSettings(settings_); }

bool Desktop::startDemo() {
  for (QAction* const action : window_->page().pageActions()) {
    if (action->objectName() != QLatin1String("demo")) continue;
    action->trigger();
    return true;
  }
  return false;
}

}  // namespace hiss
