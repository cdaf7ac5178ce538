// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/engine/sensors/band_levels.h"
#include "app/engine/sensors/row_source.h"
#include "app/engine/sound_file_io.h"

namespace hiss {

// The sound of a machine as a sensor stream: the BandLevels of a recording. The time of a row is
// that of the end of its window, in seconds; what follows the last whole sixteenth of a second is
// left out. Not thread-safe.
class BandRows final : public RowSource {
 public:
  static constexpr int kBands = BandLevels::kBands;
  static constexpr int kRowsPerSecond = BandLevels::kRowsPerSecond;
  static constexpr double kSilenceDb = BandLevels::kSilenceDb;

  // A sound file, or standard input ("-"). Throws Failure(kInput).
  BandRows(const std::filesystem::path& path, bool allow_truncated);

  [[nodiscard]] const std::vector<std::string>& channels() const override {
    return levels_.names();
  }
  [[nodiscard]] bool hasSeconds() const override { return true; }
  [[nodiscard]] const std::vector<std::string>& columns() const override { return levels_.names(); }
  bool next(SensorRow& row) override;
  [[nodiscard]] const SourceEvents& events() const override { return events_; }

  // Samples read so far, and of the whole file; -1: not known.
  [[nodiscard]] std::int64_t samplesRead() const { return reader_.position(); }
  [[nodiscard]] std::int64_t samplesInAll() const { return reader_.spec().samples; }

 private:
  bool readSixteenth();

  SoundFileReader reader_;
  BandLevels levels_;
  std::vector<std::vector<float>> block_;  // [channels][1/16 s and one]
  SourceEvents events_;
};

}  // namespace hiss
