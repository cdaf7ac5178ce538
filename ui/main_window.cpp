// SPDX-License-Identifier: Apache-2.0
#include "ui/main_window.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/attenuation_slider.h"
#include "ui/elided_label.h"
#include "ui/message_line.h"
#include "ui/numbers_panel.h"
#include "ui/spectrogram_view.h"

namespace hiss {
namespace {

constexpr int kProgressSteps = 1000;
constexpr double kUnknown = -1.0;

// Files of a drag that lie on this machine.
QStringList localFiles(const QMimeData* data) {
  QStringList files;
  for (const QUrl& url : data->urls()) {
    if (url.isLocalFile()) files << url.toLocalFile();
  }
  return files;
}

QString durationText(double seconds) {
  if (seconds < 60.0) return MainWindow::tr("%1 s").arg(seconds, 0, 'f', 1);
  const auto whole = static_cast<qint64>(std::llround(seconds));
  return QStringLiteral("%1:%2:%3")
      .arg(whole / 3600)
      .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
      .arg(whole % 60, 2, 10, QLatin1Char('0'));
}

QString channelText(int channels) {
  if (channels == 1) return MainWindow::tr("mono");
  if (channels == 2) return MainWindow::tr("stereo");
  return MainWindow::tr("%1 channels").arg(channels);
}

QString nameOf(const QString& path) { return QFileInfo(path).fileName(); }

}  // namespace

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setAcceptDrops(true);
  makeMenus();
  spectrograms_ = new SpectrogramView;
  numbers_ = new NumbersPanel;
  auto* const layout = new QVBoxLayout;
  layout->addWidget(makeControls());
  layout->addWidget(spectrograms_, 1);
  layout->addWidget(numbers_);
  layout->addWidget(makeFooter());
  auto* const centre = new QWidget;
  centre->setLayout(layout);
  setCentralWidget(centre);
  spectrograms_->clearPane(SpectrogramView::kUpper, tr("Noisy"),
                           tr("Open a recording (Ctrl+O), or drop one here"));
  message_->showInfo(tr("Open a recording to begin."));
  resize(1100, 760);
  updateActions();
}

QAction* MainWindow::makeAction(QMenu* menu, const QString& text, const QKeySequence& keys,
                                void (MainWindow::*slot)()) {
  QAction* const action = menu->addAction(text);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, slot);
  return action;
}

void MainWindow::makeMenus() {
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  makeAction(file, tr("&Open…"), QKeySequence::Open, &MainWindow::chooseRecording);
  save_action_ = makeAction(file, tr("&Save clean recording as…"), QKeySequence(tr("Ctrl+S")),
                            &MainWindow::chooseOutput);
  file->addSeparator();
  QAction* const quit = file->addAction(tr("&Quit"));
  quit->setShortcut(QKeySequence::Quit);
  connect(quit, &QAction::triggered, this, &QWidget::close);
  QMenu* const sound = menuBar()->addMenu(tr("&Denoise"));
  denoise_action_ =
      makeAction(sound, tr("&Denoise"), QKeySequence(tr("Ctrl+D")), &MainWindow::denoise);
  cancel_action_ =
      makeAction(sound, tr("&Cancel"), QKeySequence(Qt::Key_Escape), &MainWindow::cancel);
  sound->addSeparator();
  makeAction(sound, tr("Choose &model file…"), {}, &MainWindow::chooseModel);
  QMenu* const help = menuBar()->addMenu(tr("&Help"));
  makeAction(help, tr("&About Hiss"), {}, &MainWindow::showAbout);
}

