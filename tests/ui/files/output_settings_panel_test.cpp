// SPDX-License-Identifier: Apache-2.0
#include "ui/files/output_settings_panel.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <QTemporaryDir>
#include <cmath>

namespace hiss {
namespace {

OutputChoices someChoices(const QString& folder) {
  OutputChoices choices;
  for (const char* name : {"base", "nano"}) {
    const QString path = folder + "/" + name + ".safetensors";
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    choices.models.append({name, path});
  }
  choices.preferred_model = "base";
  choices.containers = {"wav", "flac"};
  choices.subtypes = {"pcm16", "pcm24"};
  choices.cores = 2;
  return choices;
}

TEST(OutputSettingsPanelTest, BeginsWithWhatSuitsMost) {
  const QTemporaryDir folder;
  OutputSettingsPanel panel;
  panel.setChoices(someChoices(folder.path()));
  const OutputSettings settings = panel.settings();
  EXPECT_EQ(settings.folder, "");
  EXPECT_EQ(settings.model, folder.filePath("base.safetensors"));
  EXPECT_TRUE(std::isinf(settings.limit_db));
  EXPECT_EQ(settings.mix, 1.0F);
  EXPECT_EQ(settings.container, "");
  EXPECT_EQ(settings.existing, ExistingFiles::kAsk);
  EXPECT_EQ(settings.jobs, 0);
  EXPECT_FALSE(settings.removed);
  EXPECT_TRUE(settings.dither);
}

TEST(OutputSettingsPanelTest, RemembersWhatWasChosen) {
  const QTemporaryDir folder;
  QSettings store(folder.filePath("settings.ini"), QSettings::IniFormat);
  OutputSettings wanted;
  {
    OutputSettingsPanel panel;
    panel.setChoices(someChoices(folder.path()));
    wanted = {"/out",
              folder.filePath("nano.safetensors"),
              12.0F,
              0.4F,
              "flac",
              "pcm24",
              ExistingFiles::kOlder,
              3,
              false,
              false,
              true};
    panel.setSettings(wanted);
    panel.save(store);
  }
  OutputSettingsPanel panel;
  // The window restores before or after the bridge says what there is.
  panel.restore(store);
  panel.setChoices(someChoices(folder.path()));
  panel.restore(store);
  const OutputSettings found = panel.settings();
  EXPECT_EQ(found.folder, wanted.folder);
  EXPECT_EQ(found.model, wanted.model);
  EXPECT_EQ(found.limit_db, wanted.limit_db);
  EXPECT_FLOAT_EQ(found.mix, wanted.mix);
  EXPECT_EQ(found.container, wanted.container);
  EXPECT_EQ(found.subtype, wanted.subtype);
  EXPECT_EQ(found.existing, wanted.existing);
  EXPECT_EQ(found.jobs, wanted.jobs);
  EXPECT_FALSE(found.dither);
  EXPECT_TRUE(found.allow_truncated);
}

TEST(OutputSettingsPanelTest, EveryFieldHasANameAndATip) {
  OutputSettingsPanel panel;
  panel.setChoices({});
  for (const QWidget* const field : panel.findChildren<QWidget*>()) {
    const bool is_part = field->objectName().startsWith("qt_") || field->window() != &panel;
    if ((field->focusPolicy() & Qt::TabFocus) == 0 || is_part) continue;
    const QString text =
        field->property("text").toString() + field->accessibleName() +
        (field->parentWidget() != nullptr ? field->parentWidget()->accessibleName() : QString());
    EXPECT_FALSE(text.isEmpty()) << field->metaObject()->className();
  }
}

}  // namespace
}  // namespace hiss
