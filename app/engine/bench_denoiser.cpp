// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_denoiser.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

#include "app/engine/bench_times.h"
#include "app/engine/failure.h"
#include "dsp/stft.h"
#include "models/denoiser.h"
#include "models/subband_net.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

// Hops of one target at a stretch. Before them comes one that is not counted: the caches still hold
// the weights of another target.
constexpr int kHopsAtOnce = 32;

std::size_t footprintBytes(const DenoiserModel& model) {
  return static_cast<std::size_t>(footprintOf(netParts(model.config())));
}

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// What reading the clock once adds to a time.
double clockMicroseconds() {
  std::vector<double> times_us;
  for (int i = 0; i < 1000; ++i) {
    const Clock::time_point start = Clock::now();
    times_us.push_back(microseconds(Clock::now() - start));
  }
  return median(std::move(times_us));
}

// The sound cut into whole blocks, repeated for as long as it takes.
class Blocks {
 public:
  Blocks(const BenchSound& sound, int block_samples)
      : samples_(sound.samples), block_(static_cast<std::size_t>(block_samples)) {
    for (std::vector<float>& channel : samples_) {
      const std::size_t have = channel.size();
      const std::size_t want = (have + block_ - 1) / block_ * block_;
      for (std::size_t i = have; i < want; ++i) channel.push_back(channel[i % have]);
    }
    pointers_.resize(samples_.size());
  }

  // [channels][block]
  const float* const* at(std::size_t index) {
    const std::size_t begin = index * block_ % samples_.front().size();
    for (std::size_t c = 0; c < samples_.size(); ++c) pointers_[c] = samples_[c].data() + begin;
    return pointers_.data();
  }

 private:
  std::vector<std::vector<float>> samples_;
  std::size_t block_;
  std::vector<const float*> pointers_;
};

// The whole denoiser, as everything else uses it.
class TargetRun {
 public:
  TargetRun(const DenoiserBench& bench, const BenchStream& stream, const Kernels& kernels)
      : name_(kernels.name),
        denoiser_(bench.model, kernels),
        probe_(kernels, footprintBytes(*bench.model)),
        samples_(static_cast<std::size_t>(stream.channels * stream.block_samples)),
        block_(stream.block_samples) {
    try {
      denoiser_.prepare({stream.sample_rate_hz, stream.channels, block_});
    } catch (const std::invalid_argument& error) {
      throw Failure(FailureKind::kInput, bench.sound.name, "a sound that the model takes",
                    error.what());
    }
    for (int c = 0; c < stream.channels; ++c) {
      out_.push_back(samples_.data() + static_cast<std::ptrdiff_t>(c) * block_);
    }
  }

  void reserve(std::size_t hops) { times_us_.reserve(hops); }

  void run(Blocks& blocks, std::size_t first, std::size_t count) {
    probe_.round();
    denoiser_.process(blocks.at(first), out_.data(), block_);
    for (std::size_t i = first; i < first + count; ++i) {
      const float* const* const in = blocks.at(i);
      const Clock::time_point start = Clock::now();
      denoiser_.process(in, out_.data(), block_);
      times_us_.push_back(microseconds(Clock::now() - start));
    }
  }

  // `work`: of one block.
  [[nodiscard]] BenchTarget result(const BenchStream& stream,
                                   const std::vector<NetPart>& work) const {
    BenchTarget target;
    target.simd = name_;
    target.hop = summarise(times_us_);
    target.roofline = probe_.result();
    target.rtf = target.hop.mean_us / stream.block_us;
    double macs = 0.0;
    double bound_s = 0.0;
    for (const NetPart& part : work) {
      macs += part.macs;
      bound_s += boundOf(part, target.roofline).seconds;
    }
    target.gmac_per_s = 1e-3 * macs / target.hop.p50_us;
    target.roofline_share = 1e6 * bound_s / target.hop.p50_us;
    return target;
  }

 private:
  std::string name_;
  Denoiser denoiser_;
  RooflineProbe probe_;
  std::vector<float> samples_;
  std::vector<float*> out_;
  int block_;
  std::vector<double> times_us_;
};

// The network part by part, with the transforms around it. Takes the first channel as if it were at
// the model's rate: how long a hop takes does not depend on what is in it.
class PartsRun {
 public:
  explicit PartsRun(const DenoiserBench& bench)
      : net_(bench.model->pack(*bench.parts_target)),
        scratch_(net_.weights()),
        state_(net_.makeState()),
        parts_(net_.parts()),
        ticks_(parts_.size()),
        times_us_(parts_.size() + 1) {
    const StftConfig config = net_.config().stft();
    analyzer_.prepare(config);
    overlap_add_.prepare(config);
    spectrum_.resize(static_cast<std::size_t>(config.bins()));
    out_.resize(static_cast<std::size_t>(config.hop));
  }

  void reserve(std::size_t hops) {
    for (std::vector<double>& times : times_us_) times.reserve(hops);
  }

  void run(Blocks& blocks, std::size_t first, std::size_t count) {
    hop(blocks.at(first)[0], false);
    for (std::size_t i = first; i < first + count; ++i) hop(blocks.at(i)[0], true);
  }

