// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/base/page.h"

namespace hiss {

// Cleans files: a queue of recordings, and what became of each.
class FilesPage : public Page {
  Q_OBJECT

 public:
  explicit FilesPage(QWidget* parent = nullptr);

  [[nodiscard]] QString title() const override;
};

}  // namespace hiss
