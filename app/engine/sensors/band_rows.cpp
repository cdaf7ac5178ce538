// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/band_rows.h"

#include <fmt/format.h>

#include "app/engine/aligned_stream.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr int kPlacesOfTime = 4;  // a sixteenth is 0.0625

SoundFileReader openSound(const std::filesystem::path& path, bool allow_truncated) {
  if (path == "-") {
    return SoundFileReader(ByteFile::openStandardInput(), "standard input", allow_truncated);
  }
  return SoundFileReader(path, allow_truncated);
}

BandLevels levelsOf(SoundFileReader& reader) {
  requireProcessable(reader);
  return BandLevels(reader.spec().sample_rate_hz, reader.spec().channels);
}

}  // namespace

BandRows::BandRows(const std::filesystem::path& path, bool allow_truncated)
    : reader_(openSound(path, allow_truncated)),
      levels_(levelsOf(reader_)),
      block_(static_cast<std::size_t>(reader_.spec().channels),
             std::vector<float>(static_cast<std::size_t>(levels_.mostSamplesOfARow()))) {}

// Fills the block with the samples of the next row; false at the end.
bool BandRows::readSixteenth() {
  const int wanted = levels_.samplesOfNextRow();
  int have = 0;
  std::vector<float*> places;
  while (have < wanted) {
    places.clear();
    for (auto& channel : block_) places.push_back(channel.data() + have);
    const int n = reader_.read(places.data(), wanted - have);
    if (n == 0) return false;
    have += n;
  }
  return true;
}

bool BandRows::next(SensorRow& row) {
  if (!readSixteenth()) {
    if (levels_.rows() > 0) return false;
    throw Failure(FailureKind::kInput, reader_.name(), "at least 1/16 s of sound", "less");
  }
  row.values.resize(kBands);
  levels_.next(block_, row.values);
  const std::int64_t rows = levels_.rows();
  row.time = fmt::format("{:.{}f}", static_cast<double>(rows) / kRowsPerSecond, kPlacesOfTime);
  row.stamp_ns = rows * kSecondNs / kRowsPerSecond;
  return true;
}

}  // namespace hiss
