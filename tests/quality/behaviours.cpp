// SPDX-License-Identifier: Apache-2.0
#include "tests/quality/behaviours.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "models/denoiser.h"
#include "tests/quality/measures.h"

namespace hiss {
namespace {

using Model = std::shared_ptr<const DenoiserModel>;
constexpr int kRate = SoundSet::kRateHz;
constexpr double kNone = Figure::kNone;

double decibels(double power_ratio) { return 10.0 * std::log10(power_ratio); }

constexpr int kHighRate = 48000;

std::string rateText(int rate) { return fmt::format("{} kHz: ", rate / 1000); }

// A figure that is told and not judged.
Figure info(std::string name, std::string unit, double value) {
  return {std::move(name), std::move(unit), value, -kNone, kNone};
}

// Runs whole recordings through one model, the latency taken out.
class Runner {
 public:
  explicit Runner(const Model& model) : denoiser_(model) {}

  Denoiser& denoiser() { return denoiser_; }

  // planar, all of one length
  std::vector<Samples> run(std::vector<Samples> planar, int rate = kRate) {
    const std::size_t length = planar[0].size();
    denoiser_.prepare({rate, static_cast<int>(planar.size()), kBlock});
    const auto latency = static_cast<std::size_t>(denoiser_.latencySamples());
    for (Samples& channel : planar) channel.resize(length + latency);
    std::vector<float*> block(planar.size());
    for (std::size_t i = 0; i < length + latency; i += kBlock) {
      for (std::size_t c = 0; c < planar.size(); ++c) block[c] = planar[c].data() + i;
      denoiser_.process(block.data(), block.data(),
                        static_cast<int>(std::min<std::size_t>(kBlock, length + latency - i)));
    }
    for (Samples& channel : planar) {
      channel.erase(channel.begin(), channel.begin() + static_cast<std::ptrdiff_t>(latency));
    }
    return planar;
  }

  Samples run(const Samples& mono, int rate = kRate) {
    return run(std::vector<Samples>{mono}, rate)[0];
  }

