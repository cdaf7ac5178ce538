// SPDX-License-Identifier: Apache-2.0
#include "app/gui/application.h"

#include <QLibraryInfo>
#include <QMessageBox>
#include <QTimer>
#include <exception>

#include "app/gui/system_colours.h"

namespace hiss {

Application::Application(int& argc, char** argv)
    : QApplication(argc, argv), system_colours_(new SystemColours(this)) {
  setApplicationName(QStringLiteral("hiss-gui"));
  setApplicationDisplayName(QStringLiteral("Hiss"));
  setApplicationVersion(QStringLiteral(HISS_VERSION));
  setOrganizationName(QStringLiteral("hiss"));
  setDesktopFileName(QStringLiteral("io.github.hiss_audio.Hiss"));
  setWindowIcon(QIcon(QStringLiteral(":/io.github.hiss_audio.Hiss.png")));
  constexpr int kMiddle = 128;  // lightness below which a window is dark
  is_system_dark_ = palette().color(QPalette::Window).lightness() < kMiddle;
  setStyle(QStringLiteral("Fusion"));
  connect(system_colours_, &SystemColours::darkChanged, this, [this](bool is_dark) {
    is_system_dark_ = is_dark;
    applyTheme();
  });
  applyTheme();
}

void Application::setLanguage(const QLocale& locale) {
  QLocale::setDefault(locale);
  // Plurals of English are translations, too.
  if (!words_.load(locale, QStringLiteral("hiss"), QStringLiteral("_"), QStringLiteral(":/i18n")) &&
      !words_.load(QStringLiteral(":/i18n/hiss_en"))) {
    return;
  }
  installTranslator(&words_);
  if (qt_words_.load(locale, QStringLiteral("qtbase"), QStringLiteral("_"),
                     QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
    installTranslator(&qt_words_);
  }
}

void Application::setTheme(Theme theme) {
  theme_ = theme;
  applyTheme();
}

void Application::applyTheme() {
  setPalette(themePalette(theme_ == Theme::kSystem ? is_system_dark_ : theme_ == Theme::kDark));
}

bool Application::notify(QObject* receiver, QEvent* event) {
  QString details;
  try {
    return QApplication::notify(receiver, event);
  } catch (const std::exception& failure) {
    details = QString::fromUtf8(failure.what());
  } catch (...) {
    details = tr("something that is no std::exception");
  }
  // Not from within the handler that failed.
  QTimer::singleShot(0, this, [this, details] { showUnexpected(details); });
  return false;
}

void Application::showUnexpected(const QString& details) {
  if (shown_failure_ != nullptr) return;  // a handler that is called often would bury the window
  auto* const box =
      new QMessageBox(QMessageBox::Critical, tr("Something went wrong"),
                      tr("Hiss could not do what was asked. It goes on, but if it behaves oddly, "
                         "save your work and start it again."),
                      QMessageBox::Close, activeWindow());
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setDetailedText(details);
  shown_failure_ = box;
  box->open();
}

}  // namespace hiss
