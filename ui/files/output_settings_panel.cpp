// SPDX-License-Identifier: Apache-2.0
#include "ui/files/output_settings_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QRadioButton>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/attenuation_slider.h"

namespace hiss {
namespace {

constexpr int kLabelColumns = 2;  // columns of a field with its label
constexpr int kMostJobs = 256;

QWidget* inARow(std::initializer_list<QWidget*> widgets) {
  auto* const row = new QWidget;
  auto* const layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  for (QWidget* const widget : widgets) layout->addWidget(widget);
  return row;
}

QComboBox* narrowBox() {
  auto* const box = new QComboBox;
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(10);
  return box;
}

}  // namespace

OutputSettingsPanel::OutputSettingsPanel(QWidget* parent) : QWidget(parent) {
  makeWidgets();
  auto* const grid = new QGridLayout(this);
  auto* const place = inARow({beside_, in_folder_, folder_, browse_});
  static_cast<QHBoxLayout*>(place->layout())->setStretchFactor(folder_, 1);
  grid->addWidget(new QLabel(tr("Save to")), 0, 0);
  grid->addWidget(place, 0, 1, 1, 2 * kLabelColumns - 1);
  addRow(*grid, 1, 0, tr("&Model"), inARow({model_, model_file_}));
  addRow(*grid, 1, 1, tr("If the file e&xists"), existing_);
  addRow(*grid, 2, 0, tr("&Limit"), limit_);
  addRow(*grid, 2, 1, tr("&Strength"), inARow({mix_, mix_value_}));
  addRow(*grid, 3, 0, tr("File &type"), container_);
  addRow(*grid, 3, 1, tr("Sa&mple format"), subtype_);
  addRow(*grid, 4, 0, tr("Files at a ti&me"), jobs_);
  grid->addWidget(removed_, 4, kLabelColumns, 1, kLabelColumns);
  grid->addWidget(dither_, 5, 0, 1, kLabelColumns);
  grid->addWidget(truncated_, 5, kLabelColumns, 1, kLabelColumns);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(kLabelColumns + 1, 1);
  grid->setRowStretch(6, 1);
  updateFields();
}

void OutputSettingsPanel::makeWidgets() {
  beside_ = new QRadioButton(tr("&beside the recording"));
  beside_->setToolTip(tr("Next to each recording, with “denoised” in its name"));
  beside_->setChecked(true);
  in_folder_ = new QRadioButton(tr("in a &folder:"));
  in_folder_->setToolTip(tr("Folders that you add come out as the same folders there"));
  folder_ = new QLineEdit;
  folder_->setPlaceholderText(tr("no folder chosen"));
  folder_->setAccessibleName(tr("Folder for the results"));
  folder_->setToolTip(tr("Where the results go"));
  browse_ = new QToolButton;
  browse_->setText(tr("Choose…"));
  browse_->setToolTip(tr("Choose the folder for the results"));
  browse_->setAccessibleName(browse_->toolTip());
  model_ = narrowBox();
  model_->setToolTip(tr("Larger models hear more and take longer"));
  model_->setAccessibleName(tr("Model"));
  model_file_ = new QToolButton;
  model_file_->setText(tr("File…"));
  model_file_->setToolTip(tr("Use a model from a file"));
  model_file_->setAccessibleName(model_file_->toolTip());
  limit_ = new AttenuationSlider;
  mix_ = new QSlider(Qt::Horizontal);
  mix_->setRange(0, 100);
  mix_->setValue(100);
  mix_->setPageStep(10);
  mix_->setToolTip(tr("100 %: the cleaned sound; less: with some of the recording as it was"));
  mix_->setAccessibleName(tr("Strength in per cent"));
  mix_value_ = new QLabel;
  mix_value_->setMinimumWidth(mix_value_->fontMetrics().horizontalAdvance(tr("%1 %").arg(100)));
  container_ = narrowBox();
  container_->setToolTip(tr("What kind of file is written"));
  subtype_ = narrowBox();
  subtype_->setToolTip(tr("How samples are stored; what the file type lacks becomes the nearest"));
  existing_ = narrowBox();
  existing_->addItem(tr("Ask"), static_cast<int>(ExistingFiles::kAsk));
  existing_->addItem(tr("Pass over"), static_cast<int>(ExistingFiles::kSkip));
  existing_->addItem(tr("Replace"), static_cast<int>(ExistingFiles::kReplace));
  existing_->addItem(tr("Replace if older"), static_cast<int>(ExistingFiles::kOlder));
  existing_->addItem(tr("Go on where it stopped"), static_cast<int>(ExistingFiles::kResume));
  existing_->setToolTip(
      tr("“Go on where it stopped” passes over what was made from the same recording with the same "
         "settings"));
  jobs_ = new QSpinBox;
  jobs_->setRange(0, kMostJobs);
  jobs_->setSpecialValueText(tr("automatic"));
  removed_ = new QCheckBox(tr("Save what is &removed instead"));
  removed_->setToolTip(tr("Writes the noise that is taken out"));
  dither_ = new QCheckBox(tr("&Dither"));
  dither_->setToolTip(
      tr("Adds the faintest noise where the file has fewer bits than the recording, so that "
         "rounding does not distort"));
  dither_->setChecked(true);
  truncated_ = new QCheckBox(tr("Take files that end too earl&y"));
  truncated_->setToolTip(tr("Cleans what is there of a damaged recording"));
  for (QWidget* const field : std::initializer_list<QWidget*>{container_, subtype_, existing_}) {
    field->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  }
  connect(browse_, &QToolButton::clicked, this, &OutputSettingsPanel::chooseFolder);
  connect(model_file_, &QToolButton::clicked, this, &OutputSettingsPanel::chooseModel);
  connect(in_folder_, &QRadioButton::toggled, this, &OutputSettingsPanel::updateFields);
  connect(mix_, &QSlider::valueChanged, this, &OutputSettingsPanel::showMix);
  showMix();
}

void OutputSettingsPanel::addRow(QGridLayout& grid, int row, int side, const QString& label,
                                 QWidget* field) {
  auto* const name = new QLabel(label);
  QWidget* buddy = field;
  if (field->focusPolicy() == Qt::NoFocus && field->layout() != nullptr &&
      field->focusProxy() == nullptr) {
    buddy = field->layout()->itemAt(0)->widget();
  }
  name->setBuddy(buddy);
  if (buddy->accessibleName().isEmpty()) {
    buddy->setAccessibleName(QString(label).remove(QLatin1Char('&')));
  }
  grid.addWidget(name, row, side * kLabelColumns);
  grid.addWidget(field, row, side * kLabelColumns + 1);
}

void OutputSettingsPanel::setChoices(const OutputChoices& choices) {
  const QString chosen = wanted_model_.isEmpty() ? model_->currentData().toString() : wanted_model_;
  model_->clear();
  for (const OutputChoices::Model& model : choices.models) model_->addItem(model.name, model.path);
  model_->setCurrentIndex(std::max(0, model_->findText(choices.preferred_model)));
  if (choices.models.isEmpty()) model_->setPlaceholderText(tr("no model found"));
  if (!chosen.isEmpty()) selectModel(chosen);
  const auto fill = [](QComboBox& box, const QString& same, const QStringList& names) {
    const QString before = box.currentData().toString();
    box.clear();
    box.addItem(same, QString());
    for (const QString& name : names) box.addItem(name, name);
    box.setCurrentIndex(std::max(0, box.findData(before)));
  };
  fill(*container_, tr("as the recording"), choices.containers);
  fill(*subtype_, tr("as the recording"), choices.subtypes);
  jobs_->setToolTip(
      tr("Automatic: one on each of the %n processor core(s) of this computer", "", choices.cores));
}

OutputSettings OutputSettingsPanel::settings() const {
  OutputSettings settings;
  if (in_folder_->isChecked()) settings.folder = folder_->text().trimmed();
  settings.model = model_->currentData().toString();
  settings.limit_db = limit_->limitDb();
  settings.mix = static_cast<float>(mix_->value()) / 100.0F;
  settings.container = container_->currentData().toString();
  settings.subtype = subtype_->currentData().toString();
  settings.existing = static_cast<ExistingFiles>(existing_->currentData().toInt());
  settings.jobs = jobs_->value();
  settings.removed = removed_->isChecked();
  settings.dither = dither_->isChecked();
  settings.allow_truncated = truncated_->isChecked();
  return settings;
}

void OutputSettingsPanel::setSettings(const OutputSettings& settings) {
  folder_->setText(settings.folder);
  (settings.folder.isEmpty() ? beside_ : in_folder_)->setChecked(true);
  if (!settings.model.isEmpty()) selectModel(settings.model);
  limit_->setLimitDb(settings.limit_db);
  mix_->setValue(static_cast<int>(std::lround(100.0F * settings.mix)));
  container_->setCurrentIndex(std::max(0, container_->findData(settings.container)));
  subtype_->setCurrentIndex(std::max(0, subtype_->findData(settings.subtype)));
  existing_->setCurrentIndex(std::max(0, existing_->findData(static_cast<int>(settings.existing))));
  jobs_->setValue(settings.jobs);
  removed_->setChecked(settings.removed);
  dither_->setChecked(settings.dither);
  truncated_->setChecked(settings.allow_truncated);
}

void OutputSettingsPanel::save(QSettings& store) const {
  const OutputSettings now = settings();
  store.setValue("folder", folder_->text());
  store.setValue("in_folder", in_folder_->isChecked());
  store.setValue("model", now.model);
  store.setValue("limit_db", std::isfinite(now.limit_db) ? now.limit_db : 0.0F);
  store.setValue("mix", now.mix);
  store.setValue("container", now.container);
  store.setValue("subtype", now.subtype);
  store.setValue("existing", static_cast<int>(now.existing));
  store.setValue("jobs", now.jobs);
  store.setValue("dither", now.dither);
  store.setValue("allow_truncated", now.allow_truncated);
}

void OutputSettingsPanel::restore(QSettings& store) {
  OutputSettings settings;
  settings.folder = store.value("folder").toString();
  const QString model = store.value("model").toString();
  if (QFileInfo::exists(model)) settings.model = model;
  const float limit_db = store.value("limit_db", 0.0F).toFloat();
  if (limit_db > 0.0F) settings.limit_db = limit_db;
  settings.mix = store.value("mix", 1.0F).toFloat();
  settings.container = store.value("container").toString();
  settings.subtype = store.value("subtype").toString();
  settings.existing = static_cast<ExistingFiles>(store.value("existing", 0).toInt());
  settings.jobs = store.value("jobs", 0).toInt();
  settings.dither = store.value("dither", true).toBool();
  settings.allow_truncated = store.value("allow_truncated", false).toBool();
  setSettings(settings);
  (store.value("in_folder", false).toBool() ? in_folder_ : beside_)->setChecked(true);
}

void OutputSettingsPanel::selectModel(const QString& path) {
  wanted_model_ = path;
  int index = model_->findData(path);
  if (index < 0) {
    model_->addItem(QFileInfo(path).completeBaseName(), path);
    index = model_->count() - 1;
    model_->setItemData(index, path, Qt::ToolTipRole);
  }
  model_->setCurrentIndex(index);
}

void OutputSettingsPanel::chooseFolder() {
  const QString folder = QFileDialog::getExistingDirectory(
      this, tr("Folder for the results"),
      folder_->text().isEmpty() ? QDir::homePath() : folder_->text());
  if (folder.isEmpty()) return;
  folder_->setText(folder);
  in_folder_->setChecked(true);
}

void OutputSettingsPanel::chooseModel() {
  const QString path = QFileDialog::getOpenFileName(this, tr("Choose a model file"), {},
                                                    tr("Hiss models (*.safetensors)"));
  if (!path.isEmpty()) selectModel(path);
}

void OutputSettingsPanel::showMix() {
  mix_value_->setText(tr("%1 %").arg(QLocale().toString(mix_->value())));
}

void OutputSettingsPanel::updateFields() { folder_->setEnabled(in_folder_->isChecked()); }

}  // namespace hiss