 private:
  static constexpr int kBlock = 1024;
  Denoiser denoiser_;
};

// --- onsets

constexpr double kSnrDb = 10.0;
constexpr std::size_t kOnset = kRate / 50;   // 20 ms
constexpr std::size_t kFrame = kRate / 100;  // of activeFrames

std::vector<Figure> measureOnsets(const Model& model, const SoundSet& sounds) {
  Runner runner(model);
  std::vector<Figure> figures;
  std::vector<double> ratios;  // energy kept of the energy there is, a word each
  double speech_in = 0.0;
  double speech_out = 0.0;
  for (const NamedSound& noise : sounds.noises()) {
    std::vector<double> of_noise;
    for (const NamedSound& voice : sounds.voices()) {
      const Samples out = runner.run(mixedAt(kSnrDb, voice.samples, noise.samples));
      const std::vector<bool> active = activeFrames(voice.samples, kRate);
      for (std::size_t i = 0; i < active.size(); ++i) {
        if (!active[i]) continue;
        speech_in += meanPower(std::span(voice.samples).subspan(i * kFrame, kFrame));
        speech_out += meanPower(std::span(out).subspan(i * kFrame, kFrame));
      }
      for (const std::size_t start : wordStarts(voice.samples, kRate)) {
        of_noise.push_back(meanPower(std::span(out).subspan(start, kOnset)) /
                           meanPower(std::span(voice.samples).subspan(start, kOnset)));
      }
    }
    figures.push_back(info("mean change in " + noise.name, "dB", powerDb(mean(of_noise))));
    ratios.insert(ratios.end(), of_noise.begin(), of_noise.end());
  }
  std::vector<double> changes;
  changes.reserve(ratios.size());
  for (const double ratio : ratios) changes.push_back(powerDb(ratio));
  const auto cut =
      std::count_if(changes.begin(), changes.end(), [](double db) { return db < -10.0; });
  figures.push_back(info("mean of the changes in dB", "dB", mean(changes)));
  std::sort(changes.begin(), changes.end());
  figures.push_back(info("median change", "dB", changes[changes.size() / 2]));
  figures.push_back(info("change of all speech", "dB", decibels(speech_out / speech_in)));
  const auto words = static_cast<double>(ratios.size());
  figures.push_back({"words", "", words, 60.0, kNone});
  figures.push_back(
      {"words cut by more than 10 dB", "%", 100.0 * static_cast<double>(cut) / words, -kNone, 5.0});
  figures.push_back({"mean change", "dB", powerDb(mean(ratios)), -1.0, 1.0});
  return figures;
}

// --- sibilants

std::vector<Figure> measureSibilants(const Model& model, const SoundSet& sounds) {
  constexpr int kWindow = kRate / 50;
  const std::vector<double> edges = {100.0, 4000.0, 8000.0};
  Runner runner(model);
  std::vector<Figure> figures;
  std::vector<double> all_db;
  for (const NamedSound& noise : sounds.noises()) {
    std::vector<double> of_noise;
    for (const NamedSound& voice : sounds.voices()) {
      const auto clean = bandPowers(voice.samples, kRate, kWindow, edges);
      const auto out = bandPowers(runner.run(mixedAt(kSnrDb, voice.samples, noise.samples)), kRate,
                                  kWindow, edges);
      double loudest = 0.0;
      for (const auto& frame : clean) loudest = std::max(loudest, frame[1]);
      for (std::size_t t = 0; t < clean.size(); ++t) {
        // A fricative: more above 4 kHz than below, and not 20 dB under the clip's loudest.
        if (clean[t][1] < clean[t][0] || clean[t][1] < 0.01 * loudest) continue;
        of_noise.push_back(powerDb(out[t][1]) - powerDb(clean[t][1]));
      }
    }
    figures.push_back(info("mean change in " + noise.name, "dB", mean(of_noise)));
    all_db.insert(all_db.end(), of_noise.begin(), of_noise.end());
  }
  figures.push_back({"frames", "", static_cast<double>(all_db.size()), 300.0, kNone});
  figures.push_back({"mean change", "dB", mean(all_db), -2.0, 2.0});
  return figures;
}

// --- clean speech

std::vector<Figure> measureCleanSpeech(const Model& model, const SoundSet& sounds) {
  Runner runner(model);
  std::vector<double> si_sdr;
  std::vector<double> distance;
  std::vector<double> gain;
  for (const NamedSound& voice : sounds.voices()) {
    const Samples out = runner.run(voice.samples);
    si_sdr.push_back(siSdrDb(voice.samples, out));
    distance.push_back(logSpectralDistanceDb(voice.samples, out, kRate));
    gain.push_back(activeLevelDb(out, kRate) - activeLevelDb(voice.samples, kRate));
  }
  return {{"SI-SDR, mean of the clips", "dB", mean(si_sdr), 25.0, kNone},
          info("SI-SDR, worst clip", "dB", *std::min_element(si_sdr.begin(), si_sdr.end())),
          {"log-spectral distance", "dB", mean(distance), -kNone, 1.0},
          {"mean gain", "dB", mean(gain), -1.0, 1.0}};
}

// --- music

// The deepest fall of a third-octave band from `before` to `after` in whole seconds and overall,
// dB.
struct Falls {
  double in_a_second = 0.0;
  double overall = 0.0;
};
Falls deepestFalls(const Samples& before, const Samples& after, int rate) {
  constexpr int kFramesOfSecond = 8;  // half-overlapping ones
  const int window = rate / 4;
  const std::vector<double> edges = thirdOctaveEdges(std::min(0.45 * rate, 20000.0));
  const auto in = bandPowers(before, rate, window, edges);
  const auto out = bandPowers(after, rate, window, edges);
  const auto fall = [&](std::size_t begin, std::size_t end) {
    std::vector<double> sum_in(edges.size() - 1);
    std::vector<double> sum_out(sum_in.size());
    for (std::size_t t = begin; t < end; ++t) {
      for (std::size_t b = 0; b < sum_in.size(); ++b) {
        sum_in[b] += in[t][b];
        sum_out[b] += out[t][b];
      }
    }
    double deepest = 0.0;
    for (std::size_t b = 0; b < sum_in.size(); ++b) {
      deepest = std::max(deepest, decibels((sum_in[b] + 1e-30) / (sum_out[b] + 1e-30)));
    }
    return deepest;
  };
  Falls falls;
  for (std::size_t t = 0; t + kFramesOfSecond <= in.size(); t += kFramesOfSecond) {
    falls.in_a_second = std::max(falls.in_a_second, fall(t, t + kFramesOfSecond));
  }
  falls.overall = fall(0, in.size());
  return falls;
}

std::vector<Figure> measureMusic(const Model& model, const SoundSet&) {
  constexpr double kLimitDb = 12.0;
  std::vector<Figure> figures;
  for (const int rate : {kRate, kHighRate}) {
    Runner runner(model);
    const Samples music = sungAndPlucked(rate);
    const Samples free = runner.run(music, rate);
    runner.denoiser().setAttenuationLimitDb(kLimitDb);
    const Samples limited = runner.run(music, rate);
    const Falls falls = deepestFalls(music, limited, rate);
    const auto change = [&](const Samples& out) {
      return powerDb(meanPower(out)) - powerDb(meanPower(music));
    };
    const std::string prefix = rateText(rate);
    figures.push_back(
        {prefix + "deepest fall of a third octave", "dB", falls.overall, -kNone, kLimitDb + 0.1});
    figures.push_back(
        {prefix + "deepest fall in a second", "dB", falls.in_a_second, -kNone, kLimitDb + 0.1});
    figures.push_back({prefix + "level", "dB", change(limited), -kLimitDb - 0.1, 0.5});
    figures.push_back(info(prefix + "level without limit", "dB", change(free)));
  }
  return figures;
}

// --- silence

double notZero(std::span<const float> x) {
  return static_cast<double>(std::count_if(x.begin(), x.end(), [](float v) { return v != 0.0F; }));
}

std::vector<Figure> measureSilence(const Model& model, const SoundSet& sounds) {
  Runner runner(model);
  std::vector<Figure> figures;
  for (const int rate : {kRate, kHighRate}) {
    const Samples silence(5 * static_cast<std::size_t>(rate));
    Samples after_sound = rate == kRate ? sounds.noisy()[0].samples : sungAndPlucked(rate);
    const std::size_t end = after_sound.size();
    after_sound.resize(end + silence.size());
    const Samples out = runner.run(after_sound, rate);
    // What a window still holds of the sound rings out; the latency is already taken out.
    const auto tail = static_cast<std::size_t>(
        std::ceil(1.0 * model->config().n_fft * rate / model->config().sample_rate));
    const std::string prefix = rateText(rate);
    figures.push_back({prefix + "samples not zero in silence", "",
                       notZero(runner.run(silence, rate)), -kNone, 0.0});
    figures.push_back({prefix + "samples not zero after sound", "",
                       notZero(std::span(out).subspan(end + tail)), -kNone, 0.0});
  }
  return figures;
}

// --- noise alone

// A residual is heard over a quiet room. The noise is taken for as loud as speech, 65 dB SPL, and
// the room for 40 dB quieter: the same noise, some other stretch of it.
Samples inQuietRoom(const Samples& residual, const Samples& noise) {
  constexpr float kRoomGain = 0.01F;  // -40 dB
  constexpr std::size_t kShift = 5003;
  Samples heard(residual);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    heard[i] += kRoomGain * noise[(i + kShift) % noise.size()];
  }
  return heard;
}

}  // namespace

