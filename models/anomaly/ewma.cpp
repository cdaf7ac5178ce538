// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/ewma.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "models/anomaly/band_quantile.h"
#include "models/anomaly/running_scale.h"
#include "models/anomaly/tail_evidence.h"

namespace hiss {

struct EwmaExpert::Channel {
  explicit Channel(double memory_rows) : scale(memory_rows) {}

  RunningScale scale;
  BandQuantile band;
  TailEvidence rank;
};

EwmaExpert::EwmaExpert(int channels, const EwmaConfig& config) {
  if (channels < 1) {
    throw std::invalid_argument("channels: expected at least 1, found " + std::to_string(channels));
  }
  channels_.assign(static_cast<std::size_t>(channels), Channel(config.memory_rows));
}

EwmaExpert::~EwmaExpert() = default;

void EwmaExpert::step(std::span<const ChannelRow> rows,
                      std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    Channel& channel = channels_[i];
    const ChannelRow& row = rows[i];
    ChannelOpinion opinion;
    if (channel.band.known()) {
      opinion.low = static_cast<float>(channel.scale.mean() - channel.band.width());
      opinion.high = static_cast<float>(channel.scale.mean() + channel.band.width());
    }
    if (!row.missing) {
      const double distance = std::abs(channel.scale.relative(row.value));
      opinion.evidence = channel.rank.step(distance, row.quiet ? 0.0F : 1.0F);
      if (!row.quiet) {
        channel.band.learn(std::abs(row.value - channel.scale.mean()));
        channel.scale.learn(row.value);
      }
    }
    opinions[i] = opinion;
  }
}

void EwmaExpert::reset() noexcept HISS_NONBLOCKING {
  for (Channel& channel : channels_) {
    channel.scale.reset();
    channel.band.reset();
    channel.rank.reset();
  }
}

int EwmaExpert::warmUpRows() const noexcept { return static_cast<int>(TailConfig{}.warm_up_rows); }

std::size_t EwmaExpert::stateBytesPerChannel() const noexcept { return sizeof(Channel); }

void EwmaExpert::save(StateWriter& writer) const {
  for (const Channel& channel : channels_) {
    channel.scale.save(writer);
    channel.band.save(writer);
    channel.rank.save(writer);
  }
}

void EwmaExpert::load(StateReader& reader) {
  for (Channel& channel : channels_) {
    channel.scale.load(reader);
    channel.band.load(reader);
    channel.rank.load(reader);
  }
}

}  // namespace hiss
