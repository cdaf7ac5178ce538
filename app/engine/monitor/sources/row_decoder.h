// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/observation.h"

namespace hiss {

enum class RowFormat : std::uint8_t { kAuto, kJson, kInflux, kCsv, kValue };

// How the messages of a source are to be read.
struct DecodeSettings {
  RowFormat format = RowFormat::kAuto;
  std::vector<std::string> json_paths;  // JSON pointers of the values; empty: all numbers there are
  std::string time;    // pointer, tag, column or key of the time; empty: the usual names
  std::string stream;  // the same of the stream's name; empty: none, or tags
  // Messages are lines of one sender: a line of names is the header of those that follow. Else each
  // message is on its own, and a header holds for the lines of its message.
  bool lines = false;
};

// Takes the options format, json, time and stream. Throws Failure(kUsage).
DecodeSettings decodeSettings(OptionReader& options);

// Turns messages (one line each, or one datagram or MQTT payload) into rows. What it is sent is not
// trusted: nesting, fields, names and lengths are bounded. Not thread-safe.
class RowDecoder {
 public:
  static constexpr std::size_t kMostMessageBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMostFields = 1024;
  static constexpr std::size_t kMostNameBytes = 512;
  static constexpr std::size_t kMostRows = 65536;  // of a message

  explicit RowDecoder(DecodeSettings settings);
  ~RowDecoder();
  RowDecoder(const RowDecoder&) = delete;
  RowDecoder& operator=(const RowDecoder&) = delete;

  // Appends the rows of `message` to `rows`; those without a stream of their own are of
  // `stream`. Sets stream, stamp_ns and fields only. An empty message, a comment, a header or JSON
  // without any number holds no row. False, with one sentence in `why`, if it is malformed; of
  // several lines the good ones are appended all the same.
  bool decode(std::string_view message, std::string_view stream, std::vector<Observation>& rows,
              std::string& why);
  // Forgets the header: the lines that follow are of another sender.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Cuts a stream of bytes into lines (LF or CRLF). A line of more than kMostMessageBytes is passed
// over up to its end and counted; memory stays bounded. Not thread-safe.
class LineSplitter {
 public:
  void feed(std::string_view bytes);
  // False: no whole line is left. `line` is valid until the next call of feed or next.
  bool next(std::string_view& line);
  // What came after the last line end, at the end of the stream.
  bool last(std::string_view& line);
  [[nodiscard]] std::uint64_t tooLong() const { return too_long_; }
  void reset();
  // Bytes that were fed and do not belong to a line that next() has given.
  [[nodiscard]] std::size_t waiting() const { return buffer_.size() - at_; }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t scanned_ = 0;
  bool skipping_ = false;
  std::uint64_t too_long_ = 0;
};

}  // namespace hiss
