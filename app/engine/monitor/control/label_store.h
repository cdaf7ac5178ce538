// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/monitor/sink.h"

namespace hiss {

// What people said of alerts, kept for good as lines of JSON in one file that is only ever added
// to. Not thread-safe.
class LabelStore {
 public:
  struct Label {
    std::int64_t time_ns = 0;  // when it was given, since 1970
    std::string id;            // of the alert
    std::string stream;
    std::string kind;
    std::string label;  // "normal" or "fault"
    std::string note;
    std::uint64_t begin_row = 0;
    std::uint64_t end_row = 0;
    std::optional<std::int64_t> begin_stamp_ns;
    std::optional<std::int64_t> end_stamp_ns;
    double peak_score = 0.0;
    double peak_p = 1.0;
    std::string top_channel;
  };

  // Opens `path` or makes it. A last line that a crash cut off is taken away. Throws
  // Failure(kOutput).
  explicit LabelStore(const std::filesystem::path& path);

  // On the disk when it returns. Throws Failure(kOutput); then the file is as it was.
  void add(const Label& label);

  // The newest `most` ones, oldest first. Lines that are none are passed over and counted. Throws
  // Failure(kInput).
  std::vector<Label> read(std::size_t most, std::size_t* damaged = nullptr) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  ByteFile file_;
};

// One line of the file, without its end. Bytes that are not UTF-8 become U+FFFD. [thread-safe]
std::string labelJson(const LabelStore::Label& label);

// A label that is given to `event` at `time_ns`.
LabelStore::Label labelOf(const AlertEvent& event, const std::string& label,
                          const std::string& note, std::int64_t time_ns);

}  // namespace hiss
