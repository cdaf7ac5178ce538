// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

#include "models/model_registry.h"

namespace hiss {

class FilesPage;

// Joins the files page with the engine. [main-thread]
class FilesBridge : public QObject {
  Q_OBJECT

 public:
  // `page` must outlive this.
  FilesBridge(FilesPage& page, const ModelRegistry& registry);

 private:
  FilesPage& page_;
  ModelRegistry registry_;
};

}  // namespace hiss
