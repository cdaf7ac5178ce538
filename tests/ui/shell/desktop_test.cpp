// SPDX-License-Identifier: Apache-2.0
#include "app/gui/desktop.h"

#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QScrollBar>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>

#include "ui/base/page.h"
#include "ui/shell/help.h"
#include "ui/shell/main_window.h"

namespace hiss {
namespace {

constexpr int kPatienceMs = 60000;
const QStringList kPages = {"live", "files", "sensors", "state"};

// A part of another widget, which speaks for it.
bool isInner(const QWidget* widget) {
  const QWidget* const parent = widget->parentWidget();
  return widget->objectName().startsWith("qt_") || qobject_cast<const QScrollBar*>(widget) ||
         widget->inherits("QToolBarSeparator") || qobject_cast<const QAbstractSpinBox*>(parent) ||
         qobject_cast<const QComboBox*>(parent) || widget->focusProxy() != nullptr;
}

std::string nameOf(const QWidget* widget) {
  const QPoint at = widget->mapTo(widget->window(), QPoint());
  return (QString(widget->metaObject()->className()) + " '" + widget->objectName() + "' at " +
          QString::number(at.x()) + ',' + QString::number(at.y()))
      .toStdString();
}

// The whole program's window, in English or Korean, as large as a small screen.
class DesktopTest : public ::testing::TestWithParam<const char*> {
 protected:
  DesktopTest() : settings_(folder_.filePath("settings.ini"), QSettings::IniFormat) {}

  void SetUp() override {
    if (std::string(GetParam()) == "ko") {
      ASSERT_TRUE(words_.load(":/i18n/hiss_ko.qm"));
      QCoreApplication::installTranslator(&words_);
    }
    desktop_ =
        std::make_unique<Desktop>(ModelRegistry({std::filesystem::path(HISS_WEIGHTS)}), settings_);
    window().resize(1280, 800);
    window().show();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window(), kPatienceMs));
  }

  void TearDown() override { QCoreApplication::removeTranslator(&words_); }

  MainWindow& window() { return desktop_->window(); }

  QList<QWidget*> shownWidgets() {
    QCoreApplication::processEvents();
    QList<QWidget*> shown;
    for (QWidget* const widget : window().findChildren<QWidget*>()) {
      if (widget->isVisible() && !isInner(widget) && widget->window() == &window()) {
        shown.append(widget);
      }
    }
    return shown;
  }

  QTemporaryDir folder_;
  QSettings settings_;
  QTranslator words_;
  std::unique_ptr<Desktop> desktop_;
};

TEST_P(DesktopTest, ActionsAreExplainedAndShareNoKeys) {
  for (const QString& page : kPages) {
    ASSERT_TRUE(window().showPage(page));
    QMap<QString, QString> owners;
    for (const QAction* const heading : window().menuBar()->actions()) {
      if (!heading->isVisible()) continue;
      QList<QAction*> actions = heading->menu()->actions();
      for (qsizetype i = 0; i < actions.size(); ++i) {
        const QAction* const action = actions[i];
        if (action->menu() != nullptr) actions += action->menu()->actions();
        if (action->isSeparator()) continue;
        EXPECT_FALSE(action->text().isEmpty());
        EXPECT_NE(action->toolTip(), withoutMnemonic(action->text()).remove("…"))
            << page.toStdString() << ": no tooltip";
        for (const QKeySequence& keys : action->shortcuts()) {
          if (keys[0].keyboardModifiers() != Qt::NoModifier) {
            EXPECT_EQ(action->shortcutContext(), Qt::WindowShortcut)
                << action->text().toStdString() << " needs the focus";
          }
          const QString name = keys.toString();
          EXPECT_FALSE(owners.contains(name))
              << page.toStdString() << ": " << name.toStdString() << " of "
              << action->text().toStdString() << " and " << owners[name].toStdString();
          owners[name] = action->text();
        }
      }
    }
  }
}

