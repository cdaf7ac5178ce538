// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/experts_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "models/state_io.h"

namespace hiss {

namespace {

constexpr int kMostChannels = 1'000'000;
constexpr double kMostMagnitude = 1e30;  // greater values are cut off: their squares must be finite
constexpr std::uint64_t kAlarmedRowsALearntOne = 8;
constexpr std::uint64_t kAlarmedRowsThatCount = 20;  // of the calibration; most false ones are over
constexpr std::size_t kChannelsThatCount = 3;        // of combineChannels

constexpr std::uint64_t kStateMagic = 0x31534e5353534948U;  // "HISSSNS1" in little-endian order
constexpr std::uint64_t kStateVersion = 2;
constexpr std::uint64_t kAnyInteger = ~std::uint64_t{0};
constexpr std::uint64_t kMostNameBytes = 100;

[[noreturn]] void refuse(const std::string& field, const std::string& expected,
                         const std::string& found) {
  throw std::runtime_error("saved state: " + field + ": expected " + expected + ", found " + found);
}

void requireEqual(const char* field, std::uint64_t expected, std::uint64_t found) {
  if (expected != found) refuse(field, std::to_string(expected), std::to_string(found));
}

void append(StateWriter& writer, std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), writer.reserve(bytes.size()).begin());
}

// What a row's evidence of so many channels is beside that of one: the 99 % quantile of
// combineChannels on streams without anomalies. The mean of three is less than one of them, the
// greatest of many more.
double unitOf(int channels) {
  constexpr std::array<std::pair<double, double>, 7> kUnits = {
      {{1.0, 1.0}, {2.0, 0.80}, {3.0, 0.70}, {5.0, 0.83}, {8.0, 0.94}, {16.0, 1.09}, {28.0, 1.20}}};
  for (std::size_t i = 1; i < kUnits.size(); ++i) {
    const auto [n0, unit0] = kUnits[i - 1];
    const auto [n1, unit1] = kUnits[i];
    if (channels > n1) continue;
    return unit0 + (unit1 - unit0) * std::log(channels / n0) / std::log(n1 / n0);
  }
  return kUnits.back().second;
}

}  // namespace

double combineChannels(std::span<ChannelVerdict> verdicts) noexcept HISS_NONBLOCKING {
  std::array<ChannelVerdict*, kChannelsThatCount> top{};  // the greatest first
  for (ChannelVerdict& verdict : verdicts) {
    verdict.share = 0.0F;
    if (verdict.missing) continue;
    ChannelVerdict* moving = &verdict;
    for (ChannelVerdict*& place : top) {
      if (place == nullptr || moving->evidence > place->evidence) std::swap(place, moving);
      if (moving == nullptr) break;
    }
  }
  double sum = 0.0;
  int count = 0;
  for (const ChannelVerdict* one : top) {
    if (one == nullptr) break;
    sum += double{one->evidence};
    ++count;
  }
  if (count == 0) return 0.0;
  for (ChannelVerdict* one : std::span(top).first(count)) {
    one->share = static_cast<float>(sum > 0.0 ? double{one->evidence} / sum : 1.0 / count);
  }
  return sum / count;
}

ExpertsDetector::ExpertsDetector(DetectorRecipe recipe) : recipe_(std::move(recipe)) {
  for (const DetectorRecipe::Part& part : recipe_.parts) weight_sum_ += part.weight;
  if (!(weight_sum_ > 0.0F)) {
    throw std::invalid_argument("weights: expected one above 0, found none");
  }
}

ExpertsDetector::~ExpertsDetector() = default;

ExpertsDetector::Past ExpertsDetector::freshPast() const {
  Past past{.experts = {},
            .rows = std::vector<ChannelRow>(static_cast<std::size_t>(spec_.channels)),
            .clock = RowClock(spec_.seconds_per_row),
            .calibration = EvidenceCalibration(recipe_.prior, unitOf(spec_.channels)),
            .leaps = std::vector<RangeLeap>(recipe_.leaps ? static_cast<std::size_t>(spec_.channels)
                                                          : std::size_t{0})};
  for (const DetectorRecipe::Part& part : recipe_.parts) past.experts.push_back(part.make(spec_));
  return past;
}

