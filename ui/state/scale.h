// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFontMetrics>
#include <QRect>
#include <QRgb>
#include <QString>
#include <span>

class QPainter;

namespace hiss {

// The scale on the left of a plot: what its ends stand for, and the colours between. All views have
// it equally wide, so that their plots stand under each other.

int scaleWidth(const QFontMetrics& metrics);

// In the painter's pen; `bar` from the lower end, may be empty.
void paintScale(QPainter& painter, const QRect& plot, const QString& upper, const QString& lower,
                std::span<const QRgb> bar);

}  // namespace hiss
