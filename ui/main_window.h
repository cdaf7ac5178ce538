// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMainWindow>
#include <QString>
#include <vector>

#include "ui/file_page.h"

class QAction;
class QComboBox;
class QProgressBar;
class QPushButton;

namespace hiss {

class AttenuationSlider;
class ElidedLabel;
class MessageLine;
class NumbersPanel;
class SpectrogramView;

// The window: layout and actions only. What the user asks for leaves as signals, what came of it
// arrives through the slots; who does the work is not known here. [main-thread]
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);

  // Fills the model list and selects `preferred`, if it is among them. Without any model, says so
  // with `hint_without` and keeps saying so until one is added.
  void setModels(const std::vector<ModelChoice>& models, const QString& preferred,
                 const QString& hint_without);
  // Adds a model that is in no searched directory and selects it.
  void addModel(const ModelChoice& model);

  // Opens, denoises, cancels and saves as the menus do; each is passed over when it cannot be done.
  void openRecording(const QString& path);
  void denoise();
  void cancel();
  void saveCleanAs(const QString& path);

  bool isBusy() const noexcept { return !task_.isEmpty(); }
  bool hasCleanRecording() const noexcept { return has_clean_; }

  // Parts, to look at and to set.
  SpectrogramView& spectrograms() noexcept { return *spectrograms_; }
  NumbersPanel& numbers() noexcept { return *numbers_; }
  MessageLine& message() noexcept { return *message_; }
  AttenuationSlider& attenuation() noexcept { return *attenuation_; }

 signals:
  void openRequested(const QString& path);
  void denoiseRequested(const hiss::DenoiseRequest& request);
  void saveRequested(const QString& path);
  void cancelRequested();

 public slots:
  void showOpened(const hiss::RecordingInfo& recording);
  void showDenoised(const hiss::DenoiseResult& result);
  void showSaved(const QString& path, qint64 clipped_values);
  // Share of the present task, 0 ... 1; negative: unknown.
  void showProgress(double share);
  // The present task ended without a result; what was shown before stays.
  void showFailed(const QString& text);
  void showCancelled();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QAction* makeAction(class QMenu* menu, const QString& text, const QKeySequence& keys,
                      void (MainWindow::*slot)());
  void makeMenus();
  QWidget* makeControls();
  QWidget* makeFooter();
  void chooseRecording();
  void chooseModel();
  void chooseOutput();
  void showAbout();
  void begin(const QString& task);
  void end();
  void updateActions();
  void updateHint();

  QString recording_path_;  // empty: none is open
  QString task_;            // what is being done; empty: nothing
  QString hint_without_model_;
  bool has_clean_ = false;

  QAction* save_action_ = nullptr;
  QAction* denoise_action_ = nullptr;
  QAction* cancel_action_ = nullptr;
  ElidedLabel* recording_label_ = nullptr;
  QComboBox* models_ = nullptr;
  AttenuationSlider* attenuation_ = nullptr;
  QPushButton* denoise_button_ = nullptr;
  QPushButton* cancel_button_ = nullptr;
  QPushButton* save_button_ = nullptr;
  SpectrogramView* spectrograms_ = nullptr;
  NumbersPanel* numbers_ = nullptr;
  QProgressBar* progress_ = nullptr;
  MessageLine* message_ = nullptr;
};

}  // namespace hiss
