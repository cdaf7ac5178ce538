// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPalette>
#include <QString>
#include <optional>

namespace hiss {

enum class Theme { kSystem, kLight, kDark };

// "system", "light", "dark": names in settings and on the command line.
[[nodiscard]] QString themeName(Theme theme);
[[nodiscard]] std::optional<Theme> themeOf(const QString& name);

// Colours of the style Fusion: text has a contrast of at least 4.5:1 to what it stands on, unless
// it is disabled.
[[nodiscard]] QPalette themePalette(bool is_dark);

}  // namespace hiss
