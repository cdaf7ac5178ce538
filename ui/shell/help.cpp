// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/help.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QRegularExpression>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace hiss {
namespace {

struct Help {
  Q_DECLARE_TR_FUNCTIONS(Help)
};

void showText(QWidget* parent, const QString& title, const QString& html) {
  auto* const dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  auto* const text = new QTextBrowser;
  text->setAccessibleName(title);
  text->setOpenExternalLinks(true);
  text->setHtml(html);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* const column = new QVBoxLayout(dialog);
  column->addWidget(text);
  column->addWidget(buttons);
  constexpr QSize kSize(620, 560);
  dialog->resize(kSize);
  dialog->show();
}

QString paragraph(const QString& heading, const QString& text) {
  return QStringLiteral("<h3>%1</h3><p>%2</p>").arg(heading.toHtmlEscaped(), text.toHtmlEscaped());
}

struct Part {
  const char* name;
  const char* licence;
};

constexpr Part kParts[] = {
    {"Qt 6", "LGPL-3.0-only"},
    {"libsndfile", "LGPL-2.1-or-later"},
    {"PortAudio", "MIT"},
    {"libsamplerate", "BSD-2-Clause"},
    {"cairo", "LGPL-2.1-only, MPL-1.1"},
    {"Highway", "Apache-2.0"},
    {"Eigen", "MPL-2.0"},
    {"JSON for Modern C++, fmt, spdlog, toml++, cpp-httplib, prometheus-cpp", "MIT"},
    {"OpenSSL", "Apache-2.0"},
    {"librdkafka", "BSD-2-Clause"},
    {"Mosquitto", "EPL-2.0 OR BSD-3-Clause"},
    {"libserialport", "LGPL-3.0-or-later"},
};

}  // namespace

QString withoutMnemonic(const QString& text) {
  static const QRegularExpression kInBrackets(QStringLiteral("\\(&[^)]\\)"));
  QString plain = text;
  plain.remove(kInBrackets);
  return plain.remove(QLatin1Char('&'));
}

void showExplanation(QWidget* parent) {
  const QString text =
      paragraph(
          Help::tr("What Hiss does"),
          Help::tr("A small recurrent network listens to sound or to sensors as they arrive, one "
                   "short step after the other. It keeps a memory, its hidden state, and nothing "
                   "else of the past: that is why it runs at once, on one core, for hours.")) +
      paragraph(Help::tr("Live"),
                Help::tr("Cleans what a microphone hears while you speak. The demo in the "
                         "menu needs no microphone; hold B to compare with the original.")) +
      paragraph(Help::tr("Files"),
                Help::tr("Cleans recordings. Drop files or folders anywhere on the window, "
                         "then listen to each before and after.")) +
      paragraph(
          Help::tr("Sensors"),
          Help::tr(
              "Learns what is normal in streams of numbers and raises an alert when they leave "
              "the band that it predicted.")) +
      paragraph(
          Help::tr("State"),
          Help::tr(
              "Shows the hidden state while it runs: what each cell holds, how far it opens "
              "for what is new, and how long it will remember. It stands beside every page.")) +
      paragraph(
          Help::tr("Nothing leaves this computer"),
          Help::tr("Sound and sensor rows are worked on here and are sent nowhere, unless you set "
                   "up a sink that does."));
  showText(parent, Help::tr("What am I looking at?"), text);
}

void showShortcuts(QWidget* parent, const QList<ActionGroupView>& groups) {
  QString text;
  for (const ActionGroupView& group : groups) {
    QString rows;
    for (const QAction* const action : group.actions) {
      if (action->shortcut().isEmpty()) continue;
      rows += QStringLiteral("<tr><td><b>%1</b>&nbsp;&nbsp;</td><td>%2</td></tr>")
                  .arg(action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                       withoutMnemonic(action->text()).toHtmlEscaped());
    }
    if (rows.isEmpty()) continue;
    text += QStringLiteral("<h3>%1</h3><table>%2</table>").arg(group.title.toHtmlEscaped(), rows);
  }
  showText(parent, Help::tr("Keyboard shortcuts"), text);
}

void showAbout(QWidget* parent) {
  QString text = QStringLiteral("<h2>Hiss %1</h2>").arg(QCoreApplication::applicationVersion());
  const auto add = [&text](const QString& line) {
    text += QStringLiteral("<p>%1</p>").arg(line.toHtmlEscaped());
  };
  add(Help::tr(
      "Takes noise out of sound and watches sensors with selective state spaces, in real time."));
  add(Help::tr(
      "Licence: Apache-2.0. The models that come with it were trained by the project; the data "
      "they learned from and its licences are written in each model’s file."));
  add(Help::tr("It uses these works of others, each under its own licence:"));
  QString parts;
  for (const Part& part : kParts) {
    parts += QStringLiteral("<li>%1: %2</li>")
                 .arg(QString::fromUtf8(part.name).toHtmlEscaped(),
                      QString::fromUtf8(part.licence).toHtmlEscaped());
  }
  text += QStringLiteral("<ul>%1</ul>").arg(parts);
  add(Help::tr("Qt is linked as a shared library and may be replaced by another version of it."));
  showText(parent, Help::tr("About Hiss"), text);
}

}  // namespace hiss
