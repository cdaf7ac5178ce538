// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/detect_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string_view>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"
#include "app/engine/sensors/watch_state_json.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "hiss-detect-state 1 ";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;
constexpr std::size_t kMostNamesSaid = 12;

std::string bodyOf(const DetectState& state) {
  json document = watchStateJson(state.watch);
  document.update({{"detector", state.detector},
                   {"channels", state.channels},
                   {"columns", state.columns},
                   {"has_seconds", state.has_seconds}});
  // Names of columns may hold any bytes; what is not UTF-8 is replaced, in the names to compare
  // too.
  std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const std::string_view bytes(reinterpret_cast<const char*>(state.detector_bytes.data()),
                               state.detector_bytes.size());
  return text.append(bytes);
}

DetectState stateOfBody(std::string_view body) {
  const std::size_t end = body.find('\n');
  if (end == std::string_view::npos) throw std::runtime_error("no header");
  const json document = json::parse(body.substr(0, end));
  DetectState state;
  document.at("detector").get_to(state.detector);
  document.at("channels").get_to(state.channels);
  document.at("columns").get_to(state.columns);
  document.at("has_seconds").get_to(state.has_seconds);
  state.watch = watchStateOf(document, state.channels.size());
  const auto bytes = std::as_bytes(std::span(body.substr(end + 1)));
  state.detector_bytes.assign(bytes.begin(), bytes.end());
  return state;
}

std::string said(const std::vector<std::string>& names) {
  const std::span<const std::string> first =
      std::span(names).first(std::min(names.size(), kMostNamesSaid));
  const std::string text = fmt::format("{}", fmt::join(first, ", "));
  return names.size() > kMostNamesSaid ? fmt::format("{}, ... ({} in all)", text, names.size())
                                       : text;
}

// As the state file holds it.
std::vector<std::string> asWritten(const std::vector<std::string>& names) {
  const std::string text = json(names).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(text).get<std::vector<std::string>>();
}

}  // namespace

std::optional<DetectState> readDetectState(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  ByteFile file = ByteFile::openForReading(path);
  const std::int64_t size = file.size();
  const auto refuse = [&](const std::string& found) {
    return Failure(FailureKind::kInput, path.string(), "a state of hiss detect", found);
  };
  if (size < 0 || size > kMostBytes) throw refuse("a file that is too large");
  std::string text(static_cast<std::size_t>(size), '\0');
  if (file.read(std::as_writable_bytes(std::span(text))) != text.size()) {
    throw refuse(file.lastError() != 0 ? errnoText(file.lastError()) : "a file that grew shorter");
  }
  const std::size_t end = text.find('\n');
  const std::string_view first = std::string_view(text).substr(0, end);
  if (!first.starts_with(kMagic.substr(0, kMagic.find(' ') + 1)) || end == std::string::npos) {
    throw refuse("something else");
  }
  if (!first.starts_with(kMagic)) {
    throw refuse("one of another version of hiss: " + std::string(first));
  }
  const std::string body = text.substr(end + 1);
  if (first.substr(kMagic.size()) != fingerprintOfText(body)) throw refuse("a damaged one");
  try {
    return stateOfBody(body);
  } catch (const std::exception& error) {  // of nlohmann::json, or a field out of range
    throw refuse(std::string("a damaged one: ") + error.what());
  }
}

void writeDetectState(const DetectState& state, AtomicOutput& output) {
  const std::string body = bodyOf(state);
  const std::string text = fmt::format("{}{}\n", kMagic, fingerprintOfText(body)) + body;
  if (output.file().write(std::as_bytes(std::span(text))) != text.size()) {
    throw Failure(FailureKind::kOutput, output.name(), "a file that can be written",
                  errnoText(output.file().lastError()));
  }
  output.commit();
}

DetectState stateOf(const SensorWatch& watch, const std::string& detector,
                    const std::vector<std::string>& columns) {
  return {detector,           watch.channels(), columns,
          watch.hasSeconds(), watch.state(),    watch.detectorState()};
}

void restoreWatch(const DetectState& state, const std::string& detector, SensorWatch& watch,
                  const std::string& name) {
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    return Failure(FailureKind::kInput, name, expected, found);
  };
  if (state.detector != detector) {
    throw refuse("a state of the detector " + detector, "one of " + state.detector);
  }
  if (state.channels != asWritten(watch.channels())) {
    throw refuse("a state of the channels " + said(watch.channels()),
                 "one of " + said(state.channels));
  }
  if (state.has_seconds != watch.hasSeconds()) {
    throw refuse(
        watch.hasSeconds() ? "a state of rows with times" : "a state of rows without times",
        "another");
  }
  try {
    watch.restore(state.watch, state.detector_bytes);
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kInput, fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace hiss
