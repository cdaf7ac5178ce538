// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/stream_table.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>
#include <utility>

namespace hiss {
namespace {

constexpr std::size_t kMostRefusedKept = 100'000;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void StreamTable::take(const Observation& row, std::vector<Stream*>& found) {
  Stream* const stream = findOrMake(row.stream, row, kAllFields);
  if (stream == nullptr) {
    ++counts_.dropped;
    return;
  }
  if (stream->ignored) return;
  // Nearly always the same fields in the same order.
  const std::size_t fields = row.fields.size();
  if (fields == stream->channels.size()) {
    std::size_t at = 0;
    while (at < fields && row.fields[at].name == stream->channels[at]) {
      stream->values[at] = row.fields[at].value;
      ++at;
    }
    if (at == fields) {
      found.push_back(stream);
      return;
    }
  }
  takeByName(row, *stream, found);
}

void StreamTable::takeByName(const Observation& row, Stream& stream, std::vector<Stream*>& found) {
  if (stream.numbers.empty()) {
    for (std::size_t c = 0; c < stream.channels.size(); ++c) {
      stream.numbers.emplace(stream.channels[c], static_cast<int>(c));
    }
  }
  std::fill(stream.values.begin(), stream.values.end(), kMissing);
  const std::size_t first = found.size();
  const bool is_full = stream.channels.size() >= static_cast<std::size_t>(limits_.most_channels);
  bool any = false;
  for (std::size_t f = 0; f < row.fields.size(); ++f) {
    const Field& field = row.fields[f];
    if (const auto number = stream.numbers.find(field.name); number != stream.numbers.end()) {
      stream.values[static_cast<std::size_t>(number->second)] = field.value;
      any = true;
      continue;
    }
    // What the first row had too much of does not come back as streams.
    if (is_full) continue;
    Stream* extra = nullptr;
    if (const auto known = stream.extra.find(field.name); known != stream.extra.end()) {
      extra = known->second;
    } else {
      extra = findOrMake(fmt::format("{}#{}", stream.name, field.name), row, f);
      if (extra != nullptr) stream.extra.emplace(field.name, extra);
    }
    if (extra == nullptr) {
      ++counts_.dropped;
    } else if (!extra->ignored && extra->values.size() == 1) {
      extra->values[0] = field.value;
      found.push_back(extra);
    }
  }
  if (any) found.insert(found.begin() + static_cast<std::ptrdiff_t>(first), &stream);
}

Stream* StreamTable::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

Stream* StreamTable::findOrMake(const std::string& name, const Observation& row,
                                std::size_t only_field) {
  if (Stream* const known = find(name); known != nullptr) return known;
  if (row.fields.empty() || name.empty()) return nullptr;
  if (name.size() > StreamLimits::kMostNameBytes || counts_.streams >= limits_.most_streams) {
    refuse(name);
    return nullptr;
  }
  std::vector<std::string> channels;
  if (only_field != kAllFields) {
    channels.push_back(row.fields[only_field].name);
  } else {
    const auto most = static_cast<std::size_t>(limits_.most_channels);
    for (const Field& field : row.fields) {
      if (channels.size() == most) break;
      channels.push_back(field.name);
    }
    if (row.fields.size() > most) {
      log_.sample(LogLevel::kWarning, "too many channels",
                  fmt::format("{}: expected at most {} channels, found {}: the first are watched",
                              name, most, row.fields.size()));
    }
  }
  try {
    std::unique_ptr<StreamWatch> watch = make_watch_(name, channels, row.stamp_ns.has_value());
    return &restore(name, std::move(channels), row.stamp_ns.has_value(), std::move(watch));
  } catch (const std::invalid_argument& error) {  // of AnomalyDetector::prepare
    log_.sample(LogLevel::kError, "stream refused", fmt::format("{}: {}", name, error.what()));
    return nullptr;
  }
}

void StreamTable::refuse(const std::string& name) {
  if (refused_.size() < kMostRefusedKept &&
      refused_.insert(std::hash<std::string>()(name)).second) {
    ++counts_.refused;
  }
  const bool too_long = name.size() > StreamLimits::kMostNameBytes;
  const std::string expected =
      too_long ? fmt::format("a name of at most {} bytes", StreamLimits::kMostNameBytes)
               : fmt::format("at most {} streams (max_streams)", limits_.most_streams);
  log_.sample(LogLevel::kWarning, "stream refused",
              fmt::format("stream {}: expected {}, found {}: its rows are dropped",
                          name.substr(0, StreamLimits::kMostNameBytes / 8), expected,
                          too_long ? fmt::format("{}", name.size()) : "another"));
}

Stream& StreamTable::restore(std::string name, std::vector<std::string> channels, bool has_seconds,
                             std::unique_ptr<StreamWatch> watch) {
  auto stream = std::make_unique<Stream>();
  stream->name = std::move(name);
  stream->channels = std::move(channels);
  stream->values.assign(stream->channels.size(), kMissing);
  stream->has_seconds = has_seconds;
  stream->watch = std::move(watch);
  stream->ignored = stream->watch == nullptr || stream->watch->rules().ignore;
  streams_.push_back(std::move(stream));
  Stream& added = *streams_.back();
  by_name_.emplace(added.name, &added);
  ++counts_.streams;
  return added;
}

}  // namespace hiss
