// SPDX-License-Identifier: Apache-2.0
#include "ui/files/files_page.h"

namespace hiss {

FilesPage::FilesPage(QWidget* parent) : Page(parent) {}

QString FilesPage::title() const { return tr("Files"); }

}  // namespace hiss
