// SPDX-License-Identifier: Apache-2.0
#include "ui/attenuation_slider.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <algorithm>
#include <cmath>
#include <limits>

namespace hiss {
namespace {

constexpr int kNoLimit = AttenuationSlider::kMaxDb + 1;

}  // namespace

QString limitText(float limit_db) {
  if (!std::isfinite(limit_db)) return QCoreApplication::translate("hiss", "no limit");
  return QCoreApplication::translate("hiss", "%1 dB").arg(std::lround(limit_db));
}

AttenuationSlider::AttenuationSlider(QWidget* parent)
    : QWidget(parent), slider_(new QSlider(Qt::Horizontal)), value_(new QLabel) {
  slider_->setRange(1, kNoLimit);
  slider_->setValue(kNoLimit);
  slider_->setPageStep(6);
  slider_->setMinimumWidth(120);
  slider_->setAccessibleName(tr("Attenuation limit in decibels"));
  setToolTip(
      tr("No sound is turned down by more than this. A limit of 12 to 20 dB keeps some of the room "
         "and hides what the model gets wrong."));
  value_->setMinimumWidth(value_->fontMetrics().horizontalAdvance(limitText(INFINITY)) + 8);
  auto* const layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(slider_, 1);
  layout->addWidget(value_);
  setFocusProxy(slider_);
  connect(slider_, &QSlider::valueChanged, this, [this] {
    showValue();
    emit limitChanged(limitDb());
  });
  showValue();
}

float AttenuationSlider::limitDb() const {
  const int value = slider_->value();
  return value == kNoLimit ? std::numeric_limits<float>::infinity() : static_cast<float>(value);
}

void AttenuationSlider::setLimitDb(float limit_db) {
  const float shown = std::clamp(limit_db, 1.0F, static_cast<float>(kNoLimit));
  slider_->setValue(static_cast<int>(std::lround(shown)));
}

void AttenuationSlider::showValue() { value_->setText(limitText(limitDb())); }

}  // namespace hiss
