// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <filesystem>

#include "app/engine/failure.h"
#include "ui/base/notice.h"

namespace hiss {

// What the user is told of a file that failed: plain words, what to do, and the failure's text as
// the details.
Notice fileNotice(const Failure& failure);

// Names of files between Qt and the engine, byte for byte.
QString toQString(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& name);

}  // namespace hiss
