// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "app/engine/live/audio_device.h"
#include "app/engine/sound_file_io.h"
#include "dsp/spsc_ring.h"

namespace hiss {

// A recording in place of a microphone, over and over, as fast as the clock of the output under it
// goes; what is asked of that is a request's output. Its ends are faded, so that the seam does not
// click. The file is read by a thread of its own, some seconds ahead; one that cannot be read any
// more counts as a lost device.
class DemoDevice final : public AudioDevice, private AudioCallback {
 public:
  // `output` is opened for output only.
  DemoDevice(std::filesystem::path recording, std::unique_ptr<AudioDevice> output);
  ~DemoDevice() override;

  // A request's input, its rate and its channels do not matter: they are those of the recording.
  // Throws Failure: kInput if that cannot be read, else that of the output.
  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override;
  void start() override { output_->start(); }
  void close() noexcept override;
  [[nodiscard]] bool isAlive() noexcept override { return !failed_.load() && output_->isAlive(); }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return output_->now(); }

 private:
  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override;
  void giveInput(const AudioBlock& call, int samples) noexcept HISS_NONBLOCKING;
  void openRecording();
  bool readBlock();
  void fill();
  void readAhead() noexcept;
  void fade(bool in);
  void queueBlock();

  std::filesystem::path recording_;
  std::unique_ptr<AudioDevice> output_;
  AudioCallback* callback_ = nullptr;
  AudioStreamFormat format_;

  // Of the reader.
  std::optional<SoundFileReader> reader_;
  std::vector<float> planar_;  // [channels][kReadBlock]
  std::vector<float*> rows_;   // [channels], rows of planar_
  std::vector<float> held_;    // [held][channels]: what may be the last block before the end
  std::vector<float> next_;    // [samples][channels]
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};

  SpscRing<float> ring_;  // interleaved
  // Of the output's calls.
  std::vector<float> in_;  // [kPiece][channels]
  std::uint64_t out_samples_ = 0;
  std::uint64_t in_samples_ = 0;
};

}  // namespace hiss
