// SPDX-License-Identifier: Apache-2.0
#include "ui/files/result_panel.h"

#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <cmath>

#include "ui/files/file_queue_model.h"
#include "ui/spectrogram_view.h"

namespace hiss {
namespace {

QString number(double value, int decimals) {
  if (std::isnan(value)) return QStringLiteral("–");
  if (std::isinf(value)) return value < 0.0 ? QStringLiteral("−∞") : QStringLiteral("∞");
  return QLocale().toString(value, 'f', decimals);
}

}  // namespace

ResultPanel::ResultPanel(QWidget* parent) : QWidget(parent) {
  hint_ = new QLabel(tr("Select a finished file to see and hear it before and after."));
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);
  trouble_ = new QPlainTextEdit;
  trouble_->setReadOnly(true);
  trouble_->setTabChangesFocus(true);
  trouble_->setAccessibleName(tr("What happened to the selected file"));
  figures_ = new QLabel;
  figures_->setWordWrap(true);
  figures_->setTextFormat(Qt::PlainText);
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  figures_->setAccessibleName(tr("Figures of the selected file"));
  spectrograms_ = new SpectrogramView;
  spectrograms_->setFocusPolicy(Qt::StrongFocus);
  spectrograms_->setAccessibleName(tr("Spectrograms before and after"));
  spectrograms_->setToolTip(
      tr("Loud is bright, high is up. Click to play from there; draw with the mouse to play a part "
         "again and again."));
  playback_ = new PlaybackBar;
  result_ = new QWidget;
  auto* const layout = new QVBoxLayout(result_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(spectrograms_, 1);
  layout->addWidget(playback_);
  layout->addWidget(figures_);
  pages_ = new QStackedWidget;
  for (QWidget* const page : std::initializer_list<QWidget*>{hint_, trouble_, result_}) {
    pages_->addWidget(page);
  }
  auto* const whole = new QVBoxLayout(this);
  whole->setContentsMargins(4, 4, 4, 4);
  whole->addWidget(pages_);
  connect(spectrograms_, &SpectrogramView::timeClicked, this, [this](double seconds) {
    spectrograms_->setRange(playback_->loop());
    emit playback_->seekRequested(seconds);
  });
  connect(spectrograms_, &SpectrogramView::rangeDrawn, this, [this](double begin_s, double end_s) {
    playback_->setLoop(std::make_pair(begin_s, end_s));
  });
  connect(playback_, &PlaybackBar::loopChanged, this,
          [this] { spectrograms_->setRange(playback_->loop()); });
}

QString ResultPanel::outputTitle() const {
  return output_is_removed_ ? tr("Removed") : tr("After");
}

void ResultPanel::showRow(const FileRow* row) {
  if (row == nullptr || row->state == FileState::kWaiting || row->state == FileState::kRunning) {
    shown_id_ = 0;
    pages_->setCurrentWidget(hint_);
    return;
  }
  if (row->state == FileState::kDone) {
    output_is_removed_ = row->figures.is_removed;
    showFigures(*row);
    pages_->setCurrentWidget(result_);
    if (shown_id_ == row->id) return;
    shown_id_ = row->id;
    playback_->setOutputIsRemoved(output_is_removed_);
    playback_->setLoop({});
    showHint(tr("Reading…"));
    return;
  }
  shown_id_ = 0;
  QStringList lines = {row->path, row->notice.text, row->notice.advice};
  if (!row->notice.details.isEmpty()) lines << tr("Details: %1").arg(row->notice.details);
  lines.removeAll(QString());
  const QString text = lines.join(QLatin1Char('\n'));
  if (text != trouble_->toPlainText()) trouble_->setPlainText(text);
  pages_->setCurrentWidget(trouble_);
}

void ResultPanel::showSpectrograms(const SpectrogramData& before, const SpectrogramData& after) {
  spectrograms_->setPane(SpectrogramView::kUpper, tr("Before"), before);
  spectrograms_->setPane(SpectrogramView::kLower, outputTitle(), after);
}

void ResultPanel::showHint(const QString& hint) {
  spectrograms_->clearPane(SpectrogramView::kUpper, tr("Before"), hint);
  spectrograms_->clearPane(SpectrogramView::kLower, outputTitle(), {});
}

void ResultPanel::showPlayer(const PlayerView& view) {
  playback_->showPlayer(view);
  spectrograms_->setPlayhead(view.can_play ? view.position_s : -1.0);
}

void ResultPanel::showFigures(const FileRow& row) {
  const FileFigures& figures = row.figures;
  QStringList parts = {
      tr("Removed %1 dB, in pauses %2 dB")
          .arg(number(figures.removed_db, 1), number(figures.removed_in_pauses_db, 1)),
      tr("SNR about %1 → %2 dB")
          .arg(number(figures.snr_before_db, 0), number(figures.snr_after_db, 0)),
      tr("level %1 → %2 dBFS")
          .arg(number(figures.rms_before_dbfs, 1), number(figures.rms_after_dbfs, 1)),
  };
  if (figures.rtf > 0.0) parts << tr("%1 × real time").arg(number(1.0 / figures.rtf, 0));
  if (figures.clipped_values > 0) {
    parts << tr("%n value(s) too loud for the file were cut off", "",
                static_cast<int>(figures.clipped_values));
  }
  figures_->setText(parts.join(QStringLiteral(" · ")));
  figures_->setToolTip(row.output.toHtmlEscaped());
}

}  // namespace hiss
