// SPDX-License-Identifier: Apache-2.0
//
// hiss-gui [OPTION]… [FILE]…: the desktop application. Opens the FILEs, each on the page that it is
// for.
#include <QCommandLineParser>
#include <QSettings>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "app/gui/application.h"
#include "app/gui/desktop.h"
#include "app/gui/quit_on_signal.h"
#include "app/gui/trace.h"
#include "ui/base/notice_bar.h"
#include "ui/shell/main_window.h"

namespace {

constexpr int kUsageError = 2;

struct Options {
  QString page;
  QString model;
  hiss::Theme theme = hiss::Theme::kSystem;
  bool has_theme = false;
  bool starts_demo = false;
  QStringList files;
};

int refuse(const std::string& text) {
  std::cerr << "hiss-gui: " << text << std::endl;
  return kUsageError;
}

std::string quoted(const QString& text) { return "\"" + text.toStdString() + "\""; }

// Ends the program for --help, --version and what is no option.
Options parse(hiss::Application& application) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      "Takes noise out of sound and watches sensors, with a view into the model that does it.");
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOption({"page", "Show this page first: live, files, sensors or state.", "PAGE"});
  parser.addOption({"demo", "Start the page's demo, which needs no microphone and no sensor."});
  parser.addOption({"model", "Use this model: a name or a file.", "NAME|FILE"});
  parser.addOption({"theme", "Colours: system, light or dark.", "THEME"});
  parser.addOption({"language", "Language of the window: en or ko.", "LANGUAGE"});
  parser.addPositionalArgument("FILE", "Recordings, folders, tables of sensor values to open.",
                               "[FILE]...");
  parser.process(application);

  Options options;
  options.page = parser.value("page");
  options.model = parser.value("model");
  options.starts_demo = parser.isSet("demo");
  options.files = parser.positionalArguments();
  if (parser.isSet("theme")) {
    const auto theme = hiss::themeOf(parser.value("theme"));
    if (!theme) {
      // No other thread runs yet.
      // NOLINTNEXTLINE(concurrency-mt-unsafe)
      std::exit(refuse("--theme: expected system, light or dark, found " +
                       quoted(parser.value("theme"))));
    }
    options.theme = *theme;
    options.has_theme = true;
  }
  application.setLanguage(parser.isSet("language") ? QLocale(parser.value("language"))
                                                   : QLocale::system());
  return options;
}

// A name stands for the file that the registry finds.
void openModel(hiss::MainWindow& window, const hiss::ModelRegistry& registry, const QString& name) {
  try {
    window.openFiles({QString::fromStdString(registry.find(name.toStdString()).string())});
  } catch (const std::exception& failure) {
    window.notices().showNotice({hiss::Notice::Kind::kError,
                                 hiss::MainWindow::tr("There is no model “%1”.").arg(name),
                                 hiss::MainWindow::tr("Choose another one in the page's list."),
                                 QString::fromUtf8(failure.what())});
  }
}

}  // namespace

int main(int argc, char** argv) {
  hiss::Application application(argc, argv);
  const Options options = parse(application);

  hiss::quitOnSignal();
  std::signal(SIGPIPE, SIG_IGN);  // reported as failed writes
  std::signal(SIGXFSZ, SIG_IGN);
  const hiss::ModelRegistry registry;
  QSettings settings(QSettings::IniFormat, QSettings::UserScope, "hiss", "hiss-gui");
  hiss::Desktop desktop(registry, settings);
  hiss::MainWindow& window = desktop.window();
  QObject::connect(&window, &hiss::MainWindow::themeChosen, &application,
                   &hiss::Application::setTheme);
  if (options.has_theme) window.setTheme(options.theme);
  application.setTheme(window.theme());
  if (!options.page.isEmpty() && !window.showPage(options.page)) {
    return refuse("--page: expected live, files, sensors or state, found " + quoted(options.page));
  }

  const bool is_traced = qEnvironmentVariableIsSet("HISS_GUI_TRACE");
  double interactive_s = 0.0;
  if (is_traced) {
    QObject::connect(&window, &hiss::MainWindow::becameInteractive,
                     [&interactive_s] { interactive_s = hiss::secondsSinceStart(); });
    hiss::traceGaps(std::cerr, window);
  }
  window.show();
  if (!options.model.isEmpty()) openModel(window, registry, options.model);
  if (!options.files.isEmpty()) window.openFiles(options.files);
  if (options.starts_demo && !desktop.startDemo()) {
    return refuse("--demo: expected a page that has a demo, found " + quoted(window.shownPage()));
  }
  const int status = hiss::Application::exec();
  if (is_traced) hiss::traceFrames(std::cerr, window, interactive_s);
  return status;
}
