// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <QDir>
#include <QFileInfo>
#include <QImage>
#include <QString>
#include <QtGlobal>
#include <algorithm>
#include <cstdlib>

namespace hiss {

// Whether `image` is the stored picture `path` (PNG) but for 2 of 255 in any channel. With
// HISS_UPDATE_IMAGES=1 in the environment the picture is stored anew instead. A picture that
// differs is left in the temporary directory to be looked at.
inline ::testing::AssertionResult equalsStoredImage(const QImage& image, const QString& path) {
  constexpr int kTolerance = 2;
  const QImage drawn = image.convertToFormat(QImage::Format_ARGB32);
  if (qEnvironmentVariableIntValue("HISS_UPDATE_IMAGES") == 1) {
    QDir().mkpath(QFileInfo(path).path());
    if (drawn.save(path)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << qPrintable(path) << " cannot be written";
  }
  const QImage stored = QImage(path).convertToFormat(QImage::Format_ARGB32);
  const QString left = QDir::temp().filePath(QFileInfo(path).fileName());
  const auto failure = [&] {
    drawn.save(left);
    return ::testing::AssertionFailure() << qPrintable(path) << ", drawn: " << qPrintable(left);
  };
  if (stored.size() != drawn.size()) {
    return failure() << ": expected " << stored.width() << " x " << stored.height() << ", found "
                     << drawn.width() << " x " << drawn.height();
  }
  for (int y = 0; y < drawn.height(); ++y) {
    for (int x = 0; x < drawn.width(); ++x) {
      const QRgb a = stored.pixel(x, y);
      const QRgb b = drawn.pixel(x, y);
      const int difference =
          std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)),
                    std::abs(qBlue(a) - qBlue(b)), std::abs(qAlpha(a) - qAlpha(b))});
      if (difference > kTolerance) {
        return failure() << ": pixel " << x << ", " << y << " differs by " << difference;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace hiss