QWidget* MainWindow::makeControls() {
  auto* const open = new QPushButton(tr("Open…"));
  recording_label_ = new ElidedLabel;
  models_ = new QComboBox;
  models_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  models_->setAccessibleName(tr("Model"));
  attenuation_ = new AttenuationSlider;
  denoise_button_ = new QPushButton(tr("Denoise"));
  denoise_button_->setDefault(true);
  save_button_ = new QPushButton(tr("Save as…"));
  auto* const model_label = new QLabel(tr("Model"));
  model_label->setBuddy(models_);
  auto* const limit_label = new QLabel(tr("Limit"));
  limit_label->setBuddy(attenuation_);
  limit_label->setToolTip(attenuation_->toolTip());

  auto* const controls = new QWidget;
  auto* const row = new QHBoxLayout(controls);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(open);
  row->addWidget(recording_label_, 2);
  row->addWidget(model_label);
  row->addWidget(models_);
  row->addSpacing(8);
  row->addWidget(limit_label);
  row->addWidget(attenuation_, 1);
  row->addSpacing(8);
  row->addWidget(denoise_button_);
  row->addWidget(save_button_);
  connect(open, &QPushButton::clicked, this, &MainWindow::chooseRecording);
  connect(denoise_button_, &QPushButton::clicked, this, &MainWindow::denoise);
  connect(save_button_, &QPushButton::clicked, this, &MainWindow::chooseOutput);
  return controls;
}

QWidget* MainWindow::makeFooter() {
  message_ = new MessageLine;
  progress_ = new QProgressBar;
  progress_->setFixedWidth(240);
  cancel_button_ = new QPushButton(tr("Cancel"));
  auto* const footer = new QWidget;
  auto* const row = new QHBoxLayout(footer);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(message_, 1);
  row->addWidget(progress_);
  row->addWidget(cancel_button_);
  // The height of the row with its button, so that nothing moves when a task begins.
  footer->setMinimumHeight(cancel_button_->sizeHint().height());
  connect(cancel_button_, &QPushButton::clicked, this, &MainWindow::cancel);
  return footer;
}

void MainWindow::setModels(const std::vector<ModelChoice>& models, const QString& preferred,
                           const QString& hint_without) {
  models_->clear();
  for (const ModelChoice& model : models) models_->addItem(model.name, model.path);
  models_->setCurrentIndex(std::max(0, models_->findText(preferred)));
  hint_without_model_ = hint_without;
  if (models.empty()) message_->showError(hint_without_model_);
  updateActions();
}

void MainWindow::addModel(const ModelChoice& model) {
  int index = models_->findData(model.path);
  if (index < 0) {
    models_->addItem(model.name, model.path);
    index = models_->count() - 1;
    models_->setItemData(index, model.path, Qt::ToolTipRole);
  }
  models_->setCurrentIndex(index);
  message_->showInfo(tr("Model: %1").arg(model.path));
  updateActions();
}

void MainWindow::openRecording(const QString& path) {
  begin(tr("Reading %1").arg(nameOf(path)));
  emit openRequested(path);
}

void MainWindow::denoise() {
  if (isBusy() || recording_path_.isEmpty() || models_->count() == 0) return;
  begin(tr("Denoising %1").arg(nameOf(recording_path_)));
  emit denoiseRequested({models_->currentData().toString(), attenuation_->limitDb()});
}

void MainWindow::cancel() {
  if (isBusy()) emit cancelRequested();
}

void MainWindow::saveCleanAs(const QString& path) {
  if (isBusy() || !has_clean_) return;
  begin(tr("Saving %1").arg(nameOf(path)));
  emit saveRequested(path);
}

void MainWindow::showOpened(const RecordingInfo& recording) {
  recording_path_ = recording.path;
  has_clean_ = false;
  numbers_->clear();
  recording_label_->setText(QStringList{nameOf(recording.path),
                                        durationText(recording.spectrogram.seconds),
                                        tr("%1 kHz").arg(recording.sample_rate_hz / 1000.0),
                                        channelText(recording.channels), recording.format}
                                .join(QStringLiteral(" · ")));
  recording_label_->setToolTip(recording.path.toHtmlEscaped());
  setWindowTitle(tr("%1 – Hiss").arg(nameOf(recording.path)));
  spectrograms_->setPane(SpectrogramView::kUpper, tr("Noisy"), recording.spectrogram);
  end();
  if (models_->count() == 0) {
    message_->showError(hint_without_model_);
  } else {
    message_->showInfo(tr("Opened %1.").arg(nameOf(recording.path)));
  }
}

void MainWindow::showDenoised(const DenoiseResult& result) {
  has_clean_ = true;
  spectrograms_->setPane(SpectrogramView::kLower, tr("Clean"), result.spectrogram);
  numbers_->showResult(result);
  end();
  message_->showInfo(tr("Denoised %1. Not saved yet: File > Save clean recording as…")
                         .arg(nameOf(recording_path_)));
}