ResidualFigures measureResidual(const Samples& noise, const Samples& residual, int rate) {
  const int window = rate / 50;
  const auto length = static_cast<std::size_t>(window);
  // The first second is for finding out what the noise is.
  const auto settled = static_cast<std::size_t>(rate);
  const Samples heard_all = inQuietRoom(residual, noise);
  const auto in = std::span(noise).subspan(settled);
  const auto heard = std::span(heard_all).subspan(settled);
  ResidualFigures figures;
  figures.taken_out_db =
      powerDb(meanPower(in)) - powerDb(meanPower(std::span(residual).subspan(settled)));
  figures.modulation_in_db = standardDeviation(frameLevels(in, length));
  figures.modulation_db = standardDeviation(frameLevels(heard, length));

  // Spectra relative to the mean of the input in each bin, without the ends of the band.
  const auto spectra_in = powerSpectra(in, window);
  const auto spectra = powerSpectra(heard, window);
  std::vector<double> logs_in;
  std::vector<double> logs;
  double peaks = 0.0;
  for (std::size_t k = 4; k + 4 < spectra[0].size(); ++k) {
    double sum = 0.0;
    for (const auto& frame : spectra_in) sum += frame[k];
    const double mean_in = powerDb(sum / static_cast<double>(spectra_in.size()));
    for (std::size_t t = 0; t < spectra.size(); ++t) {
      logs_in.push_back(powerDb(spectra_in[t][k]) - mean_in);
      logs.push_back(powerDb(spectra[t][k]) - mean_in);
      if (logs.back() > -30.0) peaks += 1.0;
    }
  }
  figures.kurtosis_ratio = kurtosis(logs) / kurtosis(logs_in);
  figures.peaks_percent = 100.0 * peaks / static_cast<double>(logs.size());
  return figures;
}

