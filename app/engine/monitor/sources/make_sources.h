// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// One for each kind of source, as makeSource calls them. Each throws Failure(kUsage) for an unknown
// or bad option.
std::unique_ptr<Source> makeCsvSource(const Endpoint& endpoint, MonitorLog& log);
std::unique_ptr<Source> makeMicSource(const Endpoint& endpoint, MonitorLog& log);
std::unique_ptr<Source> makeStdinSource(const Endpoint& endpoint, MonitorLog& log);
std::unique_ptr<Source> makeTcpSource(const Endpoint& endpoint, MonitorLog& log);
std::unique_ptr<Source> makeUdpSource(const Endpoint& endpoint, MonitorLog& log);
std::unique_ptr<Source> makeWavSource(const Endpoint& endpoint, MonitorLog& log);

}  // namespace hiss
