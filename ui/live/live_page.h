// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <memory>

#include "ui/base/page.h"
#include "ui/live/live_engine.h"

namespace hiss {

// Sound from a microphone to loudspeakers or another program, denoised on the way, and all that can
// be seen of it. [main-thread]
class LivePage : public Page {
  Q_OBJECT

 public:
  explicit LivePage(QWidget* parent = nullptr);

  // Where sound is asked for; null: nowhere. Must outlive the page or be taken away before.
  void setEngine(LiveEngine* engine);

  [[nodiscard]] QString title() const override { return tr("Live"); }

 private:
  LiveEngine* engine_ = nullptr;
};

}  // namespace hiss
