// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_recorder.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QStandardPaths>
#include <exception>
#include <filesystem>
#include <utility>

namespace hiss {
namespace {

std::filesystem::path toPath(const QString& name) {
  return std::filesystem::path(name.toStdU16String());
}

}  // namespace

StateRecorder::StateRecorder(const StateModel& model, QWidget* window)
    : model_(model), window_(window), action_(new QAction(tr("Re&cord the hidden state…"), this)) {
  action_->setCheckable(true);
  action_->setShortcut(Qt::Key_F8);
  action_->setIconText(tr("Record"));
  action_->setToolTip(
      tr("Write each step of this layer and row into a .npz file, to be read with NumPy (F8)"));
  action_->setEnabled(false);
  connect(action_, &QAction::triggered, this, [this](bool checked) {
    if (checked) {
      action_->setChecked(false);  // until there is a name
      ask();
    } else {
      finish();
    }
  });
}

StateRecorder::~StateRecorder() = default;

void StateRecorder::setMaker(StateTraceMaker maker) { maker_ = std::move(maker); }

void StateRecorder::ask() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  auto* const dialog =
      new QFileDialog(window_, tr("Record the hidden state"), folder, tr("NumPy arrays (*.npz)"));
  dialog->setObjectName(QStringLiteral("recordDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(QStringLiteral("npz"));
  dialog->selectFile(tr("hidden-state.npz"));
  connect(dialog, &QFileDialog::fileSelected, this, &StateRecorder::begin);
  dialog->open();
}

void StateRecorder::begin(const QString& path) {
  if (!maker_ || trace_ != nullptr || !model_.hasLayers()) return;
  StateTraceSpec spec;
  spec.path = toPath(path);
  spec.model = model_.layout().model;
  spec.layer = model_.layer();
  spec.focus = model_.focus();
  spec.step_seconds = model_.layout().step_seconds;
  for (const StateLayer& layer : model_.layout().layers) spec.layer_names.push_back(layer.name);
  path_ = path;
  is_finishing_ = false;
  try {
    trace_ = maker_(spec);
  } catch (const std::exception& failure) {
    emit noticeChanged(
        {Notice::Kind::kError, tr("%1 could not be written.").arg(QFileInfo(path_).fileName()),
         tr("Choose another folder or free some space."), QString::fromUtf8(failure.what())});
    return;
  }
  action_->setChecked(true);
  emit recordingChanged();
  poll(true);
}

void StateRecorder::take(const StateSnapshot& snapshot) {
  if (isRecording()) trace_->take(snapshot);
}

void StateRecorder::finish() {
  if (!isRecording()) return;
  is_finishing_ = true;
  trace_->finish();
  action_->setChecked(false);
  action_->setEnabled(false);
  emit recordingChanged();
}

void StateRecorder::poll(bool has_steps) {
  if (trace_ == nullptr) {
    action_->setEnabled(maker_ != nullptr && has_steps);
    return;
  }
  const StateTraceStatus status = trace_->status();
  const QLocale locale;
  QString size = tr("%1 steps, %2")
                     .arg(locale.toString(static_cast<qulonglong>(status.steps)),
                          locale.formattedDataSize(static_cast<qint64>(status.bytes)));
  if (status.lost > 0) {
    size = tr("%1; lost because the disk is too slow: %2 steps")
               .arg(size, locale.toString(static_cast<qulonglong>(status.lost)));
  }
  const QString name = QFileInfo(path_).fileName();
  status_text_ =
      is_finishing_ ? tr("Writing %1: %2").arg(name, size) : tr("Recording %1: %2").arg(name, size);
  if (!status.ended) return;
  const bool failed = !status.error.empty();
  trace_.reset();
  is_finishing_ = false;
  status_text_.clear();
  action_->setChecked(false);
  action_->setEnabled(maker_ != nullptr && has_steps);
  emit recordingChanged();
  if (failed) {
    emit noticeChanged({Notice::Kind::kError, tr("%1 could not be written.").arg(name),
                        tr("Choose another folder or free some space."),
                        QString::fromStdString(status.error)});
  } else {
    emit noticeChanged({Notice::Kind::kInfo,
                        tr("%1 is written: %2.").arg(name, size),
                        tr("Open it with numpy.load(); its arrays are named as here."),
                        {}});
  }
}

}  // namespace hiss
