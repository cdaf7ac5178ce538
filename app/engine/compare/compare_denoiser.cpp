// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_denoiser.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "app/engine/bench_times.h"
#include "app/engine/compare/state_follower.h"
#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "models/denoiser.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

// As StreamGrid has it, in samples of the sound.
int hopOf(const DenoiserConfig& config, const SoundSpec& sound) {
  const double rate = static_cast<double>(sound.sample_rate_hz) / config.sample_rate;
  return std::max(1, static_cast<int>(std::lround(rate * config.hop)));
}

class DenoiserRun {
 public:
  DenoiserRun(const std::shared_ptr<const DenoiserModel>& model, const CompareSound& sound,
              int block)
      : reader_(sound.input),
        denoiser_(model),
        follower_(denoiser_.stateTap(), block, model->path()),
        hop_(hopOf(model->config(), reader_.spec())),
        in_(reader_.spec().channels, hop_),
        out_(reader_.spec().channels, hop_),
        clean_(reader_.spec().channels, hop_) {
    const SoundSpec& spec = reader_.spec();
    try {
      denoiser_.prepare({spec.sample_rate_hz, spec.channels, hop_});
    } catch (const std::invalid_argument& error) {
      throw Failure(FailureKind::kInput, reader_.name(), "a stream that the model takes",
                    error.what());
    }
    to_skip_ = denoiser_.latencySamples();
    if (!sound.reference.empty()) {
      reference_.emplace(sound.reference);
      meter_.emplace(spec.sample_rate_hz, spec.channels);
    }
    result_.step_seconds = static_cast<double>(hop_) / spec.sample_rate_hz;
    result_.macs_per_step =
        spec.channels * model->macsPerSecond() * model->config().hop / model->config().sample_rate;
  }

  CompareModel run(const ProgressFunction& on_progress) {
    for (;;) {
      in_.clear();
      const int n = in_.fill(reader_, hop_);
      if (n == 0) break;
      taken_ += n;
      step();
      if (on_progress && !on_progress(taken_, reader_.spec().samples)) {
        throw Failure(FailureKind::kCancelled, reader_.name(), "to reach the end",
                      "a request to stop");
      }
    }
    in_.clear();
    while (emitted_ < taken_) step();
    finish();
    return std::move(result_);
  }

 private:
  void step() {
    const Clock::time_point start = Clock::now();
    denoiser_.process(in_.planar(), out_.planar(), hop_);
    const Clock::duration time = Clock::now() - start;
    result_.trace.step_us.push_back(std::chrono::duration<float, std::micro>(time).count());
    follower_.take();
    if (result_.state_bytes == 0) result_.state_bytes = denoiser_.saveState().size();

    const int skipped = std::min(to_skip_, hop_);
    to_skip_ -= skipped;
    const auto kept = static_cast<int>(std::min<std::int64_t>(hop_ - skipped, taken_ - emitted_));
    if (meter_ && kept > 0) {
      clean_.fill(*reference_, kept);
      meter_->add(clean_.planar(), out_.from(skipped).data(), kept);
    }
    emitted_ += kept;
  }

  void finish() {
    result_.state_growth = static_cast<std::int64_t>(denoiser_.saveState().size()) -
                           static_cast<std::int64_t>(result_.state_bytes);
    result_.step = summarise({result_.trace.step_us.begin(), result_.trace.step_us.end()});
    if (meter_) result_.quality = qualityOf(meter_->result());
    follower_.finish(result_);
  }

  SoundFileReader reader_;
  Denoiser denoiser_;
  StateFollower follower_;
  int hop_;
  PlanarBlock in_;
  PlanarBlock out_;
  PlanarBlock clean_;
  std::optional<SoundFileReader> reference_;
  std::optional<ReferenceMeter> meter_;
  int to_skip_ = 0;
  std::int64_t taken_ = 0;
  std::int64_t emitted_ = 0;
  CompareModel result_;
};

}  // namespace

std::vector<CompareFigure> qualityOf(const SoundComparison& comparison) {
  return {{"si_sdr_db", "SI-SDR dB", 2, comparison.si_sdr_db},
          {"pause_rms_dbfs", "in pauses dBFS", 1, comparison.pause_level_db},
          {"rms_dbfs", "level dBFS", 1, comparison.level_db}};
}

CompareModel compareDenoiser(const std::shared_ptr<const DenoiserModel>& model,
                             const CompareSound& sound, int block,
                             const ProgressFunction& on_progress) {
  requireProcessable(SoundFileReader(sound.input));
  CompareModel result = DenoiserRun(model, sound, block).run(on_progress);
  result.kind = blockKindName(model->config().bandBlock().kind);
  result.parameters = model->parameterCount();
  return result;
}

}  // namespace hiss
