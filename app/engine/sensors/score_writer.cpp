// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/score_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <iterator>

#include "app/engine/failure.h"
#include "app/engine/sensors/csv_cells.h"

namespace hiss {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

}  // namespace

ScoreWriter::ScoreWriter(const std::filesystem::path& path, bool replace)
    : name_(path == "-" ? "standard output" : path.string()) {
  if (path == "-") {
    stream_ = ByteFile::adopt(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    return;
  }
  file_.emplace(path, replace ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse);
}

void ScoreWriter::writeHeader(const std::vector<std::string>& channels) {
  appendText(buffer_, "time");
  for (const std::string& channel : channels) {
    const std::string prefix = channels.size() == 1 ? "" : channel + " ";
    for (const std::string& column : {channel, prefix + "low", prefix + "high"}) {
      buffer_.push_back(',');
      appendCell(buffer_, column);
    }
  }
  appendText(buffer_, ",p,score,alert,top\n");
}

void ScoreWriter::write(const SensorRow& row, std::uint64_t number, const WatchedRow& watched,
                        std::span<const ChannelVerdict> verdicts,
                        const std::vector<std::string>& channels) {
  if (row.time.empty()) {
    fmt::format_to(std::back_inserter(buffer_), "{}", number);
  } else {
    appendCell(buffer_, row.time);
  }
  for (std::size_t c = 0; c < verdicts.size(); ++c) {
    buffer_.push_back(',');
    appendNumber(buffer_, row.values[c]);
    buffer_.push_back(',');
    appendNumber(buffer_, verdicts[c].low);
    buffer_.push_back(',');
    appendNumber(buffer_, verdicts[c].high);
  }
  fmt::format_to(std::back_inserter(buffer_), ",{:.9g},{:.9g},", watched.verdict.p,
                 watched.alert.score);
  if (watched.alert.id != 0) fmt::format_to(std::back_inserter(buffer_), "{}", watched.alert.id);
  buffer_.push_back(',');
  if (!watched.verdict.warming_up && !watched.verdict.no_data) {
    appendCell(buffer_, channels[static_cast<std::size_t>(watched.verdict.top_channel)]);
  }
  buffer_.push_back('\n');
  if (buffer_.size() >= kBlockBytes) flush();
}

void ScoreWriter::flush() {
  ByteFile& file = file_ ? file_->file() : stream_;
  const auto bytes = std::as_bytes(std::span(buffer_.data(), buffer_.size()));
  if (!file.isOpen() || file.write(bytes) != bytes.size()) {
    throw Failure(FailureKind::kOutput, name_, "a file that can be written",
                  errnoText(file.isOpen() ? file.lastError() : EBADF));
  }
  buffer_.clear();
}

void ScoreWriter::showAll() {
  if (!file_ && buffer_.size() > 0) flush();
}

void ScoreWriter::commit() {
  flush();
  if (file_) file_->commit();
}

}  // namespace hiss