void ExpertsDetector::prepare(const SensorSpec& spec) {
  if (spec.channels < 1 || spec.channels > kMostChannels) {
    throw std::invalid_argument("channels: expected 1 to " + std::to_string(kMostChannels) +
                                ", found " + std::to_string(spec.channels));
  }
  if (!(spec.seconds_per_row >= 0.0) || !std::isfinite(spec.seconds_per_row)) {
    throw std::invalid_argument("seconds per row: expected 0 or more, found " +
                                std::to_string(spec.seconds_per_row));
  }
  if (recipe_.tap != nullptr && spec.channels != spec_.channels) recipe_.tap->forget();
  spec_ = spec;
  past_ = std::make_unique<Past>(freshPast());
  warm_up_rows_ = 0;
  for (std::size_t i = 0; i < past_->experts.size(); ++i) {
    if (recipe_.parts[i].weight <= 0.0F) continue;
    warm_up_rows_ = std::max(warm_up_rows_, past_->experts[i]->warmUpRows());
  }
  opinions_.assign(past_->rows.size(), {});
  leaps_.assign(past_->rows.size(), 0.0F);
  verdicts_.assign(past_->rows.size(), {});
}

RowVerdict ExpertsDetector::step(std::span<const double> values, double seconds,
                                 bool alarmed) noexcept HISS_NONBLOCKING {
  RowVerdict verdict;
  if (past_ == nullptr) {
    verdict.no_data = true;
    return verdict;
  }
  // What lasts becomes usual in the end, for else a change for good would be an alarm for ever.
  Past& past = *past_;
  past.alarmed_rows = alarmed ? past.alarmed_rows + 1 : 0;
  const bool quiet = alarmed && past.alarmed_rows % kAlarmedRowsALearntOne != 0;

  verdict.row = past.row++;
  if (recipe_.tap != nullptr) recipe_.tap->setStep(past.row);
  readRows(values, past.clock.step(seconds), quiet);
  askExperts();
  verdict.warming_up = verdict.row < static_cast<std::uint64_t>(warm_up_rows_);
  verdict.no_data = std::all_of(verdicts_.begin(), verdicts_.end(),
                                [](const ChannelVerdict& channel) { return channel.missing; });
  if (verdict.no_data) return verdict;

  const double evidence = combineChannels(verdicts_);
  const auto top = std::max_element(
      verdicts_.begin(), verdicts_.end(),
      [](const ChannelVerdict& a, const ChannelVerdict& b) { return a.share < b.share; });
  verdict.top_channel = static_cast<int>(top - verdicts_.begin());
  if (verdict.warming_up) return verdict;
  verdict.evidence = past.calibration.evidenceOf(evidence);
  lookForLeap(verdict);
  verdict.p = std::pow(10.0, -verdict.evidence);
  // A false alarm's rows count among the stream's as well, else each would call forth more.
  if (!quiet || past.alarmed_rows <= kAlarmedRowsThatCount) past.calibration.learn(evidence);
  return verdict;
}

// The greatest leap of any channel prevails over all that the parts say, if it says more. With many
// channels there are as many chances of one.
void ExpertsDetector::lookForLeap(RowVerdict& verdict) noexcept HISS_NONBLOCKING {
  if (past_->leaps.empty()) return;
  const auto top = std::max_element(leaps_.begin(), leaps_.end());
  const double evidence = double{*top} - std::log10(static_cast<double>(leaps_.size()));
  if (!(evidence > verdict.evidence)) return;
  verdict.evidence = evidence;
  verdict.top_channel = static_cast<int>(top - leaps_.begin());
  for (ChannelVerdict& channel : verdicts_) channel.share = 0.0F;
  verdicts_[static_cast<std::size_t>(verdict.top_channel)].share = 1.0F;
}

void ExpertsDetector::readRows(std::span<const double> values, float log_step,
                               bool quiet) noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < past_->rows.size(); ++i) {
    ChannelRow& row = past_->rows[i];
    row.missing = i >= values.size() || !std::isfinite(values[i]);
    if (!row.missing) row.value = std::clamp(values[i], -kMostMagnitude, kMostMagnitude);
    row.quiet = quiet;
    row.log_step = log_step;
    verdicts_[i] = {};
    verdicts_[i].missing = row.missing;
    if (!past_->leaps.empty()) leaps_[i] = row.missing ? 0.0F : past_->leaps[i].step(row.value);
  }
}

void ExpertsDetector::askExperts() noexcept HISS_NONBLOCKING {
  for (std::size_t k = 0; k < past_->experts.size(); ++k) {
    const DetectorRecipe::Part& part = recipe_.parts[k];
    past_->experts[k]->step(past_->rows, opinions_);
    const float share = part.weight / weight_sum_;
    for (std::size_t i = 0; i < verdicts_.size(); ++i) {
      ChannelVerdict& verdict = verdicts_[i];
      if (!verdict.missing) verdict.evidence += share * opinions_[i].evidence;
      if (part.band && std::isnan(verdict.low)) {
        verdict.low = opinions_[i].low;
        verdict.high = opinions_[i].high;
      }
    }
  }
}

