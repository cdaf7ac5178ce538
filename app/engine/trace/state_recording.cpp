// SPDX-License-Identifier: Apache-2.0
#include "app/engine/trace/state_recording.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/trace/npz_writer.h"

namespace hiss {
namespace {

using Existing = AtomicOutput::Existing;

constexpr std::size_t kChunkSteps = 256;
constexpr std::size_t kMostWaiting = 16;  // chunks; some 20 MB of a large block
constexpr std::size_t kCopyBytes = std::size_t{1} << 18;

template <class T>
std::span<const std::byte> bytesOf(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

// Where steps wait until their number is known: a file that never gets a name.
class Spool {
 public:
  explicit Spool(const std::filesystem::path& beside) : output_(beside, Existing::kReplace) {}

  void write(std::span<const std::byte> bytes) {
    if (output_.file().write(bytes) < bytes.size()) fail("room for the steps");
  }
  void copy(std::uint64_t offset, std::uint64_t size, NpzWriter& to) {
    std::vector<std::byte> buffer(kCopyBytes);
    output_.file().seek(static_cast<std::int64_t>(offset), SEEK_SET);
    while (size > 0) {
      const auto piece = std::span(buffer).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(size, kCopyBytes)));
      if (output_.file().read(piece) < piece.size()) fail("the steps that were kept");
      to.write(piece);
      size -= piece.size();
    }
  }

 private:
  [[noreturn]] void fail(const char* expected) {
    throw Failure(FailureKind::kOutput, output_.name(), expected,
                  errnoText(output_.file().lastError()));
  }
  AtomicOutput output_;
};

void writeArray(NpzWriter& npz, std::string_view name, std::string_view type,
                std::span<const std::uint64_t> shape, std::span<const std::byte> bytes) {
  npz.begin(name, type, shape);
  npz.write(bytes);
  npz.end();
}

}  // namespace

std::vector<StateRecording::Column> StateRecording::columnsOf(const StateTraceSpec& spec) {
  const auto d_inner = static_cast<std::uint64_t>(spec.layer.d_inner);
  const auto d_state = static_cast<std::uint64_t>(spec.layer.d_state);
  std::vector<Column> columns = {{"step", "u8", {}, 8},
                                 {"time_s", "f8", {}, 8},
                                 {"h", "f4", {d_inner, d_state}, 0},
                                 {"x", "f4", {d_inner}, 0},
                                 {"dt", "f4", {d_inner}, 0},
                                 {"gate", "f4", {d_inner}, 0},
                                 {"B", "f4", {d_state}, 0},
                                 {"C", "f4", {d_state}, 0},
                                 {"ssm_state_rms", "f4", {spec.layer_names.size()}, 0}};
  for (Column& column : columns) {
    if (column.bytes > 0) continue;
    column.bytes = sizeof(float);
    for (const std::uint64_t size : column.shape) column.bytes *= size;
  }
  return columns;
}

StateRecording::StateRecording(StateTraceSpec spec)
    : spec_(std::move(spec)), columns_(columnsOf(spec_)), thread_([this] { run(); }) {}

StateRecording::~StateRecording() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = !finishing_;
  }
  wake_.notify_one();
  thread_.join();
}

bool StateRecording::belongs(const StateSnapshot& snapshot) const {
  return snapshot.focus == spec_.focus && snapshot.d_inner == spec_.layer.d_inner &&
         snapshot.d_state == spec_.layer.d_state &&
         snapshot.ssm_state_rms.size() == spec_.layer_names.size();
}

void StateRecording::take(const StateSnapshot& snapshot) {
  if (!belongs(snapshot)) return;
  {
    const std::lock_guard lock(mutex_);
    if (finishing_ || status_.ended) return;
    ++status_.steps;
  }
  const double time_s = spec_.step_seconds > 0.0
                            ? static_cast<double>(snapshot.step) * spec_.step_seconds
                            : std::numeric_limits<double>::quiet_NaN();
  const std::span<const std::byte> values[] = {std::as_bytes(std::span(&snapshot.step, 1)),
                                               std::as_bytes(std::span(&time_s, 1)),
                                               bytesOf(snapshot.h),
                                               bytesOf(snapshot.x),
                                               bytesOf(snapshot.dt),
                                               bytesOf(snapshot.gate),
                                               bytesOf(snapshot.B),
                                               bytesOf(snapshot.C),
                                               bytesOf(snapshot.ssm_state_rms)};
  gathered_.columns.resize(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::vector<std::byte>& column = gathered_.columns[i];
    column.insert(column.end(), values[i].begin(), values[i].end());
  }
  if (++gathered_.steps == kChunkSteps) handOver();
}

void StateRecording::handOver() {
  Chunk chunk = std::exchange(gathered_, {});
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kMostWaiting) {
      waiting_.push_back(std::move(chunk));
    } else {
      status_.lost += chunk.steps;
    }
  }
  wake_.notify_one();
}

void StateRecording::finish() {
  handOver();
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_one();
}

StateTraceStatus StateRecording::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::string StateRecording::meta() const {
  const nlohmann::json json = {{"model", spec_.model},
                               {"layer", spec_.layer.name},
                               {"layer_index", spec_.focus.layer},
                               {"row", spec_.focus.row},
                               {"layers", spec_.layer_names},
                               {"step_seconds", spec_.step_seconds}};
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void StateRecording::run() {
  std::string error;
  try {
    writeFile();
  } catch (...) {
    error = currentFailure(spec_.path.string()).what();
  }
  const std::lock_guard lock(mutex_);
  status_.error = error;
  status_.ended = true;
  waiting_.clear();
}

void StateRecording::writeFile() {
  AtomicOutput output(spec_.path, Existing::kReplace);
  Spool spool(spec_.path);
  std::vector<std::uint64_t> steps_of;  // [chunks]
  for (;;) {
    Chunk chunk;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty() || finishing_ || abandoned_; });
      if (abandoned_) return;
      if (waiting_.empty()) break;
      chunk = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (chunk.steps == 0) continue;
    std::uint64_t bytes = 0;
    for (const std::vector<std::byte>& column : chunk.columns) {
      spool.write(column);
      bytes += column.size();
    }
    steps_of.push_back(chunk.steps);
    const std::lock_guard lock(mutex_);
    status_.bytes += bytes;
  }

  std::uint64_t steps = 0;
  for (const std::uint64_t count : steps_of) steps += count;
  std::uint64_t step_bytes = 0;
  for (const Column& column : columns_) step_bytes += column.bytes;
  NpzWriter npz(output);
  std::uint64_t before = 0;  // bytes of a step in the columns before this one
  for (const Column& column : columns_) {
    std::vector<std::uint64_t> shape = {steps};
    shape.insert(shape.end(), column.shape.begin(), column.shape.end());
    npz.begin(column.name, column.type, shape);
    std::uint64_t chunk_at = 0;
    for (const std::uint64_t count : steps_of) {
      spool.copy(chunk_at + before * count, column.bytes * count, npz);
      chunk_at += step_bytes * count;
    }
    npz.end();
    before += column.bytes;
  }
  const auto d_state = static_cast<std::uint64_t>(spec_.layer.d_state);
  const std::vector<std::uint64_t> matrix_shape = {spec_.layer.A.size() / d_state, d_state};
  writeArray(npz, "A", "f4", matrix_shape, bytesOf(spec_.layer.A));
  const std::string json = meta();  // ASCII, so that each character is its own code point
  writeArray(npz, "meta", "U" + std::to_string(json.size()), {},
             bytesOf(std::vector<std::uint32_t>(json.begin(), json.end())));
  npz.finish();
  output.commit();
}

}  // namespace hiss
