// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/saved_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"
#include "app/engine/sensors/watch_state_json.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "hiss-monitor-state ";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 36;
constexpr std::size_t kMostPart = std::size_t{1} << 30;
constexpr std::size_t kMostHeader = 256;

template <class Value>
json optionalJson(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}

template <class Value>
std::optional<Value> optionalOf(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<Value>(value.get<Value>());
}

// Names may hold any bytes, JSON only UTF-8: other bytes stand as numbers.
json nameJson(const std::string& name) {
  try {
    static_cast<void>(json(name).dump());
    return name;
  } catch (const json::exception&) {
    return std::vector<unsigned char>(name.begin(), name.end());
  }
}

std::string nameOf(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto bytes = value.get<std::vector<unsigned char>>();
  return {bytes.begin(), bytes.end()};
}

json alertJson(const OpenAlert& alert) {
  const AlertEvent& event = alert.event;
  // Missing values are no numbers in JSON.
  json values = json::array();
  for (const auto& [channel, value] : event.values) values.push_back({channel, value});
  return {{"id", event.id},
          {"kind", static_cast<int>(event.kind)},
          {"begin_row", event.begin_row},
          {"end_row", event.end_row},
          {"begin_stamp_ns", optionalJson(event.begin_stamp_ns)},
          {"end_stamp_ns", optionalJson(event.end_stamp_ns)},
          {"peak_score", event.peak_score},
          {"peak_p", event.peak_p},
          {"top_channel", event.top_channel},
          {"shares", event.shares},
          {"values", std::move(values)},
          {"text", event.text},
          {"label", event.label},
          {"note", event.note},
          {"told", alert.told},
          {"on", alert.on},
          {"number", alert.number},
          {"limit", alert.limit},
          {"inside_rows", alert.inside_rows}};
}

