// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// Ends the event loop at SIGINT, SIGTERM or SIGHUP, so that a killed program leaves no temporary
// file. A signal that the parent asked to be ignored stays ignored. Call once, after the
// QCoreApplication was made. [main-thread]
void quitOnSignal();

}  // namespace hiss