std::span<const ChannelVerdict> ExpertsDetector::channels() const noexcept { return verdicts_; }

void ExpertsDetector::reset() noexcept HISS_NONBLOCKING {
  if (past_ == nullptr) return;
  for (const auto& expert : past_->experts) expert->reset();
  std::fill(past_->rows.begin(), past_->rows.end(), ChannelRow{});
  std::fill(verdicts_.begin(), verdicts_.end(), ChannelVerdict{});
  past_->clock.reset();
  past_->calibration.reset();
  for (RangeLeap& leap : past_->leaps) leap.reset();
  past_->row = 0;
  past_->alarmed_rows = 0;
}

int ExpertsDetector::warmUpRows() const noexcept { return warm_up_rows_; }

std::size_t ExpertsDetector::stateBytesPerChannel() const noexcept {
  if (past_ == nullptr) return 0;
  std::size_t bytes = sizeof(ChannelRow) + sizeof(ChannelOpinion) + sizeof(ChannelVerdict);
  if (recipe_.leaps) bytes += sizeof(RangeLeap) + sizeof(float);
  for (const auto& expert : past_->experts) bytes += expert->stateBytesPerChannel();
  return bytes;
}

std::shared_ptr<StateTap> ExpertsDetector::stateTap() const {
  return recipe_.tap != nullptr && past_ != nullptr ? recipe_.tap->get(spec_.channels) : nullptr;
}

std::vector<std::byte> ExpertsDetector::saveState() const {
  StateWriter payload;
  if (past_ != nullptr) {
    payload.integer(past_->row);
    payload.integer(past_->alarmed_rows);
    past_->clock.save(payload);
    past_->calibration.save(payload);
    for (const RangeLeap& leap : past_->leaps) leap.save(payload);
    for (const ChannelRow& row : past_->rows) payload.doubles({&row.value, 1});
    for (const auto& expert : past_->experts) expert->save(payload);
  }
  StateWriter writer;
  writer.integer(kStateMagic);
  writer.integer(kStateVersion);
  writer.integer(recipe_.name.size());
  append(writer, std::as_bytes(std::span(recipe_.name)));
  writer.integer(recipe_.model_hash);
  writer.integer(static_cast<std::uint64_t>(spec_.channels));
  writer.doubles({&spec_.seconds_per_row, 1});
  writer.integer(payload.bytes().size());
  writer.integer(stateChecksum(payload.bytes()));
  append(writer, payload.bytes());
  return writer.take();
}

void ExpertsDetector::loadState(std::span<const std::byte> bytes) {
  if (past_ == nullptr) throw std::runtime_error("saved state: expected a prepared detector");
  StateReader reader(bytes);
  requireEqual("magic", kStateMagic, reader.integer("magic", kAnyInteger));
  requireEqual("version", kStateVersion, reader.integer("version", kAnyInteger));
  const auto name_bytes =
      reader.take(static_cast<std::size_t>(reader.integer("detector", kMostNameBytes)));
  std::string name(name_bytes.size(), ' ');
  std::transform(name_bytes.begin(), name_bytes.end(), name.begin(), [](std::byte byte) {
    const char c = static_cast<char>(byte);
    return c >= ' ' && c <= '~' ? c : '?';
  });
  if (name != recipe_.name) refuse("detector", recipe_.name, name);
  requireEqual("model", recipe_.model_hash, reader.integer("model", kAnyInteger));
  requireEqual("channels", static_cast<std::uint64_t>(spec_.channels),
               reader.integer("channels", kAnyInteger));
  double seconds = 0.0;
  reader.doubles({&seconds, 1});
  if (seconds != spec_.seconds_per_row) {
    refuse("seconds per row", std::to_string(spec_.seconds_per_row), std::to_string(seconds));
  }
  const std::uint64_t size = reader.integer("size", kAnyInteger);
  const std::uint64_t sum = reader.integer("checksum", kAnyInteger);
  requireEqual("size", size, reader.left());
  requireEqual("checksum", sum, stateChecksum(bytes.last(reader.left())));

  Past past = freshPast();
  past.row = reader.integer("row", kAnyInteger);
  past.alarmed_rows = reader.integer("alarmed rows", kAnyInteger);
  past.clock.load(reader);
  past.calibration.load(reader);
  for (RangeLeap& leap : past.leaps) leap.load(reader);
  for (ChannelRow& row : past.rows) reader.doubles({&row.value, 1});
  for (const auto& expert : past.experts) expert->load(reader);
  requireEqual("bytes left over", 0, reader.left());
  *past_ = std::move(past);
  std::fill(verdicts_.begin(), verdicts_.end(), ChannelVerdict{});
}

}  // namespace hiss