TEST_P(DesktopTest, EveryControlHasANameAndATooltip) {
  for (const QString& page : kPages) {
    window().showPage(page);
    for (QWidget* const widget : shownWidgets()) {
      if (widget->focusPolicy() == Qt::NoFocus) continue;
      const auto* const label = qobject_cast<const QLabel*>(widget);
      QAccessibleInterface* const spoken = QAccessible::queryAccessibleInterface(widget);
      ASSERT_NE(spoken, nullptr);
      const bool is_silent_label = label != nullptr && label->text().isEmpty();
      EXPECT_TRUE(is_silent_label || !spoken->text(QAccessible::Name).isEmpty())
          << page.toStdString() << ": no name: " << nameOf(widget);
      if (qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QComboBox*>(widget) ||
          qobject_cast<const QAbstractSlider*>(widget) ||
          qobject_cast<const QAbstractSpinBox*>(widget)) {
        EXPECT_FALSE(widget->toolTip().isEmpty() && widget->parentWidget()->toolTip().isEmpty())
            << page.toStdString() << ": no tooltip: " << nameOf(widget);
      }
    }
  }
}

TEST_P(DesktopTest, TabReachesEveryControl) {
  for (const QString& page : kPages) {
    window().showPage(page);
    QSet<QWidget*> wanted;
    for (QWidget* const widget : shownWidgets()) {
      const auto* const button = qobject_cast<const QAbstractButton*>(widget);
      // Of several that exclude each other Tab reaches one, arrows the rest.
      const bool is_one_of_several =
          button != nullptr && (button->autoExclusive() || button->group() != nullptr);
      if (widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) && !is_one_of_several) {
        wanted.insert(widget);
      }
    }
    ASSERT_FALSE(wanted.isEmpty()) << page.toStdString();
    (*wanted.begin())->setFocus();
    const qsizetype count = wanted.size();
    for (qsizetype i = 0; i < 4 * count + 20 && !wanted.isEmpty(); ++i) {
      QWidget* const focus = QApplication::focusWidget();
      ASSERT_NE(focus, nullptr);
      wanted.remove(focus);
      QTest::keyClick(focus, Qt::Key_Tab);
    }
    for (QWidget* const widget : wanted) {
      ADD_FAILURE() << page.toStdString() << ": Tab does not reach " << nameOf(widget);
    }
  }
}

TEST_P(DesktopTest, NothingIsCutOffOnASmallScreen) {
  EXPECT_EQ(window().size(), QSize(1280, 800));
  for (const QString& page : kPages) {
    window().showPage(page);
    const QList<QWidget*> shown = shownWidgets();
    EXPECT_EQ(window().size(), QSize(1280, 800)) << page.toStdString() << " grows the window";
    for (const QWidget* const widget : shown) {
      const auto* const label = qobject_cast<const QLabel*>(widget);
      const auto* const button = qobject_cast<const QAbstractButton*>(widget);
      if ((label == nullptr || label->text().isEmpty() || label->wordWrap() ||
           label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored) &&
          (button == nullptr || button->text().isEmpty())) {
        continue;
      }
      const QString text = label != nullptr ? label->text() : button->text();
      EXPECT_GE(widget->width(), widget->minimumSizeHint().width())
          << page.toStdString() << ": \"" << text.toStdString() << "\" " << nameOf(widget);
      if (label != nullptr) {
        EXPECT_GE(widget->width(), widget->sizeHint().width())
            << page.toStdString() << ": \"" << text.toStdString() << "\" " << nameOf(widget);
      }
    }
  }
}

TEST_P(DesktopTest, MenusAndTabsSpeakTheLanguage) {
  const bool is_korean = std::string(GetParam()) == "ko";
  const auto check = [&](const QString& text) {
    bool has_hangul = false;
    for (const QChar letter : text) has_hangul |= letter.script() == QChar::Script_Hangul;
    EXPECT_EQ(has_hangul, is_korean) << text.toStdString();
  };
  for (const QAction* const heading : window().menuBar()->actions()) {
    check(heading->text());
    for (const QAction* const action : heading->menu()->actions()) {
      if (action->isSeparator()) continue;
      check(action->text());
      check(action->toolTip());
    }
  }
}

TEST_P(DesktopTest, DemosStartAndEndWithTheWindow) {
  for (const char* const page : {"live", "sensors"}) {
    window().showPage(page);
    EXPECT_TRUE(desktop_->startDemo());
    EXPECT_TRUE(
        QTest::qWaitFor([this] { return window().page().stateTap() != nullptr; }, kPatienceMs))
        << page << ": no hidden state";
  }
  window().showPage("files");
  EXPECT_FALSE(desktop_->startDemo());
  desktop_.reset();
}

INSTANTIATE_TEST_SUITE_P(Languages, DesktopTest, ::testing::Values("en", "ko"),
                         [](const auto& language) { return std::string(language.param); });

}  // namespace
}  // namespace hiss
