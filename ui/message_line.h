// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/elided_label.h"

namespace hiss {

// Says in one line what happened last. Errors are marked by a word and a colour. [main-thread]
class MessageLine : public ElidedLabel {
  Q_OBJECT

 public:
  using ElidedLabel::ElidedLabel;

  void showInfo(const QString& text);
  void showError(const QString& text);

  bool isError() const noexcept { return is_error_; }

 private:
  bool is_error_ = false;
};

}  // namespace hiss
