// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

#include "ui/files/file_row.h"
#include "ui/files/playback_bar.h"
#include "ui/spectrogram_data.h"

class QLabel;
class QPlainTextEdit;
class QStackedWidget;

namespace hiss {

class SpectrogramView;

// What became of the selected file: spectrograms, figures and playback of a finished one, what went
// wrong with another. [main-thread]
class ResultPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ResultPanel(QWidget* parent = nullptr);

  // Null: nothing is selected.
  void showRow(const FileRow* row);
  void showSpectrograms(const SpectrogramData& before, const SpectrogramData& after);
  // Instead of spectrograms: that they are on their way, or why there are none.
  void showHint(const QString& hint);
  void showPlayer(const PlayerView& view);

  [[nodiscard]] PlaybackBar& playback() const noexcept { return *playback_; }
  [[nodiscard]] SpectrogramView& spectrograms() const noexcept { return *spectrograms_; }

 private:
  void showFigures(const FileRow& row);
  [[nodiscard]] QString outputTitle() const;

  quint64 shown_id_ = 0;
  bool output_is_removed_ = false;
  QStackedWidget* pages_ = nullptr;
  QLabel* hint_ = nullptr;
  QPlainTextEdit* trouble_ = nullptr;
  QWidget* result_ = nullptr;
  QLabel* figures_ = nullptr;
  SpectrogramView* spectrograms_ = nullptr;
  PlaybackBar* playback_ = nullptr;
};

}  // namespace hiss
