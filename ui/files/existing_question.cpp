// SPDX-License-Identifier: Apache-2.0
#include "ui/files/existing_question.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace hiss {

ExistingQuestion::ExistingQuestion(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  text_ = new QLabel;
  text_->setWordWrap(true);
  resume_ = new QPushButton(tr("&Go on where it stopped"));
  resume_->setToolTip(
      tr("Passes over what an earlier run made from the same recordings with the same settings"));
  skip_ = new QPushButton(tr("&Keep them"));
  skip_->setToolTip(tr("Passes over the recordings whose results are there"));
  auto* const replace = new QPushButton(tr("Re&place them"));
  replace->setToolTip(tr("Makes them again and replaces what is there"));
  auto* const refuse = new QPushButton(tr("Do not start"));
  auto* const buttons = new QHBoxLayout;
  for (QPushButton* const button : {resume_, skip_, replace, refuse}) buttons->addWidget(button);
  buttons->addStretch(1);
  auto* const layout = new QVBoxLayout(this);
  layout->addWidget(text_);
  layout->addLayout(buttons);
  connect(resume_, &QPushButton::clicked, this, [this] { answer(ExistingFiles::kResume); });
  connect(skip_, &QPushButton::clicked, this, [this] { answer(ExistingFiles::kSkip); });
  connect(replace, &QPushButton::clicked, this, [this] { answer(ExistingFiles::kReplace); });
  connect(refuse, &QPushButton::clicked, this, [this] {
    hide();
    emit refused();
  });
  hide();
}

void ExistingQuestion::ask(int existing, int files, bool can_resume) {
  text_->setText(
      tr("Of %1 results %2 exist already. What shall become of them?").arg(files).arg(existing));
  resume_->setVisible(can_resume);
  show();
  (can_resume ? resume_ : skip_)->setFocus();
}

QString ExistingQuestion::text() const { return text_->text(); }

void ExistingQuestion::answer(ExistingFiles rule) {
  hide();
  emit answered(rule);
}

}  // namespace hiss
