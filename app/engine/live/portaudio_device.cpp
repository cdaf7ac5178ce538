// SPDX-License-Identifier: Apache-2.0
//
// Devices of the system, through PortAudio.
#include <fcntl.h>
#include <portaudio.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#if __has_include(<pa_linux_alsa.h>)
#include <pa_linux_alsa.h>
#define HISS_HAS_PA_ALSA
#endif

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/live/device_errors.h"
#include "app/engine/live/device_list.h"

namespace hiss {
namespace {

constexpr double kMostLatency = 3.0;  // s; what a driver tells beyond that is an error
constexpr int kUsualChannels = 2;

// ALSA and JACK write to the standard error stream for each device that they find unusable.
class SilentStandardError {
 public:
  SilentStandardError() : saved_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && null >= 0) ::dup2(null, STDERR_FILENO);
    if (null >= 0) ::close(null);
  }
  ~SilentStandardError() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  SilentStandardError(const SilentStandardError&) = delete;
  SilentStandardError& operator=(const SilentStandardError&) = delete;

 private:
  int saved_;
};

// Streams of several threads begin and end PortAudio, which does not guard itself.
std::mutex& libraryMutex() {
  static std::mutex mutex;
  return mutex;
}

// PortAudio lists the devices once, when it is initialised: so each user of it begins anew.
class PortAudioLibrary {
 public:
  PortAudioLibrary() {
    const std::lock_guard lock(libraryMutex());
    const SilentStandardError silent;
    const PaError error = Pa_Initialize();
    if (error == paNoError) return;
    throw Failure(FailureKind::kInput, "sound devices", "PortAudio to start",
                  Pa_GetErrorText(error));
  }
  ~PortAudioLibrary() {
    const std::lock_guard lock(libraryMutex());
    const SilentStandardError silent;
    Pa_Terminate();
  }
  PortAudioLibrary(const PortAudioLibrary&) = delete;
  PortAudioLibrary& operator=(const PortAudioLibrary&) = delete;
};

std::vector<AudioDeviceInfo> listDevices() {
  std::vector<AudioDeviceInfo> devices;
  for (int i = 0; i < Pa_GetDeviceCount(); ++i) {
    const PaDeviceInfo* const info = Pa_GetDeviceInfo(i);
    if (info == nullptr) continue;
    AudioDeviceInfo device;
    device.index = i;
    device.name = info->name;
    device.host = Pa_GetHostApiInfo(info->hostApi)->name;
    device.in_channels = info->maxInputChannels;
    device.out_channels = info->maxOutputChannels;
    device.default_rate_hz = static_cast<int>(std::lround(info->defaultSampleRate));
    device.is_default_input = i == Pa_GetDefaultInputDevice();
    device.is_default_output = i == Pa_GetDefaultOutputDevice();
    devices.push_back(device);
  }
  return devices;
}

// Without rights to the sound cards ALSA lists none of them.
bool areCardsForbidden() {
  constexpr const char* kFirstCard = "/dev/snd/controlC0";
  return ::access(kFirstCard, F_OK) == 0 && ::access(kFirstCard, R_OK | W_OK) != 0;
}

void requireDevices(const std::vector<AudioDeviceInfo>& devices) {
  if (!devices.empty()) return;
  throw Failure(FailureKind::kInput, "sound devices", "at least one",
                areCardsForbidden()
                    ? "none that may be opened: " + errnoText(EACCES) + " for /dev/snd"
                    : "none");
}

double steadySeconds() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A latency as a driver tells it, or what the stream was opened with if that is nonsense.
double believable(double told_s, double nominal_s) noexcept {
  return told_s > 0.0 && told_s < kMostLatency ? told_s : nominal_s;
}

struct Side {
  AudioDeviceInfo device;
  PaStreamParameters parameters{};
  int rate_hz = 0;
};

class PortAudioDevice final : public AudioDevice {
 public:
  ~PortAudioDevice() override { PortAudioDevice::close(); }

  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override;
  void start() override;
  void close() noexcept override;
  [[nodiscard]] bool isAlive() noexcept override;
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return steadySeconds(); }

 private:
  struct Stream {
    PortAudioDevice* owner = nullptr;
    PaStream* handle = nullptr;
    double rate_hz = 0.0;
    double in_latency_s = 0.0;
    double out_latency_s = 0.0;
  };

  static int onCall(const void* in, void* out, unsigned long count,
                    const PaStreamCallbackTimeInfo* times, PaStreamCallbackFlags flags, void* user);
  [[nodiscard]] static const AudioDeviceInfo& findDevice(
      const std::vector<AudioDeviceInfo>& devices, const std::string& wanted,
      AudioDirection direction);
  AudioStreamFormat openInput(const Side& in, int block);
  AudioStreamFormat openOutput(const Side& out, int block);
  Side makeOutput(const std::vector<AudioDeviceInfo>& devices, const AudioStreamRequest& request,
                  int in_rate_hz);
  void openStream(Stream& stream, const Side* in, const Side* out, int rate_hz, int block);

  std::optional<PortAudioLibrary> library_;
  AudioCallback* callback_ = nullptr;
  Stream first_;   // the input's, of both sides, or the only one
  Stream second_;  // the output's
  std::string in_name_;
  std::string out_name_;
};

