// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/files_bridge.h"

#include "ui/files/files_page.h"

namespace hiss {

FilesBridge::FilesBridge(FilesPage& page, const ModelRegistry& registry)
    : page_(page), registry_(registry) {
  page_.setObjectName("files");
}

}  // namespace hiss
