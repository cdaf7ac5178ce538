// SPDX-License-Identifier: Apache-2.0
//
// hiss-gui [--model NAME|FILE] [FILE]: the desktop application. Opens FILE, if one is given.
#include <QApplication>
#include <QCommandLineParser>
#include <csignal>

#include "app/gui/engine_bridge.h"
#include "app/gui/quit_on_signal.h"
#include "ui/main_window.h"

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName("hiss-gui");
  QApplication::setApplicationDisplayName("Hiss");
  QApplication::setApplicationVersion(HISS_VERSION);
  QApplication::setDesktopFileName("io.github.hiss_audio.Hiss");

  QCommandLineParser parser;
  parser.setApplicationDescription("Takes noise out of recordings.");
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOption({"model", "Use this model: a name or a file.", "NAME|FILE"});
  parser.addPositionalArgument("FILE", "Recording to open.", "[FILE]");
  parser.process(application);
  if (parser.positionalArguments().size() > 1) parser.showHelp(2);

  hiss::quitOnSignal();
  std::signal(SIGPIPE, SIG_IGN);  // reported as failed writes
  std::signal(SIGXFSZ, SIG_IGN);
  hiss::MainWindow window;
  hiss::EngineBridge bridge(window, hiss::ModelRegistry());
  if (parser.isSet("model")) bridge.chooseModel(parser.value("model"));
  window.show();
  if (!parser.positionalArguments().isEmpty()) {
    window.openRecording(parser.positionalArguments().front());
  }
  return QApplication::exec();
}