[[noreturn]] void fail(PaError code, const std::string& name, bool is_input, int rate_hz,
                       int channels) {
  DeviceError error{code, 0, {}, name, is_input, rate_hz, channels};
  if (const PaHostErrorInfo* const host = Pa_GetLastHostErrorInfo();
      code == paUnanticipatedHostError && host != nullptr) {
    error.host_code = static_cast<int>(host->errorCode);
    error.host_text = host->errorText;
  }
  throw deviceFailure(error);
}

// Whether threads of this process may have the priority that PortAudio gives its own.
bool mayBeRealTime() {
  constexpr int kPortAudioPriority = 50;
  int error = 0;
  std::thread([&error] {
    sched_param priority{};
    priority.sched_priority = kPortAudioPriority;
    error = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority);
  }).join();
  return error == 0;
}

// Whether input and output of the device are driven by one clock. ALSA's "default" or "pulse" may
// be a microphone here and headphones there.
bool isOnePiece(const AudioDeviceInfo& device) {
  return device.host != "ALSA" || device.name.find("(hw:") != std::string::npos;
}

Side makeSide(const AudioDeviceInfo& device, AudioDirection direction, int channels,
              double latency_s) {
  const bool is_input = direction == AudioDirection::kInput;
  const int most = is_input ? device.in_channels : device.out_channels;
  if (channels > most) {
    throw Failure(FailureKind::kUsage, device.name, "at most " + std::to_string(most) + " channels",
                  std::to_string(channels));
  }
  const PaDeviceInfo* const info = Pa_GetDeviceInfo(device.index);
  Side side;
  side.device = device;
  side.parameters.device = device.index;
  side.parameters.channelCount = channels > 0 ? channels : std::min(most, kUsualChannels);
  side.parameters.sampleFormat = paFloat32;
  side.parameters.suggestedLatency =
      std::max(latency_s, is_input ? info->defaultLowInputLatency : info->defaultLowOutputLatency);
  side.rate_hz = device.default_rate_hz;
  return side;
}

const AudioDeviceInfo& PortAudioDevice::findDevice(const std::vector<AudioDeviceInfo>& devices,
                                                   const std::string& wanted,
                                                   AudioDirection direction) {
  try {
    return findAudioDevice(devices, wanted, direction);
  } catch (const Failure&) {
    if (!areCardsForbidden()) throw;
    throw Failure(direction == AudioDirection::kInput ? FailureKind::kInput : FailureKind::kOutput,
                  wanted.empty() ? "sound devices" : wanted,
                  "sound cards that may be opened (group audio?)",
                  errnoText(EACCES) + " for /dev/snd");
  }
}

AudioStreamFormat PortAudioDevice::open(const AudioStreamRequest& request,
                                        AudioCallback& callback) {
  close();
  library_.emplace();
  callback_ = &callback;
  const std::vector<AudioDeviceInfo> devices = listDevices();
  requireDevices(devices);
  in_name_.clear();
  if (request.output_only) {
    return openOutput(makeOutput(devices, request, request.in_rate_hz), request.block);
  }
  Side in = makeSide(findDevice(devices, request.input, AudioDirection::kInput),
                     AudioDirection::kInput, request.in_channels, request.latency_s);
  if (request.in_rate_hz > 0) in.rate_hz = request.in_rate_hz;
  in_name_ = in.device.name;
  if (request.input_only) return openInput(in, request.block);
  const Side out = makeOutput(devices, request, in.rate_hz);
  AudioStreamFormat format;
  format.input = in_name_;
  format.output = out_name_;
  format.in_rate_hz = in.rate_hz;
  format.out_rate_hz = out.rate_hz;
  format.in_channels = in.parameters.channelCount;
  format.out_channels = out.parameters.channelCount;
  format.block = request.block;
  format.one_clock =
      in.device.index == out.device.index && in.rate_hz == out.rate_hz && isOnePiece(in.device);
  if (format.one_clock) {
    openStream(first_, &in, &out, in.rate_hz, request.block);
  } else {
    openStream(first_, &in, nullptr, in.rate_hz, request.block);
    openStream(second_, nullptr, &out, out.rate_hz, request.block);
  }
  return format;
}

Side PortAudioDevice::makeOutput(const std::vector<AudioDeviceInfo>& devices,
                                 const AudioStreamRequest& request, int in_rate_hz) {
  Side out = makeSide(findDevice(devices, request.output, AudioDirection::kOutput),
                      AudioDirection::kOutput, request.out_channels, request.latency_s);
  if (request.out_rate_hz > 0) {
    out.rate_hz = request.out_rate_hz;
  } else if (in_rate_hz > 0) {
    const SilentStandardError silent;
    if (Pa_IsFormatSupported(nullptr, &out.parameters, in_rate_hz) == paFormatIsSupported) {
      out.rate_hz = in_rate_hz;
    }
  }
  out_name_ = out.device.name;
  return out;
}

