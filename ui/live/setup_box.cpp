// SPDX-License-Identifier: Apache-2.0
#include "ui/live/setup_box.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "models/model_registry.h"

namespace hiss {
namespace {

constexpr int kLeastLetters = 12;

QComboBox* makeBox(const QString& tip) {
  auto* const box = new QComboBox;
  // Long names of devices may not make the window wide; the list shows them whole.
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(kLeastLetters);
  box->setToolTip(tip);
  return box;
}

QString usualModel() {
  return QString::fromUtf8(kDefaultModelName.data(),
                           static_cast<qsizetype>(kDefaultModelName.size()));
}

bool isUsualModel(const LiveChoice& choice) { return choice.id == usualModel(); }

QString fileOf(const QString& id) { return id.mid(QLatin1String(SetupBox::kAskFile).size()); }

}  // namespace

SetupBox::SetupBox(QWidget* parent)
    : QWidget(parent),
      input_{makeBox(tr("Where the sound comes from")), {}, {}},
      output_{makeBox(tr("Where the clean sound goes")), {}, {}},
      model_{makeBox(tr("What takes the noise out: larger models sound better and need more time")),
             {},
             {}},
      delay_(makeBox(tr("How much sound waits between the devices: a short delay is better for "
                        "hearing oneself, a long one for a busy computer"))) {
  delay_->addItems({tr("Short"), tr("Balanced"), tr("Safe")});
  delay_->setCurrentIndex(static_cast<int>(LiveDelay::kBalanced));
  auto* const grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  const auto add = [&](int row, int column, const QString& name, QComboBox* box) {
    auto* const label = new QLabel(name);
    label->setBuddy(box);
    grid->addWidget(label, row, column);
    grid->addWidget(box, row, column + 1);
    grid->setColumnStretch(column + 1, 1);
  };
  add(0, 0, tr("&Input:"), input_.box);
  add(0, 2, tr("&Output:"), output_.box);
  add(1, 0, tr("Mo&del:"), model_.box);
  add(1, 2, tr("D&elay:"), delay_);
  setTabOrder(input_.box, output_.box);
  setTabOrder(output_.box, model_.box);
  setTabOrder(model_.box, delay_);
  connect(input_.box, &QComboBox::activated, this,
          [this] { activated(input_, tr("Recording as input"), tr("Recordings (*)")); });
  connect(output_.box, &QComboBox::activated, this, [this] { activated(output_, {}, {}); });
  connect(model_.box, &QComboBox::activated, this,
          [this] { activated(model_, tr("Model"), tr("Models (*.safetensors)")); });
  connect(delay_, &QComboBox::activated, this, &SetupBox::setupChanged);
}

LiveSetup SetupBox::setup() const {
  return {input_.chosen, output_.chosen, model_.chosen,
          static_cast<LiveDelay>(delay_->currentIndex())};
}

void SetupBox::setChoices(const LiveChoices& choices) {
  for (const auto& [list, offered] :
       {std::pair(&input_, &choices.inputs), std::pair(&output_, &choices.outputs),
        std::pair(&model_, &choices.models)}) {
    if (list->choices == *offered && list->box->count() > 0) continue;
    list->choices = *offered;
    if (list->chosen.isEmpty() && !offered->isEmpty()) {
      const bool has_usual = std::any_of(offered->begin(), offered->end(), isUsualModel);
      const QString first = offered->front().id;
      // A question is nobody's choice: it stands alone until the real choices are known.
      if (has_usual || first != QLatin1String(kAskFile)) {
        list->chosen = has_usual ? usualModel() : first;
      }
    }
    fill(*list);
  }
}

void SetupBox::fill(List& list) {
  const QSignalBlocker no_signals(list.box);
  list.box->clear();
  const auto add = [&](const QString& id, const QString& label, const QString& hint) {
    list.box->addItem(label, id);
    list.box->setItemData(list.box->count() - 1, hint, Qt::ToolTipRole);
  };
  for (const LiveChoice& choice : list.choices) add(choice.id, choice.label, choice.hint);
  if (list.box->findData(list.chosen) < 0 && !list.chosen.isEmpty()) {
    const bool is_file = QFileInfo(fileOf(list.chosen)).isFile();
    const QString name = is_file ? QFileInfo(fileOf(list.chosen)).fileName() : list.chosen;
    add(list.chosen,
        is_file ? name : tr("%1 (not there now)").arg(name.section(QLatin1Char(':'), 1)),
        list.chosen);
  }
  list.box->setCurrentIndex(list.box->findData(list.chosen));
}

void SetupBox::choose(List& list, const QString& id) {
  if (id.isEmpty() || id == QLatin1String(kAskFile) || id == list.chosen) return;
  list.chosen = id;
  fill(list);
  emit setupChanged();
}

void SetupBox::activated(List& list, const QString& title, const QString& filter) {
  QString id = list.box->currentData().toString();
  if (id == QLatin1String(kAskFile)) {
    const QString path = QFileDialog::getOpenFileName(this, title, {}, filter);
    id = path.isEmpty() ? QString() : id + path;
    // Back to what was chosen, until something else is.
    fill(list);
  }
  choose(list, id);
}

void SetupBox::chooseInput(const QString& id) { choose(input_, id); }
void SetupBox::chooseOutput(const QString& id) { choose(output_, id); }
void SetupBox::chooseModel(const QString& id) { choose(model_, id); }

void SetupBox::showRunningModel(const QString& id) {
  model_.chosen = id;
  fill(model_);
}

void SetupBox::saveSettings(QSettings& settings) const {
  settings.setValue("input", input_.chosen);
  settings.setValue("output", output_.chosen);
  settings.setValue("model", model_.chosen);
  settings.setValue("delay", delay_->currentIndex());
}

void SetupBox::restoreSettings(QSettings& settings) {
  chooseInput(settings.value("input").toString());
  chooseOutput(settings.value("output").toString());
  chooseModel(settings.value("model").toString());
  const int delay = settings.value("delay", delay_->currentIndex()).toInt();
  if (delay >= 0 && delay < delay_->count()) delay_->setCurrentIndex(delay);
}

}  // namespace hiss
