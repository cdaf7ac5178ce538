// SPDX-License-Identifier: Apache-2.0
#include "app/gui/application.h"

#include <gtest/gtest.h>

#include <QMessageBox>
#include <QPointer>
#include <QTest>
#include <QTimer>
#include <stdexcept>

namespace hiss {
namespace {

constexpr int kPatienceMs = 30000;

Application& application() { return *static_cast<Application*>(qApp); }

QMessageBox* shownBox() {
  for (QWidget* const widget : QApplication::topLevelWidgets()) {
    auto* const box = qobject_cast<QMessageBox*>(widget);
    if (box != nullptr && box->isVisible()) return box;
  }
  return nullptr;
}

TEST(Application, ShowsAnExceptionOfASlotAndGoesOn) {
  // No button: Qt's handlers of keys and of the mouse leak what they hold when a slot throws.
  QTimer timer;
  timer.setSingleShot(true);
  QObject::connect(&timer, &QTimer::timeout,
                   [] { throw std::runtime_error("gain: expected a number, found nothing"); });
  timer.start(0);
  ASSERT_TRUE(QTest::qWaitFor([] { return shownBox() != nullptr; }, kPatienceMs));
  const QPointer<QMessageBox> box = shownBox();
  EXPECT_EQ(box->detailedText(), "gain: expected a number, found nothing");
  // A second one does not bury the window.
  timer.start(0);
  ASSERT_TRUE(QTest::qWaitFor([&timer] { return !timer.isActive(); }, kPatienceMs));
  QCoreApplication::processEvents();
  EXPECT_EQ(shownBox(), box);
  QTest::keyClick(box.data(), Qt::Key_Escape);
  ASSERT_TRUE(QTest::qWaitFor([] { return shownBox() == nullptr; }, kPatienceMs));
  // Events still arrive.
  bool came = false;
  QTimer::singleShot(0, [&came] { came = true; });
  EXPECT_TRUE(QTest::qWaitFor([&came] { return came; }, kPatienceMs));
}

TEST(Application, ChangesColoursWhileItRuns) {
  QWidget widget;
  widget.show();
  for (const bool is_dark : {true, false}) {
    application().setTheme(is_dark ? Theme::kDark : Theme::kLight);
    EXPECT_TRUE(QTest::qWaitFor(
        [&] {
          return widget.palette().color(QPalette::Window) ==
                 themePalette(is_dark).color(QPalette::Window);
        },
        kPatienceMs));
  }
}

}  // namespace
}  // namespace hiss