void MainWindow::showSaved(const QString& path, qint64 clipped_values) {
  end();
  QString text = tr("Saved %1.").arg(path);
  if (clipped_values > 0) {
    text += tr(" %1 values did not fit the format and were clipped.").arg(clipped_values);
  }
  message_->showInfo(text);
}

void MainWindow::showProgress(double share) {
  if (!isBusy()) return;
  progress_->setRange(0, share < 0.0 ? 0 : kProgressSteps);
  progress_->setValue(static_cast<int>(std::lround(std::max(0.0, share) * kProgressSteps)));
}

void MainWindow::showFailed(const QString& text) {
  end();
  message_->showError(text);
}

void MainWindow::showCancelled() {
  const QString task = task_;
  end();
  message_->showInfo(tr("Cancelled: %1.").arg(task));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!localFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QStringList files = localFiles(event->mimeData());
  if (files.isEmpty()) return;
  event->acceptProposedAction();
  if (files.size() > 1) {
    message_->showError(tr("one recording at a time: %1 were dropped").arg(files.size()));
    return;
  }
  openRecording(files.front());
}

void MainWindow::chooseRecording() {
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open a recording"), QFileInfo(recording_path_).path(),
      tr("Sound (*.wav *.flac *.ogg *.oga *.opus *.mp3 *.aiff *.aif *.caf *.au *.w64 *.rf64)"
         ";;All files (*)"));
  if (!path.isEmpty()) openRecording(path);
}

void MainWindow::chooseModel() {
  const QString path = QFileDialog::getOpenFileName(this, tr("Choose a model file"), {},
                                                    tr("Hiss models (*.safetensors)"));
  if (!path.isEmpty()) addModel({QFileInfo(path).completeBaseName(), path});
}

void MainWindow::chooseOutput() {
  if (isBusy() || !has_clean_) return;
  const QFileInfo recording(recording_path_);
  const QString proposal = recording.path() + QLatin1Char('/') + recording.completeBaseName() +
                           QStringLiteral("_denoised.") + recording.suffix();
  const QString path =
      QFileDialog::getSaveFileName(this, tr("Save clean recording as"), proposal,
                                   tr("Sound (*.wav *.flac *.ogg *.opus *.mp3 *.aiff *.caf)"
                                      ";;All files (*)"));
  if (!path.isEmpty()) saveCleanAs(path);
}

void MainWindow::showAbout() {
  QMessageBox::about(this, tr("About Hiss"),
                     tr("<b>Hiss %1</b><p>Takes noise out of recordings with a recurrent Mamba "
                        "network, on one processor core.</p><p>Apache License 2.0</p>")
                         .arg(QApplication::applicationVersion()));
}

void MainWindow::begin(const QString& task) {
  task_ = task;
  message_->showInfo(task + QStringLiteral("…"));
  showProgress(kUnknown);
  updateActions();
}

void MainWindow::end() {
  task_.clear();
  updateActions();
}

void MainWindow::updateActions() {
  const bool has_recording = !recording_path_.isEmpty();
  const bool can_denoise = has_recording && !isBusy() && models_->count() > 0;
  denoise_button_->setEnabled(can_denoise);
  denoise_action_->setEnabled(can_denoise);
  save_button_->setEnabled(has_clean_ && !isBusy());
  save_action_->setEnabled(has_clean_ && !isBusy());
  cancel_action_->setEnabled(isBusy());
  cancel_button_->setVisible(isBusy());
  progress_->setVisible(isBusy());
  models_->setEnabled(models_->count() > 0);
  if (models_->count() == 0) models_->setPlaceholderText(tr("no model found"));
  if (!has_recording) setWindowTitle(tr("Hiss"));
  updateHint();
}

// The lower pane says what to do next until it has something to show.
void MainWindow::updateHint() {
  if (has_clean_) return;
  QString hint;
  if (!recording_path_.isEmpty() && !isBusy()) {
    hint = models_->count() > 0 ? tr("Press Denoise") : tr("Choose a model to denoise");
  }
  spectrograms_->clearPane(SpectrogramView::kLower, tr("Clean"), hint);
}

}  // namespace hiss