namespace {

std::vector<Figure> measureNoiseAlone(const Model& model, const SoundSet& sounds) {
  struct Noise {
    std::string name;
    int rate;
    Samples samples;
  };
  const std::vector<Noise> noises = {{"white", kRate, whiteNoise(10.0)},
                                     {"pink", kRate, pinkNoise(10.0)},
                                     {"rain", kRate, sounds.noises()[1].samples},
                                     {"white, 48 kHz", kHighRate, whiteNoise(10.0, kHighRate)}};
  Runner runner(model);
  std::vector<Figure> figures;
  for (const Noise& noise : noises) {
    const ResidualFigures found =
        measureResidual(noise.samples, runner.run(noise.samples, noise.rate), noise.rate);
    const std::string prefix = noise.name + ": ";
    figures.push_back(info(prefix + "taken out", "dB", found.taken_out_db));
    figures.push_back(info(prefix + "level's deviation, input", "dB", found.modulation_in_db));
    figures.push_back({prefix + "level's deviation", "dB", found.modulation_db, -kNone,
                       ResidualFigures::kMostModulationDb});
    figures.push_back({prefix + "kurtosis of the log spectrum, ratio", "", found.kurtosis_ratio,
                       ResidualFigures::kLeastKurtosisRatio, ResidualFigures::kMostKurtosisRatio});
    figures.push_back({prefix + "cells that stick out", "%", found.peaks_percent, -kNone,
                       ResidualFigures::kMostPeaksPercent});
  }
  return figures;
}

// --- level

std::vector<Figure> measureLevel(const Model& model, const SoundSet& sounds) {
  Runner runner(model);
  const auto gain = [&](double peak_dbfs, const Samples& sound) {
    const Samples in = atPeak(peak_dbfs, sound);
    return powerDb(meanPower(runner.run(in))) - powerDb(meanPower(in));
  };
  std::vector<Figure> figures;
  for (const double level : {-50.0, -40.0, -30.0, -10.0, -3.0}) {
    double worst = 0.0;
    for (const NamedSound& noisy : sounds.noisy()) {
      const double change = gain(level, noisy.samples) - gain(-20.0, noisy.samples);
      if (std::abs(change) > std::abs(worst)) worst = change;
    }
    figures.push_back(
        {fmt::format("change of gain, peak at {:.0f} dBFS", level), "dB", worst, -1.0, 1.0});
  }
  return figures;
}

// --- stereo

// How far the level of channel 0 over channel 1 lies from `wanted_db` in the 20 ms frames in which
// the voice is active: root of the mean square, dB.
double imageErrorDb(const std::vector<Samples>& stereo, const Samples& voice, double wanted_db) {
  constexpr std::size_t kWindow = 2 * kFrame;
  const std::vector<bool> active = activeFrames(voice, kRate);
  const std::vector<double> left = frameLevels(stereo[0], kWindow);
  const std::vector<double> right = frameLevels(stereo[1], kWindow);
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t t = 0; t < left.size(); ++t) {
    if (!active[2 * t] || !active[2 * t + 1]) continue;
    const double error = left[t] - right[t] - wanted_db;
    sum += error * error;
    count += 1.0;
  }
  return std::sqrt(sum / count);
}

