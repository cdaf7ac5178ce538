// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QSet>
#include <QStringList>
#include <QTemporaryDir>
#include <QXmlStreamReader>

#include "tests/support/sanitized.h"

namespace hiss {
namespace {

struct Message {
  QString context;
  QString source;
  QStringList translations;  // several for plurals
  bool is_finished = true;
  bool has_plurals = false;
};

QString fileOf(const QString& folder, const QString& language) {
  return folder + QStringLiteral("/hiss_%1.ts").arg(language);
}

QList<Message> readMessages(const QString& language, const QString& folder = HISS_TRANSLATIONS) {
  QFile file(fileOf(folder, language));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QList<Message> messages;
  QString context;
  QXmlStreamReader reader(&file);
  while (!reader.atEnd()) {
    if (reader.readNext() != QXmlStreamReader::StartElement) continue;
    if (reader.name() == u"name") context = reader.readElementText();
    if (reader.name() == u"message") {
      messages.append({context, {}, {}, true, reader.attributes().value("numerus") == u"yes"});
    }
    if (reader.name() == u"source") messages.last().source = reader.readElementText();
    if (reader.name() == u"translation") {
      messages.last().is_finished = !reader.attributes().hasAttribute("type");
      if (!messages.last().has_plurals) messages.last().translations = {reader.readElementText()};
    }
    if (reader.name() == u"numerusform") messages.last().translations += reader.readElementText();
  }
  return reader.hasError() ? QList<Message>() : messages;
}

QStringList placesOf(const QString& text) {
  static const QRegularExpression place(QStringLiteral("%L?[1-9]|%n|</?[a-z0-9]+"));
  QStringList places;
  for (auto matches = place.globalMatch(text); matches.hasNext();) {
    places += matches.next().captured();
  }
  places.sort();
  return places;
}

std::string where(const Message& message) {
  return (message.context + ": " + message.source).toStdString();
}

QSet<QString> textsOf(const QList<Message>& messages) {
  QSet<QString> texts;
  for (const Message& message : messages) texts << message.context + ": " + message.source;
  return texts;
}

TEST(Translations, HaveTheTextsOfTheSources) {
  const QString lupdate = QStringLiteral(HISS_LUPDATE);
  if (!QFile::exists(lupdate)) GTEST_SKIP() << "lupdate is not installed";
  if (kThreadSanitized) GTEST_SKIP() << "clang 14 does not survive a started program";
  const QTemporaryDir folder;
  for (const char* const language : {"ko", "en"}) {
    const QString copy = fileOf(folder.path(), language);
    ASSERT_TRUE(QFile::copy(fileOf(HISS_TRANSLATIONS, language), copy));
    QStringList arguments{"-I", ".", "ui", "app/gui", "-no-obsolete", "-locations", "none"};
    if (QLatin1String(language) == QLatin1String("en")) arguments << "-pluralonly";
    QProcess program;
    program.setWorkingDirectory(HISS_SOURCES);
    program.start(lupdate, arguments << "-ts" << copy);
    ASSERT_TRUE(program.waitForFinished(-1)) << program.errorString().toStdString();
    ASSERT_EQ(program.exitCode(), 0) << program.readAllStandardError().toStdString();
    // A class without it has its texts looked up where lupdate did not put them.
    const QByteArray complaints = program.readAllStandardError();
    EXPECT_FALSE(complaints.contains("Q_OBJECT")) << complaints.toStdString();

    const QSet<QString> sources = textsOf(readMessages(language, folder.path()));
    const QSet<QString> translated = textsOf(readMessages(language));
    ASSERT_FALSE(sources.isEmpty());
    for (const QString& text : sources - translated) {
      ADD_FAILURE() << language << " lacks: " << text.toStdString();
    }
    for (const QString& text : translated - sources) {
      ADD_FAILURE() << language << " has what no source has: " << text.toStdString();
    }
  }
}

TEST(Translations, KoreanIsComplete) {
  const QList<Message> messages = readMessages("ko");
  ASSERT_GT(messages.size(), 50);
  for (const Message& message : messages) {
    EXPECT_TRUE(message.is_finished) << where(message);
    for (const QString& text : message.translations) EXPECT_FALSE(text.isEmpty()) << where(message);
  }
}

TEST(Translations, KeepPlacesAndMnemonics) {
  for (const char* const language : {"ko", "en"}) {
    for (const Message& message : readMessages(language)) {
      for (const QString& text : message.translations) {
        EXPECT_EQ(placesOf(text), placesOf(message.source)) << where(message);
        // "&&" is a sign, not a mnemonic.
        EXPECT_EQ(QString(text).remove("&&").count('&'),
                  QString(message.source).remove("&&").count('&'))
            << where(message);
        EXPECT_EQ(text.endsWith(u'…') || text.contains(u"…("),
                  message.source.endsWith(u'…') || message.source.contains(u"…("))
            << where(message);
      }
    }
  }
}

TEST(Translations, EnglishHasItsPlurals) {
  for (const Message& message : readMessages("en")) {
    EXPECT_TRUE(message.has_plurals) << where(message);
    EXPECT_EQ(message.translations.size(), 2) << where(message);
    EXPECT_TRUE(message.is_finished) << where(message);
  }
}

}  // namespace
}  // namespace hiss
