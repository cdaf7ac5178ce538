// SPDX-License-Identifier: Apache-2.0
#include "models/restartable_resampler.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace hiss {
namespace {

// Seconds between restarts: long enough to make the doubled work while two converters run
// negligible, short enough that replaying it at load is.
constexpr std::uint64_t kRestartSeconds = 4;

}  // namespace

void RestartableResampler::prepare(int rate_in, int rate_out, int max_input) {
  const double ratio = static_cast<double>(rate_out) / rate_in;
  active_.prepare(ratio, max_input);
  standby_.prepare(ratio, max_input);
  max_input_ = max_input;
  // At a take-over the standby's last outputs may come on top.
  max_output_ = 2 * active_.maxOutput();

  const auto divisor = static_cast<std::uint64_t>(std::gcd(rate_in, rate_out));
  const std::uint64_t period_in = static_cast<std::uint64_t>(rate_in) / divisor;
  const std::uint64_t period_out = static_cast<std::uint64_t>(rate_out) / divisor;
  const std::uint64_t wanted = kRestartSeconds * static_cast<std::uint64_t>(rate_in);
  // A period is a second at most, and never empty: a divisor of rate_in is not above it.
  const std::uint64_t periods = wanted / period_in;  // NOLINT(clang-analyzer-core.DivideZero)
  restart_in_ = periods * period_in;
  restart_out_ = periods * period_out;
  warm_up_ = 2 * static_cast<std::uint64_t>(active_.lookaheadSamples()) + 1;
  history_.assign(2 * static_cast<std::size_t>(warm_up_) + 2 * static_cast<std::size_t>(max_input),
                  0.0F);
  spare_.assign(static_cast<std::size_t>(max_output_), 0.0F);
  reset();
}

void RestartableResampler::reset() noexcept HISS_NONBLOCKING {
  active_.reset();
  standby_.reset();
  fed_ = 0;
  made_ = 0;
  standby_made_ = 0;
  skip_ = 0;
  std::fill(history_.begin(), history_.end(), 0.0F);
  head_ = 0;
}

int RestartableResampler::process(const float* in, int n, float* out) noexcept HISS_NONBLOCKING {
  remember(in, n);
  int made = active_.process(in, n, out, active_.maxOutput()).made;
  if (skip_ > 0) {
    const int skipped =
        static_cast<int>(std::min<std::uint64_t>(skip_, static_cast<std::uint64_t>(made)));
    std::copy(out + skipped, out + made, out);
    made -= skipped;
    skip_ -= static_cast<std::uint64_t>(skipped);
  }
  const std::uint64_t before = fed_;
  fed_ += static_cast<std::uint64_t>(n);
  made_ += static_cast<std::uint64_t>(made);
  if (fed_ <= restart_in_) return made;

  const int late = before < restart_in_ ? static_cast<int>(restart_in_ - before) : 0;
  const int standby_made =
      standby_.process(in + late, n - late, spare_.data(), standby_.maxOutput()).made;
  standby_made_ += static_cast<std::uint64_t>(standby_made);
  if (fed_ - restart_in_ < warm_up_) return made;
  return takeOver(out, made, standby_made);
}

// Makes the standby the active converter; `spare_` holds its newest outputs.
int RestartableResampler::takeOver(float* out, int made,
                                   int standby_made) noexcept HISS_NONBLOCKING {
  // Rounding may have put the two apart by an output that is just due.
  const std::uint64_t given = made_ - restart_out_;
  if (standby_made_ > given) {
    const auto extra = static_cast<std::ptrdiff_t>(
        std::min(standby_made_ - given, static_cast<std::uint64_t>(standby_made)));
    std::copy_n(spare_.data() + standby_made - extra, extra, out + made);
    made += static_cast<int>(extra);
  } else {
    skip_ = given - standby_made_;
  }
  std::swap(active_, standby_);
  standby_.reset();
  fed_ -= restart_in_;
  made_ = std::max(given, standby_made_);
  standby_made_ = 0;
  return made;
}

void RestartableResampler::remember(const float* in, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    history_[head_] = in[i];
    head_ = head_ + 1 == history_.size() ? 0 : head_ + 1;
  }
}

void RestartableResampler::saveState(StateWriter& writer) const {
  writer.integer(fed_);
  writer.integer(made_);
  writer.integer(standby_made_);
  writer.integer(skip_);
  writer.integer(head_);
  writer.floats(history_);
}

void RestartableResampler::loadState(StateReader& reader) {
  reset();
  const std::uint64_t most_in = restart_in_ + warm_up_ + static_cast<std::uint64_t>(max_input_);
  const std::uint64_t most_out = 2 * restart_out_ + static_cast<std::uint64_t>(max_output_);
  fed_ = reader.integer("resampler inputs", most_in);
  made_ = reader.integer("resampler outputs", most_out);
  standby_made_ = reader.integer("resampler standby outputs", most_out);
  skip_ = reader.integer("resampler outputs to skip", most_out);
  head_ = static_cast<std::size_t>(reader.integer("resampler position", history_.size() - 1));
  reader.floats(history_);
  const std::uint64_t standby_fed = fed_ > restart_in_ ? fed_ - restart_in_ : 0;
  // Outputs made are those given out, less those that the former converter had given out already.
  if (replay(active_, fed_) + skip_ != made_ || replay(standby_, standby_fed) != standby_made_) {
    throw std::runtime_error("saved state: resampler outputs: expected as many as the inputs make");
  }
}

// Feeds the last `count` inputs, silence in place of those no longer known: they have left the
// filter, and only their number matters. Returns the outputs made.
std::uint64_t RestartableResampler::replay(Resampler& resampler, std::uint64_t count) {
  std::vector<float> block(static_cast<std::size_t>(max_input_));
  std::vector<float> out(static_cast<std::size_t>(max_output_));
  std::uint64_t made = 0;
  for (std::uint64_t left = count; left > 0;) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t age = left - i;  // 1 = the newest input
      const std::size_t size = history_.size();
      block[i] =
          age <= size ? history_[(head_ + size - static_cast<std::size_t>(age)) % size] : 0.0F;
    }
    const Resampler::Counts counts =
        resampler.process(block.data(), static_cast<int>(n), out.data(), resampler.maxOutput());
    made += static_cast<std::uint64_t>(counts.made);
    left -= n;
  }
  return made;
}

}  // namespace hiss
