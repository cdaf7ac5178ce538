// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace hiss {

// The one timer that views are moved by: a signal each sixtieth of a second. Frames that would come
// late are left out, not made up for. [main-thread]
class FrameClock : public QObject {
  Q_OBJECT

 public:
  static constexpr double kFrameSeconds = 1.0 / 60.0;

  explicit FrameClock(QObject* parent = nullptr);

  void start();
  void stop();
  // Seconds since this was made.
  [[nodiscard]] double now() const;

 signals:
  void frame(double now_s);

 private:
  void tick();
  void schedule();

  QElapsedTimer clock_;
  QTimer timer_;
  double due_s_ = 0.0;
  bool running_ = false;
};

}  // namespace hiss
