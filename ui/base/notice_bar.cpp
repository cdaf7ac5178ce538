// SPDX-License-Identifier: Apache-2.0
#include "ui/base/notice_bar.h"

#include <QGridLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace hiss {
namespace {

QStyle::StandardPixmap pixmapOf(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::kInfo:
      return QStyle::SP_MessageBoxInformation;
    case Notice::Kind::kWarning:
      return QStyle::SP_MessageBoxWarning;
    case Notice::Kind::kError:
      break;
  }
  return QStyle::SP_MessageBoxCritical;
}

QLabel* plainLabel() {
  auto* const label = new QLabel;
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  return label;
}

}  // namespace

NoticeBar::NoticeBar(QWidget* parent)
    : QWidget(parent),
      icon_(new QLabel),
      text_(plainLabel()),
      details_(plainLabel()),
      unfold_(new QToolButton),
      close_(new QToolButton) {
  unfold_->setText(tr("Details"));
  unfold_->setCheckable(true);
  unfold_->setToolTip(tr("Show the program's own words"));
  close_->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
  close_->setAutoRaise(true);
  close_->setToolTip(tr("Close this notice"));
  close_->setAccessibleName(close_->toolTip());
  auto* const grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->addWidget(icon_, 0, 0, Qt::AlignTop);
  grid->addWidget(text_, 0, 1);
  grid->addWidget(unfold_, 0, 2, Qt::AlignTop);
  grid->addWidget(close_, 0, 3, Qt::AlignTop);
  grid->addWidget(details_, 1, 1, 1, 3);
  grid->setColumnStretch(1, 1);
  details_->setFont([font = details_->font()]() mutable {
    font.setFamily(QStringLiteral("monospace"));
    return font;
  }());
  connect(unfold_, &QToolButton::toggled, details_, &QWidget::setVisible);
  connect(close_, &QToolButton::clicked, this, &NoticeBar::clear);
  clear();
}

void NoticeBar::showNotice(const Notice& notice) {
  notice_ = notice;
  const int side = style()->pixelMetric(QStyle::PM_SmallIconSize);
  icon_->setPixmap(style()->standardIcon(pixmapOf(notice.kind)).pixmap(side, side));
  text_->setText(notice.advice.isEmpty() ? notice.text
                                         : notice.text + QLatin1Char('\n') + notice.advice);
  text_->setAccessibleName(text_->text());
  details_->setText(notice.details);
  unfold_->setChecked(false);
  unfold_->setVisible(!notice.details.isEmpty());
  details_->hide();
  setVisible(!notice.text.isEmpty());
}

void NoticeBar::clear() { showNotice(Notice{}); }

}  // namespace hiss
