// SPDX-License-Identifier: Apache-2.0
#include "ui/base/frame_clock.h"

#include <algorithm>
#include <cmath>

namespace hiss {

FrameClock::FrameClock(QObject* parent) : QObject(parent) {
  clock_.start();
  timer_.setTimerType(Qt::PreciseTimer);
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &FrameClock::tick);
}

double FrameClock::now() const { return 1e-9 * static_cast<double>(clock_.nsecsElapsed()); }

void FrameClock::start() {
  if (running_) return;
  running_ = true;
  due_s_ = now();
  schedule();
}

void FrameClock::stop() {
  running_ = false;
  timer_.stop();
}

void FrameClock::tick() {
  emit frame(now());
  if (running_) schedule();
}

void FrameClock::schedule() {
  const double now_s = now();
  const double late = std::max(0.0, std::floor((now_s - due_s_) / kFrameSeconds));
  due_s_ += (late + 1.0) * kFrameSeconds;
  timer_.start(std::max(0, static_cast<int>(std::lround(1e3 * (due_s_ - now_s)))));
}

}  // namespace hiss
