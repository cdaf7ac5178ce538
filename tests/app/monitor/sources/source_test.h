// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/engine/monitor/source.h"
#include "tests/app/monitor/collecting_host.h"
#include "tests/app/temporary_folder.h"

namespace hiss {

// A test with a source that delivers to a CollectingHost.
class SourceTest : public TemporaryFolderTest {
 protected:
  ~SourceTest() override { stop(); }

  Source& make(const std::string& uri) {
    stop();
    source_ = makeSource(makeEndpoint(uri, "test"), *log_);
    return *source_;
  }
  Source& start(const std::string& uri, std::uint64_t position = 0) {
    make(uri).start(host_, position);
    return *source_;
  }
  void stop() {
    host_.stop();
    if (source_) source_->stop();
    source_.reset();
    host_.resume();
  }
  // For conditions that no host tells of; whether it came to be.
  static bool waitUntil(const std::function<bool()>& condition, double seconds = 10.0) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  CollectingHost host_;
  std::unique_ptr<Source> source_;
};

}  // namespace hiss
