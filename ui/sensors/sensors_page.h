// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/base/page.h"

namespace hiss {

// The page that watches sensors. [main-thread]
class SensorsPage : public Page {
  Q_OBJECT

 public:
  explicit SensorsPage(QWidget* parent = nullptr);

  [[nodiscard]] QString title() const override;
};

}  // namespace hiss
