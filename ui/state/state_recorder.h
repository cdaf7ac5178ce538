// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QString>
#include <memory>

#include "models/state_trace.h"
#include "ui/base/notice.h"
#include "ui/state/state_model.h"

class QAction;
class QWidget;

namespace hiss {

// Records what the panel looks at into a file that the user is asked for. [main-thread]
class StateRecorder : public QObject {
  Q_OBJECT

 public:
  // `window` is the dialog's parent; both must outlive this.
  StateRecorder(const StateModel& model, QWidget* window);
  ~StateRecorder() override;

  // How a recording is made; without it there is none to be had.
  void setMaker(StateTraceMaker maker);
  // Checked while something is recorded.
  [[nodiscard]] QAction* action() const noexcept { return action_; }
  // Steps are wanted.
  [[nodiscard]] bool isRecording() const noexcept { return trace_ != nullptr && !is_finishing_; }

  void take(const StateSnapshot& snapshot);
  // Ends the file after the steps taken; what goes wrong comes with noticeChanged().
  void finish();
  // Now and then: follows the file. The action is enabled only if `has_steps`.
  void poll(bool has_steps);
  // "Recording: 1,200 steps, 5.1 MB"; empty: nothing is recorded.
  [[nodiscard]] const QString& statusText() const noexcept { return status_text_; }

 signals:
  void recordingChanged();
  void noticeChanged(const hiss::Notice& notice);

 private:
  void ask();
  void begin(const QString& path);

  const StateModel& model_;
  QWidget* window_;
  StateTraceMaker maker_;
  QAction* action_;
  std::unique_ptr<StateTrace> trace_;
  bool is_finishing_ = false;
  QString path_;
  QString status_text_;
};

}  // namespace hiss
