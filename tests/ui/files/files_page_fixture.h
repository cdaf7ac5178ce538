// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAction>
#include <QApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QMimeData>
#include <QTest>
#include <functional>
#include <memory>

#include "app/gui/files/file_notice.h"
#include "app/gui/files/files_bridge.h"
#include "tests/app/live/hand_cranked.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"
#include "ui/files/files_page.h"
#include "ui/files/output_settings_panel.h"

namespace hiss {

// The files page with its engine, a small model and a sound device that the test turns.
class FilesPageTest : public TemporaryFolderTest {
 protected:
  FilesPageTest() {
    std::filesystem::create_directories(path("models"));
    std::filesystem::create_directories(path("in/deep"));
    writeBytes(path("models/base.safetensors"), randomModel(smallConfig()).bytes());
    page_ = std::make_unique<FilesPage>();
    bridge_ = std::make_unique<FilesBridge>(
        *page_, ModelRegistry(std::vector<std::filesystem::path>{path("models")}), crank_.maker());
    page_->resize(800, 700);
    page_->show();
    // Keys go to the active window only.
    EXPECT_TRUE(QTest::qWaitForWindowActive(page_.get()));
  }

  QString name(const std::string& relative) const { return toQString(path(relative)); }

  void drop(const QStringList& names) {
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& name : names) urls << QUrl::fromLocalFile(name);
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(page_.get(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent event(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(page_.get(), &event);
    EXPECT_TRUE(event.isAccepted());
  }

  // Frames until `condition` holds.
  bool frames(const std::function<bool()>& condition) {
    constexpr int kPatienceMs = 60000;
    return QTest::qWaitFor(
        [&] {
          now_s_ += 1.0 / 60.0;
          page_->frame(now_s_);
          return condition();
        },
        kPatienceMs);
  }

  bool framesUntilQueued(int files) {
    return frames([&] { return page_->queue().rowCount() == files; });
  }

  bool framesUntilIdle() {
    return frames([&] { return page_->run() == FilesPage::Run::kIdle; });
  }

  // The action whose text begins so, without its mnemonic.
  QAction* action(const QString& text) const {
    for (QAction* const action : page_->pageActions()) {
      if (QString(action->text()).remove('&').startsWith(text)) return action;
    }
    return nullptr;
  }

  const FileRow& row(const std::string& file) const {
    for (const FileRow& row : page_->queue().rows()) {
      if (row.path.endsWith(QString::fromStdString("/" + file))) return row;
    }
    throw std::out_of_range(file);
  }

  void saveTo(const std::string& folder) {
    OutputSettings settings = page_->output().settings();
    settings.folder = name(folder);
    page_->output().setSettings(settings);
  }

  double now_s_ = 0.0;
  HandCranked crank_;
  std::unique_ptr<FilesPage> page_;
  std::unique_ptr<FilesBridge> bridge_;
};

}  // namespace hiss