  // `hop_us`: of the whole denoiser, for one channel.
  [[nodiscard]] std::vector<BenchPart> result(double hop_us, const Roofline& roofline) const {
    std::vector<BenchPart> results;
    const double clock_us = clockMicroseconds();
    double sum_us = 0.0;
    for (std::size_t i = 0; i < times_us_.size(); ++i) {
      const NetPart part = i < parts_.size() ? parts_[i] : NetPart{"stft", 0.0, 0.0, 0.0, 0.0};
      results.push_back(
          describe(part, std::max(0.0, median(times_us_[i]) - clock_us), hop_us, roofline));
      sum_us += results.back().us;
    }
    const NetPart rest{"rest", 0.0, 0.0, 0.0, 0.0};
    results.push_back(describe(rest, std::max(0.0, hop_us - sum_us), hop_us, roofline));
    return results;
  }

 private:
  static BenchPart describe(const NetPart& part, double us, double hop_us,
                            const Roofline& roofline) {
    BenchPart result;
    result.part = part;
    result.us = us;
    result.share_of_hop = us / hop_us;
    result.bound = boundOf(part, roofline);
    if (us > 0.0) {
      result.gmac_per_s = 1e-3 * part.macs / us;
      result.roofline_share = 1e6 * result.bound.seconds / us;
    }
    if (part.exps > 0.0) result.ns_per_state = 1e3 * us / part.exps;
    return result;
  }

  void hop(const float* in, bool counts) {
    const ScopedFlushDenormals flush_denormals;
    const Clock::time_point start = Clock::now();
    analyzer_.analyze(in, spectrum_.data());
    const Clock::time_point analyzed = Clock::now();
    net_.stepTimed(spectrum_.data(), spectrum_.data(), state_, scratch_, ticks_);
    const Clock::time_point stepped = Clock::now();
    overlap_add_.synthesize(spectrum_.data(), out_.data());
    const Clock::time_point end = Clock::now();
    if (!counts) return;
    for (std::size_t i = 0; i < ticks_.size(); ++i) {
      times_us_[i].push_back(1e-3 * static_cast<double>(ticks_[i]));
    }
    times_us_.back().push_back(microseconds((analyzed - start) + (end - stepped)));
  }

  SubbandNet net_;
  SubbandNetScratch scratch_;
  SubbandNetState state_;
  std::vector<NetPart> parts_;
  StftAnalyzer analyzer_;
  OverlapAdd overlap_add_;
  std::vector<std::complex<float>> spectrum_;
  std::vector<float> out_;
  std::vector<std::uint64_t> ticks_;
  std::vector<std::vector<double>> times_us_;  // of each part, then of the transforms
};

BenchStream describeStream(const DenoiserBench& bench) {
  const DenoiserConfig& config = bench.model->config();
  BenchStream stream;
  stream.sound = bench.sound.name;
  stream.generated = bench.sound.generated;
  stream.sample_rate_hz = bench.sound.sample_rate_hz;
  stream.channels = static_cast<int>(bench.sound.samples.size());
  const double hop_s = static_cast<double>(config.hop) / config.sample_rate;
  stream.block_samples = std::max(1, static_cast<int>(std::lround(hop_s * stream.sample_rate_hz)));
  stream.block_us = 1e6 * stream.block_samples / stream.sample_rate_hz;
  return stream;
}

// The work of all channels in one block.
std::vector<NetPart> workOf(const DenoiserConfig& config, const BenchStream& stream) {
  const double hops = 1e-6 * stream.block_us * config.sample_rate / config.hop * stream.channels;
  std::vector<NetPart> work = netParts(config);
  for (NetPart& part : work) {
    part.macs *= hops;
    part.exps *= hops;
    part.weight_bytes *= hops;
    part.state_bytes *= hops;
  }
  return work;
}

}  // namespace

void runDenoiserBench(const DenoiserBench& bench, const ProgressFunction& on_progress,
                      BenchReport& report) {
  BenchStream stream = describeStream(bench);
  const auto hops =
      static_cast<std::size_t>(std::max(1.0, std::ceil(1e6 * bench.seconds / stream.block_us)));
  stream.seconds = 1e-6 * static_cast<double>(hops) * stream.block_us;
  // PartsRun reads hops of the model, which are longer than a block at a lower rate.
  Blocks blocks(bench.sound, stream.block_samples);
  Blocks hops_of_model(bench.sound, bench.model->config().hop);

  std::vector<std::unique_ptr<TargetRun>> targets;
  for (const Kernels* kernels : bench.targets) {
    targets.push_back(std::make_unique<TargetRun>(bench, stream, *kernels));
    targets.back()->reserve(hops);
  }
  PartsRun parts(bench);
  parts.reserve(hops);
  for (std::size_t first = 0; first < hops; first += kHopsAtOnce) {
    const std::size_t count = std::min<std::size_t>(kHopsAtOnce, hops - first);
    for (const auto& target : targets) target->run(blocks, first, count);
    parts.run(hops_of_model, first, count);
    const auto done = static_cast<std::int64_t>(first + count);
    if (on_progress && !on_progress(done, static_cast<std::int64_t>(hops))) {
      throw Failure(FailureKind::kCancelled, "bench", "to reach the end", "a request to stop");
    }
  }

  const std::vector<NetPart> work = workOf(bench.model->config(), stream);
  report.footprint_bytes = footprintOf(netParts(bench.model->config()));
  report.level = levelOf(report.footprint_bytes, report.machine.caches);
  report.stream = stream;
  report.parts_simd = bench.parts_target->name;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    report.targets.push_back(targets[i]->result(stream, work));
    if (bench.targets[i] != bench.parts_target) continue;
    const BenchTarget& target = report.targets.back();
    report.parts = parts.result(target.hop.p50_us / stream.channels, target.roofline);
  }
}

}  // namespace hiss
