// SPDX-License-Identifier: Apache-2.0
#include "ssm/roofline.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "ssm/simd/kernels_hwy.h"

namespace hiss {
namespace {

constexpr int kFmaRounds = 60'000;
constexpr int kL1Floats = 16 * 1024 / 4;
constexpr int kL2Floats = 256 * 1024 / 4;
constexpr int kL3Floats = 8 * 1024 * 1024 / 4;
constexpr int kL1Passes = 1024;
constexpr int kL2Passes = 48;
constexpr int kL3Passes = 1;
constexpr int kPassFloats = 4 * 1024 * 1024;  // read at least, of a working set of any size
constexpr std::size_t kMostOwnFloats = std::size_t{1} << 28;
constexpr int kDefaultRounds = 20;
static_assert(kL1Floats % kReadFloats == 0);

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A value that the compiler must take as used.
void use(float value) noexcept {
  volatile float sink = value;
  static_cast<void>(sink);
}

const RooflineLoops* findLoops(const char* name) {
  if (std::strcmp(name, scalarRooflineLoops().name) == 0) return &scalarRooflineLoops();
  const RooflineLoops* loops[kMaxVectorKernels] = {};
  const int count = vectorRooflineLoops(loops, kMaxVectorKernels);
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(name, loops[i]->name) == 0) return loops[i];
  }
  throw std::invalid_argument(std::string("RooflineProbe: no loops for kernels \"") + name + "\"");
}

// Floats that hold `bytes`, up to the next number that the loops can read.
int wholeTurns(std::size_t bytes) {
  const std::size_t turns = (bytes + 4 * kReadFloats - 1) / (4 * kReadFloats);
  return static_cast<int>(std::min(turns * kReadFloats, kMostOwnFloats));
}

}  // namespace

RooflineProbe::RooflineProbe(const Kernels& kernels, std::size_t own_bytes)
    : loops_(findLoops(kernels.name)),
      own_floats_(wholeTurns(own_bytes)),
      data_(static_cast<std::size_t>(std::max(kL3Floats, own_floats_))) {
  data_.fill(0.5F);
  fma_rates_.reserve(1 << 16);
}

double RooflineProbe::readRate(int floats, int passes) noexcept {
  float sum = 0.0F;
  loops_->read(data_.data(), floats, &sum);  // brings the working set into its cache
  use(sum);
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < passes; ++i) {
    loops_->read(data_.data(), floats, &sum);
    use(sum);
  }
  return 4.0 * floats * passes / secondsSince(start);
}

void RooflineProbe::round() noexcept {
  float sum = 0.0F;
  const Clock::time_point start = Clock::now();
  // x tends to 1: neither infinite nor denormal, and no constant that could be folded.
  loops_->multiplyAdd(0.75F, 0.25F, kFmaRounds, &sum);
  const double rate =
      static_cast<double>(kFmaRounds) * loops_->macs_per_round / secondsSince(start);
  use(sum);
  best_.fma_per_s = std::max(best_.fma_per_s, rate);
  if (fma_rates_.size() < fma_rates_.capacity()) fma_rates_.push_back(rate);
  best_.l1_bytes_per_s = std::max(best_.l1_bytes_per_s, readRate(kL1Floats, kL1Passes));
  best_.l2_bytes_per_s = std::max(best_.l2_bytes_per_s, readRate(kL2Floats, kL2Passes));
  best_.l3_bytes_per_s = std::max(best_.l3_bytes_per_s, readRate(kL3Floats, kL3Passes));
  if (own_floats_ == 0) return;
  const int passes = std::max(1, kPassFloats / own_floats_);
  best_.own_bytes_per_s = std::max(best_.own_bytes_per_s, readRate(own_floats_, passes));
}

Roofline RooflineProbe::result() const {
  Roofline roofline = best_;
  if (fma_rates_.empty()) return roofline;
  std::vector<double> rates = fma_rates_;
  const auto tenth = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 10);
  std::nth_element(rates.begin(), tenth, rates.end());
  roofline.fma_spread = 1.0 - *tenth / roofline.fma_per_s;
  return roofline;
}

Roofline measureRoofline(const Kernels& kernels) {
  RooflineProbe probe(kernels);
  for (int i = 0; i < kDefaultRounds; ++i) probe.round();
  return probe.result();
}

}  // namespace hiss
