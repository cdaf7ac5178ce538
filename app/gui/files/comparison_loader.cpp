// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/comparison_loader.h"

#include <memory>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "app/engine/sound_file_io.h"
#include "app/engine/spectrogram_track.h"
#include "app/gui/files/file_notice.h"

namespace hiss {
namespace {

constexpr int kHalf = 50;  // per cent

}  // namespace

void ComparisonLoader::want(quint64 id, const QString& before, const QString& after) {
  wanted_ = id;
  {
    const std::lock_guard lock(mutex_);
    come_.reset();
    for (const Comparison& kept : kept_) {
      if (kept.id == id) come_ = kept;
    }
    if (come_) return;
  }
  progress_ = 0;
  queue_.post([this, id, before, after] {
    if (wanted_ != id) return;
    Comparison comparison = load(id, before, after);
    if (wanted_ != id) return;
    progress_ = -1;
    deliver(std::move(comparison));
  });
}

ComparisonLoader::Comparison ComparisonLoader::load(quint64 id, const QString& before,
                                                    const QString& after) {
  Comparison comparison;
  comparison.id = id;
  try {
    const auto first = read(id, before, 0);
    const auto second = first ? read(id, after, kHalf) : std::nullopt;
    if (second) {
      comparison.before = *first;
      comparison.after = *second;
    }
  } catch (const std::exception&) {
    comparison.trouble = fileNotice(currentFailure(toPath(after).string())).text;
  }
  return comparison;
}

// Empty if it is not wanted any more.
std::optional<SpectrogramData> ComparisonLoader::read(quint64 id, const QString& path,
                                                      int first_percent) {
  SoundFileReader reader(toPath(path), true);
  const SoundSpec& spec = reader.spec();
  const auto track = std::make_shared<SpectrogramTrack>(spec.sample_rate_hz, spec.channels);
  PlanarBlock block(spec.channels);
  while (const int n = reader.read(block.planar(), kFileBlockSamples)) {
    if (wanted_ != id) return std::nullopt;
    track->add(block.planar(), n);
    if (spec.samples > 0) {
      progress_ = first_percent + static_cast<int>(kHalf * reader.position() / spec.samples);
    }
  }
  track->finish();
  return SpectrogramData{std::shared_ptr<const SpectrogramPicture>(track, &track->picture()),
                         track->seconds(), track->firstColumnSeconds(), track->cellSeconds(),
                         0.5 * track->sampleRateHz()};
}

void ComparisonLoader::deliver(Comparison comparison) {
  const std::lock_guard lock(mutex_);
  if (comparison.trouble.isEmpty()) {
    kept_.push_front(comparison);
    if (kept_.size() > kKept) kept_.pop_back();
  }
  come_ = std::move(comparison);
}

void ComparisonLoader::forget(quint64 id) {
  const std::lock_guard lock(mutex_);
  kept_.remove_if([id](const Comparison& kept) { return kept.id == id; });
}

std::optional<ComparisonLoader::Comparison> ComparisonLoader::take() {
  const std::lock_guard lock(mutex_);
  auto comparison = std::exchange(come_, std::nullopt);
  if (comparison && comparison->id != wanted_) comparison.reset();
  return comparison;
}

}  // namespace hiss
