// SPDX-License-Identifier: Apache-2.0
//
// In place of the source of serial ports where Hiss is built without libserialport.
#include "app/engine/failure.h"
#include "app/engine/monitor/sources/serial_source.h"

namespace hiss {

std::unique_ptr<Source> makeSerialSource(const Endpoint& endpoint, MonitorLog& /*log*/) {
  throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                "a build with libserialport", "one without it (HISS_WITH_SERIAL=OFF)");
}

}  // namespace hiss