AudioStreamFormat PortAudioDevice::openOutput(const Side& out, int block) {
  openStream(first_, nullptr, &out, out.rate_hz, block);
  AudioStreamFormat format;
  format.output = out_name_;
  format.out_rate_hz = out.rate_hz;
  format.out_channels = out.parameters.channelCount;
  format.block = block;
  return format;
}

AudioStreamFormat PortAudioDevice::openInput(const Side& in, int block) {
  openStream(first_, &in, nullptr, in.rate_hz, block);
  AudioStreamFormat format;
  format.input = in_name_;
  format.in_rate_hz = in.rate_hz;
  format.in_channels = in.parameters.channelCount;
  format.block = block;
  return format;
}

void PortAudioDevice::openStream(Stream& stream, const Side* in, const Side* out, int rate_hz,
                                 int block) {
  const Side* const side = in != nullptr ? in : out;
  if (side == nullptr) return;
  stream.owner = this;
  stream.rate_hz = rate_hz;
  PaError error = paNoError;
  {
    const SilentStandardError silent;
    error =
        Pa_OpenStream(&stream.handle, in != nullptr ? &in->parameters : nullptr,
                      out != nullptr ? &out->parameters : nullptr, rate_hz,
                      block > 0 ? static_cast<unsigned long>(block) : paFramesPerBufferUnspecified,
                      paNoFlag, &PortAudioDevice::onCall, &stream);
  }
  if (error != paNoError) {
    stream.handle = nullptr;
    const std::string name = in != nullptr ? in_name_ : out_name_;
    const int channels = side->parameters.channelCount;
    // Before `close`, which forgets what the system said.
    try {
      fail(error, name, in != nullptr, rate_hz, channels);
    } catch (const Failure&) {
      close();
      throw;
    }
  }
#ifdef HISS_HAS_PA_ALSA
  // Its thread calls the callback. Where that is not allowed PortAudio would not start at all.
  if (side->device.host == "ALSA" && mayBeRealTime()) {
    PaAlsa_EnableRealtimeScheduling(stream.handle, 1);
  }
#endif
  const PaStreamInfo* const info = Pa_GetStreamInfo(stream.handle);
  stream.in_latency_s = info->inputLatency;
  stream.out_latency_s = info->outputLatency;
}

void PortAudioDevice::start() {
  for (Stream* stream : {&second_, &first_}) {
    if (stream->handle == nullptr) continue;
    const PaError error = Pa_StartStream(stream->handle);
    if (error == paNoError) continue;
    const bool is_input = stream == &first_ && !in_name_.empty();
    const std::string name = is_input ? in_name_ : out_name_;
    try {
      fail(error, name, is_input, static_cast<int>(stream->rate_hz), 0);
    } catch (const Failure&) {
      close();
      throw;
    }
  }
}

void PortAudioDevice::close() noexcept {
  for (Stream* stream : {&first_, &second_}) {
    if (stream->handle != nullptr) {
      // Not Pa_StopStream: that would wait for what is still to be played, on a device that may be
      // gone.
      Pa_AbortStream(stream->handle);
      Pa_CloseStream(stream->handle);
    }
    *stream = Stream();
  }
  library_.reset();
}

bool PortAudioDevice::isAlive() noexcept {
  const auto runs = [](const Stream& stream) {
    return stream.handle == nullptr || Pa_IsStreamActive(stream.handle) == 1;
  };
  return first_.handle != nullptr && runs(first_) && runs(second_);
}

int PortAudioDevice::onCall(const void* in, void* out, unsigned long count,
                            const PaStreamCallbackTimeInfo* times, PaStreamCallbackFlags flags,
                            void* user) {
  const Stream& stream = *static_cast<const Stream*>(user);
  AudioBlock block;
  block.in = static_cast<const float*>(in);
  block.out = static_cast<float*>(out);
  block.samples = static_cast<int>(count);
  block.time_s = steadySeconds();
  // PortAudio tells of the first sample of the input; counted here is from the last one on.
  block.in_latency_s = std::max(
      0.0, believable(times->currentTime - times->inputBufferAdcTime, stream.in_latency_s) -
               static_cast<double>(count) / stream.rate_hz);
  block.out_latency_s =
      believable(times->outputBufferDacTime - times->currentTime, stream.out_latency_s);
  block.in_overflow = (flags & paInputOverflow) != 0;
  block.out_underflow = (flags & paOutputUnderflow) != 0;
  stream.owner->callback_->onAudio(block);
  return paContinue;
}

}  // namespace

std::vector<AudioDeviceInfo> listAudioDevices() {
  const PortAudioLibrary library;
  std::vector<AudioDeviceInfo> devices = listDevices();
  requireDevices(devices);
  return devices;
}

std::unique_ptr<AudioDevice> makeSystemAudioDevice() { return std::make_unique<PortAudioDevice>(); }

}  // namespace hiss