std::vector<Figure> measureStereo(const Model& model, const SoundSet& sounds) {
  constexpr float kPan = 0.6F;  // of the right channel
  const double wanted_db = -20.0 * std::log10(double{kPan});
  const Samples& noise = sounds.noises()[0].samples;
  Samples other_noise = noise;
  std::rotate(other_noise.begin(), other_noise.begin() + std::ssize(other_noise) / 2,
              other_noise.end());
  Runner runner(model);
  std::vector<double> before;
  std::vector<double> clean;
  std::vector<double> linked;
  std::vector<double> independent;
  double difference = 0.0;
  for (const NamedSound& voice : std::span(sounds.voices()).first(4)) {
    Samples panned = voice.samples;
    for (float& v : panned) v *= kPan;
    std::vector<Samples> noisy = {mixedAt(kSnrDb, voice.samples, noise),
                                  mixedAt(kSnrDb, voice.samples, other_noise)};
    for (std::size_t i = 0; i < panned.size(); ++i) noisy[1][i] += panned[i] - voice.samples[i];
    before.push_back(imageErrorDb(noisy, voice.samples, wanted_db));
    runner.denoiser().setLinkChannels(ChannelLink::kAuto);
    linked.push_back(imageErrorDb(runner.run(noisy), voice.samples, wanted_db));
    clean.push_back(imageErrorDb(runner.run({voice.samples, panned}), voice.samples, wanted_db));
    const auto same = runner.run({noisy[0], noisy[0]});
    for (std::size_t i = 0; i < same[0].size(); ++i) {
      difference = std::max(difference, std::abs(double{same[0][i]} - double{same[1][i]}));
    }
    runner.denoiser().setLinkChannels(ChannelLink::kIndependent);
    independent.push_back(imageErrorDb(runner.run(noisy), voice.samples, wanted_db));
  }
  return {info("talker's wandering in the noisy sound", "dB", mean(before)),
          info("talker's wandering, channels independent", "dB", mean(independent)),
          {"talker's wandering", "dB", mean(linked), -kNone, mean(before)},
          {"clean talker's wandering", "dB", mean(clean), -kNone, 0.01},
          {"difference of the channels of a mono sound", "", difference, -kNone, 0.0}};
}

// --- what is removed

std::vector<Figure> measureRemoved(const Model& model, const SoundSet& sounds) {
  Runner runner(model);
  double worst_ulp = 0.0;
  double worst_mix = 0.0;
  const auto check = [&](const Samples& in, int rate) {
    runner.denoiser().setMix(1.0F);
    const Samples kept = runner.run(in, rate);
    runner.denoiser().setListenRemoved(true);
    const Samples removed = runner.run(in, rate);
    runner.denoiser().setListenRemoved(false);
    runner.denoiser().setMix(0.5F);
    const Samples mixed = runner.run(in, rate);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const float largest = std::max({std::abs(in[i]), std::abs(kept[i]), std::abs(removed[i])});
      const double ulp = double{std::nextafter(largest, 2.0F)} - double{largest};
      const double error = double{in[i]} - double{kept[i]} - double{removed[i]};
      const double mix_error = 0.5 * double{in[i]} + 0.5 * double{kept[i]} - double{mixed[i]};
      worst_ulp = std::max(worst_ulp, std::abs(error) / ulp);
      worst_mix = std::max(worst_mix, std::abs(mix_error) / ulp);
    }
  };
  for (const NamedSound& noisy : sounds.noisy()) check(noisy.samples, kRate);
  check(sungAndPlucked(kHighRate), kHighRate);
  return {{"largest error of input - output", "ulp", worst_ulp, -kNone, 1.0},
          {"largest error of a mix of one half", "ulp", worst_mix, -kNone, 1.0}};
}

const std::array<Behaviour, 9> kBehaviours = {{{"onsets", measureOnsets},
                                               {"sibilants", measureSibilants},
                                               {"clean_speech", measureCleanSpeech},
                                               {"music", measureMusic},
                                               {"silence", measureSilence},
                                               {"noise_alone", measureNoiseAlone},
                                               {"level", measureLevel},
                                               {"stereo", measureStereo},
                                               {"removed", measureRemoved}}};

}  // namespace

std::string toText(const Figure& figure) {
  std::string bounds;
  if (figure.hasBound()) {
    bounds = figure.least > -kNone && figure.most < kNone
                 ? fmt::format("{:.3g} to {:.3g}", figure.least, figure.most)
             : figure.most < kNone ? fmt::format("at most {:.3g}", figure.most)
                                   : fmt::format("at least {:.3g}", figure.least);
    bounds = fmt::format("  [{}{}]", bounds, figure.keepsBound() ? "" : ": NOT REACHED");
  }
  return fmt::format("{:<52} {:>8.2f} {}{}", figure.name, figure.value, figure.unit, bounds);
}

std::span<const Behaviour> behaviours() { return kBehaviours; }

}  // namespace hiss
