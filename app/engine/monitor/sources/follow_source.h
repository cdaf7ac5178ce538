// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/source.h"

namespace hiss {

// csv:FILE?follow=yes: the lines of a file (CSV, JSON or Influx line protocol) as it grows. A file
// that is renamed or begun anew under its name is read to its end, then the new one from its begin;
// one that is not there is waited for. The position holds which file it is and the bytes that are
// done, so that a restarted monitor goes on in it, also if it is called FILE.1 now, and from the
// begin in another. Takes the options of decodeSettings(), throws Failure(kUsage) for others that
// were not taken before.
std::unique_ptr<Source> makeFollowSource(const Endpoint& endpoint, OptionReader& options,
                                         const std::string& file, const std::string& stream,
                                         MonitorLog& log);

}  // namespace hiss
