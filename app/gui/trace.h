// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

namespace hiss {

class MainWindow;

// What HISS_GUI_TRACE=1 prints for tests/bench/gui: lines of "hiss-gui: NAME VALUE UNIT …".
// [main-thread]

// From the start of the process until now, with the resolution of the kernel's ticks.
[[nodiscard]] double secondsSinceStart();
// Watches for gaps of the sound as long as `window` lives, and prints by kind how many there were,
// with the time of the last one by its device's clock, whenever there is a new one.
void traceGaps(std::ostream& out, MainWindow& window);
// How long frames took, and what share of a core this thread and the whole process used so far.
// `interactive_s`: when the window was first drawn; told here and not then, as the errors of a
// process go nowhere while sound devices are listed.
void traceFrames(std::ostream& out, const MainWindow& window, double interactive_s);

}  // namespace hiss
