// SPDX-License-Identifier: Apache-2.0
#include "ui/message_line.h"

#include <QPalette>

namespace hiss {
namespace {

constexpr int kDarkWindow = 128;  // lightness below which text is light

}  // namespace

void MessageLine::showInfo(const QString& text) {
  is_error_ = false;
  setColour({});
  setText(text);
}

void MessageLine::showError(const QString& text) {
  is_error_ = true;
  const bool is_dark = palette().color(QPalette::Window).lightness() < kDarkWindow;
  setColour(is_dark ? QColor(255, 138, 128) : QColor(179, 38, 30));
  setText(tr("Error: %1").arg(text));
}

}  // namespace hiss