OpenAlert alertOf(const json& object, const std::string& stream) {
  OpenAlert alert;
  AlertEvent& event = alert.event;
  event.stream = stream;
  object.at("id").get_to(event.id);
  const int kind = object.at("kind").get<int>();
  if (kind < 0 || kind > static_cast<int>(MonitorAlertKind::kLimit)) {
    throw std::runtime_error("kind out of range");
  }
  event.kind = static_cast<MonitorAlertKind>(kind);
  object.at("begin_row").get_to(event.begin_row);
  object.at("end_row").get_to(event.end_row);
  event.begin_stamp_ns = optionalOf<std::int64_t>(object.at("begin_stamp_ns"));
  event.end_stamp_ns = optionalOf<std::int64_t>(object.at("end_stamp_ns"));
  object.at("peak_score").get_to(event.peak_score);
  object.at("peak_p").get_to(event.peak_p);
  object.at("top_channel").get_to(event.top_channel);
  object.at("shares").get_to(event.shares);
  for (const json& pair : object.at("values")) {
    const json& value = pair.at(1);
    event.values.emplace_back(
        pair.at(0).get<std::string>(),
        value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  object.at("text").get_to(event.text);
  object.at("label").get_to(event.label);
  object.at("note").get_to(event.note);
  object.at("told").get_to(alert.told);
  object.at("on").get_to(alert.on);
  object.at("number").get_to(alert.number);
  object.at("limit").get_to(alert.limit);
  object.at("inside_rows").get_to(alert.inside_rows);
  return alert;
}

json streamJson(const SavedStream& stream) {
  json object = watchStateJson(stream.memory.watch);
  object["name"] = nameJson(stream.name);
  for (const std::string& channel : stream.channels) {
    object["channels"].push_back(nameJson(channel));
  }
  object["has_seconds"] = stream.has_seconds;
  object["source"] = nameJson(stream.source);
  object["replay_ns"] = optionalJson(stream.replay_ns);
  object["last_stamp_ns"] = optionalJson(stream.memory.last_stamp_ns);
  object["alerts_begun"] = stream.memory.alerts;
  if (stream.memory.row_alert) object["row_alert"] = alertJson(*stream.memory.row_alert);
  if (stream.memory.silence) object["silence"] = alertJson(*stream.memory.silence);
  for (const OpenAlert& alert : stream.memory.limits) object["limits"].push_back(alertJson(alert));
  return object;
}

SavedStream streamOf(const json& object) {
  SavedStream stream;
  stream.name = nameOf(object.at("name"));
  for (const json& channel : object.at("channels")) stream.channels.push_back(nameOf(channel));
  if (stream.channels.empty()) throw std::runtime_error("a stream without channels");
  object.at("has_seconds").get_to(stream.has_seconds);
  stream.source = nameOf(object.at("source"));
  stream.replay_ns = optionalOf<std::int64_t>(object.at("replay_ns"));
  StreamMemory& memory = stream.memory;
  memory.watch = watchStateOf(object, stream.channels.size());
  memory.last_stamp_ns = optionalOf<std::int64_t>(object.at("last_stamp_ns"));
  object.at("alerts_begun").get_to(memory.alerts);
  if (object.contains("row_alert")) {
    memory.row_alert = alertOf(object.at("row_alert"), stream.name);
  }
  if (object.contains("silence")) memory.silence = alertOf(object.at("silence"), stream.name);
  if (object.contains("limits")) {
    for (const json& limit : object.at("limits")) {
      memory.limits.push_back(alertOf(limit, stream.name));
    }
  }
  return stream;
}

json shardJson(const SavedShard& shard) {
  json object = {{"detector", shard.detector},
                 {"tokens", json::array()},
                 {"places", json::array()},
                 {"mutes", json::array()}};
  for (const auto& [sink, token] : shard.tokens) {
    object["tokens"].push_back({{"sink", nameJson(sink)}, {"token", nameJson(token)}});
  }
  for (const auto& [source, place] : shard.places) {
    object["places"].push_back({{"source", nameJson(source)},
                                {"position", place.position},
                                {"replay_ns", place.replay_ns}});
  }
  for (const SavedMute& mute : shard.mutes) {
    object["mutes"].push_back(
        {{"glob", nameJson(mute.glob)}, {"until_wall_ns", mute.until_wall_ns}});
  }
  return object;
}

SavedShard shardOf(const json& object) {
  SavedShard shard;
  object.at("detector").get_to(shard.detector);
  for (const json& token : object.at("tokens")) {
    shard.tokens[nameOf(token.at("sink"))] = nameOf(token.at("token"));
  }
  for (const json& place : object.at("places")) {
    SavedPlace& saved = shard.places[nameOf(place.at("source"))];
    place.at("position").get_to(saved.position);
    place.at("replay_ns").get_to(saved.replay_ns);
  }
  for (const json& mute : object.at("mutes")) {
    shard.mutes.push_back({nameOf(mute.at("glob")), mute.at("until_wall_ns").get<std::int64_t>()});
  }
  return shard;
}

class Writer {
 public:
  explicit Writer(AtomicOutput& output) : output_(output) { block_ = kMagic; }

  void begin() { block_ += fmt::format("{}\n", kVersion); }
  void part(const json& document, std::span<const std::byte> bytes) {
    std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
    const std::size_t json_bytes = text.size();
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string header =
        fmt::format("part {} {} {}\n", json_bytes, bytes.size(), fingerprintOfText(text));
    headers_ += header;
    ++parts_;
    block_ += header;
    block_ += text;
    if (block_.size() >= kBlockBytes) flush();
  }
  std::uint64_t end() {
    block_ += fmt::format("end {} {}\n", parts_, fingerprintOfText(headers_));
    flush();
    return written_;
  }

 private:
  void flush() {
    if (output_.file().write(std::as_bytes(std::span(block_))) != block_.size()) {
      throw Failure(FailureKind::kOutput, output_.name(), "a file that can be written",
                    errnoText(output_.file().lastError()));
    }
    written_ += block_.size();
    block_.clear();
  }

  AtomicOutput& output_;
  std::string block_;
  std::string headers_;
  std::size_t parts_ = 0;
  std::uint64_t written_ = 0;
};

// Reads a file piece by piece. Throws std::runtime_error.
class Reader {
 public:
  explicit Reader(ByteFile& file) : file_(file) {}

  std::string line() {
    for (;;) {
      const std::size_t end = block_.find('\n', at_);
      if (end != std::string::npos) return take(end + 1 - at_);
      if (block_.size() - at_ > kMostHeader || !fill(1)) throw std::runtime_error("it ends early");
    }
  }
  std::string bytes(std::size_t count) {
    while (block_.size() - at_ < count) {
      if (!fill(count)) throw std::runtime_error("it ends early");
    }
    return take(count);
  }
  bool atEnd() { return at_ == block_.size() && !fill(1); }

 private:
  std::string take(std::size_t count) {
    std::string taken = block_.substr(at_, count);
    at_ += count;
    return taken;
  }
  bool fill(std::size_t wanted) {
    block_.erase(0, at_);
    at_ = 0;
    const std::size_t before = block_.size();
    const std::size_t more = std::max(kBlockBytes, std::min(wanted, kMostPart));
    block_.resize(before + more);
    const std::size_t got = file_.read(std::as_writable_bytes(std::span(block_).subspan(before)));
    block_.resize(before + got);
    if (got == 0 && file_.lastError() != 0) throw std::runtime_error(errnoText(file_.lastError()));
    return got > 0;
  }

  ByteFile& file_;
  std::string block_;
  std::size_t at_ = 0;
};

// "WORD N ... FINGERPRINT\n": the numbers and the fingerprint.
bool parseHeader(std::string_view line, std::string_view word, std::span<std::size_t> numbers,
                 std::string& fingerprint) {
  if (!line.starts_with(word) || !line.ends_with('\n')) return false;
  line.remove_prefix(word.size());
  line.remove_suffix(1);
  for (std::size_t& number : numbers) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    const auto used = static_cast<std::size_t>(end - line.data());
    if (error != std::errc() || used >= line.size() || line[used] != ' ') return false;
    line.remove_prefix(used + 1);
  }
  fingerprint = line;
  return true;
}

SavedShard readParts(Reader& reader) {
  std::optional<SavedShard> shard;
  std::string headers;
  std::size_t parts = 0;
  for (;;) {
    const std::string line = reader.line();
    std::string fingerprint;
    std::array<std::size_t, 1> count{};
    if (parseHeader(line, "end ", count, fingerprint)) {
      if (count[0] != parts || fingerprint != fingerprintOfText(headers) || !shard ||
          !reader.atEnd()) {
        throw std::runtime_error("parts are missing");
      }
      return std::move(*shard);
    }
    std::array<std::size_t, 2> sizes{};
    if (!parseHeader(line, "part ", sizes, fingerprint) || sizes[0] > kMostPart ||
        sizes[1] > kMostPart) {
      throw std::runtime_error("no part where one should be");
    }
    const std::string text = reader.bytes(sizes[0] + sizes[1]);
    if (fingerprint != fingerprintOfText(text)) {
      throw std::runtime_error(fmt::format("part {} has changed", parts + 1));
    }
    const json document = json::parse(std::string_view(text).substr(0, sizes[0]));
    if (!shard) {
      shard = shardOf(document);
    } else {
      shard->streams.push_back(streamOf(document));
      const auto bytes = std::as_bytes(std::span(text).subspan(sizes[0]));
      shard->streams.back().detector_bytes.assign(bytes.begin(), bytes.end());
    }
    headers += line;
    ++parts;
  }
}

}  // namespace

std::uint64_t writeSavedShard(const SavedShard& shard, const std::filesystem::path& path) {
  AtomicOutput output(path, AtomicOutput::Existing::kReplace);
  Writer writer(output);
  writer.begin();
  writer.part(shardJson(shard), {});
  for (const SavedStream& stream : shard.streams) {
    writer.part(streamJson(stream), stream.detector_bytes);
  }
  const std::uint64_t bytes = writer.end();
  output.commit();
  return bytes;
}

std::optional<SavedShard> readSavedShard(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  ByteFile file = ByteFile::openForReading(path);
  const auto refuse = [&](const std::string& found) {
    return Failure(FailureKind::kInput, path.string(), "a state of hiss monitor", found);
  };
  if (file.size() > kMostBytes) throw refuse("a file that is too large");
  Reader reader(file);
  try {
    const std::string first = reader.line();
    if (!first.starts_with(kMagic)) throw refuse("something else");
    if (first != fmt::format("{}{}\n", kMagic, kVersion)) {
      throw refuse("one of another version of hiss: " + first.substr(0, first.size() - 1));
    }
    return readParts(reader);
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {  // of nlohmann::json, or a field out of range
    throw refuse(std::string("a damaged one: ") + error.what());
  }
}

}  // namespace hiss
