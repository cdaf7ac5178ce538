// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSettings>
#include <QWidget>

#include "ui/files/output_settings.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLineEdit;
class QRadioButton;
class QSlider;
class QSpinBox;
class QLabel;
class QToolButton;

namespace hiss {

class AttenuationSlider;

// Chooses how files are cleaned and where they go. [main-thread]
class OutputSettingsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit OutputSettingsPanel(QWidget* parent = nullptr);

  void setChoices(const OutputChoices& choices);
  [[nodiscard]] OutputSettings settings() const;
  void setSettings(const OutputSettings& settings);
  // A model by its file, whether it was offered or not.
  void selectModel(const QString& path);

  void save(QSettings& settings) const;
  void restore(QSettings& settings);

 private:
  void makeWidgets();
  void addRow(QGridLayout& grid, int row, int side, const QString& label, QWidget* field);
  void chooseFolder();
  void chooseModel();
  void showMix();
  void updateFields();

  QString wanted_model_;  // path; of one that is not in the list yet
  QRadioButton* beside_ = nullptr;
  QRadioButton* in_folder_ = nullptr;
  QLineEdit* folder_ = nullptr;
  QToolButton* browse_ = nullptr;
  QComboBox* model_ = nullptr;
  QToolButton* model_file_ = nullptr;
  AttenuationSlider* limit_ = nullptr;
  QSlider* mix_ = nullptr;
  QLabel* mix_value_ = nullptr;
  QComboBox* container_ = nullptr;
  QComboBox* subtype_ = nullptr;
  QComboBox* existing_ = nullptr;
  QSpinBox* jobs_ = nullptr;
  QCheckBox* removed_ = nullptr;
  QCheckBox* dither_ = nullptr;
  QCheckBox* truncated_ = nullptr;
};

}  // namespace hiss
