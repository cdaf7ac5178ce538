// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_desk.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "app/engine/live/live_recorder.h"
#include "app/engine/live/live_session.h"
#include "app/engine/live/virtual_mic.h"
#include "app/engine/load_denoiser.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;
using State = LiveDeskStatus::State;

constexpr std::chrono::milliseconds kLook{40};
constexpr std::chrono::milliseconds kListEvery{2000};
constexpr std::chrono::milliseconds kRestoreEvery{1000};
constexpr std::chrono::milliseconds kNoSoundFor{700};  // then it is waited for
constexpr std::chrono::milliseconds kPatience{700};    // with a device, at the end
constexpr std::chrono::seconds kRecordingPatience{10};

double secondsSince(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

void apply(const LiveDeskControls& controls, Denoiser& denoiser) {
  denoiser.setAttenuationLimitDb(controls.attenuation_limit_db);
  denoiser.setMix(controls.mix);
  denoiser.setBypass(controls.bypass);
  denoiser.setListenRemoved(controls.removed);
}

struct RecordOrder {
  std::filesystem::path in;
  std::filesystem::path out;
};

// What is being recorded. Apart from the class, for clang to know its default values in time.
struct Recording {
  std::optional<LiveRecorder> in;
  std::optional<LiveRecorder> out;
  RecordOrder paths;
  int rate_hz = 0;
  int channels = 0;
  Clock::time_point begun;
  Clock::time_point detached;  // when the session that it belonged to ended
};

}  // namespace

// What the thread shares with the desk, and what it has for itself.
class LiveDesk::Core {
 public:
  Core(const ModelRegistry& registry, ListDevices list_devices)
      : registry_(registry), list_devices_(std::move(list_devices)) {}

  struct Orders {
    bool quit = false;
    bool stop = false;
    std::optional<LiveOrder> start;
    bool stop_recording = false;
    std::optional<RecordOrder> record;
    [[nodiscard]] bool any() const {
      return quit || stop || start || stop_recording || record.has_value();
    }
  };

  void run();
  // Changes the waiting orders and wakes the thread.
  template <class F>
  void order(F&& change) {
    const std::lock_guard lock(mutex_);
    change(orders_);
    wake_.notify_all();
  }
  // Whether the thread came to its end.
  bool waitForEnd();

 private:
  friend class LiveDesk;

  // [thread-safe] under mutex_.
  mutable std::mutex mutex_;
  LiveDeskControls controls_;
  LiveDeskStatus status_;
  bool status_is_new_ = false;
  LiveOffer offer_;
  bool offer_is_new_ = false;
  std::deque<LiveEvent> events_;
  std::shared_ptr<LiveFeed> feed_;
  std::shared_ptr<Denoiser> denoiser_;

  Orders takeOrders();
  void obey(Orders& orders);
  void begin(const LiveOrder& order);
  std::shared_ptr<Denoiser> makeDenoiser(const std::string& model);
  void openSession(const LiveOrder& order);
  void closeSession();
  void stop();
  void look();
  void lookForSound();
  void restoreMicrophone();
  void beginRecording(const RecordOrder& order);
  void resumeRecording();
  void pumpRecording();
  void attachRecorders();
  void finishRecording();
  void dropRecording(const Failure& failure);
  void list();
  void summariseModels();
  void publish();
  void say(LiveEvent::Kind kind, const Failure& failure) {
    say({kind, failure.kind(), failure.what()});
  }
  void say(LiveEvent event);
  void setState(State state);

  ModelRegistry registry_;
  ListDevices list_devices_;
  std::condition_variable wake_;
  Orders orders_;
  bool ended_ = false;

  // Of the thread.
  std::filesystem::path model_path_;
  std::filesystem::file_time_type model_time_;
  std::shared_ptr<const DenoiserModel> model_;
  std::string model_name_;
  std::optional<VirtualMic> virtual_mic_;
  std::unique_ptr<AudioDevice> device_;
  std::optional<LiveSession> session_;
  std::shared_ptr<LiveFeed> own_feed_;
  std::shared_ptr<Denoiser> own_denoiser_;
  std::uint64_t feeds_ = 0;
  State state_ = State::kStopped;
  LiveStats stats_;
  bool priority_said_ = false;
  double heard_s_ = 0.0;
  Clock::time_point heard_at_;
  Clock::time_point listed_at_;
  Clock::time_point restored_at_;

  std::optional<Recording> recording_;
};

void LiveDesk::Core::run() {
  list();
  summariseModels();
  while (true) {
    Orders orders = takeOrders();
    if (orders.quit) break;
    try {
      obey(orders);
      if (session_) look();
      pumpRecording();
      if (!session_ && Clock::now() - listed_at_ > kListEvery) list();
    } catch (...) {
      say(LiveEvent::Kind::kFailed, currentFailure("live sound"));
      stop();
    }
    publish();
  }
  stop();
  publish();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  wake_.notify_all();
}

LiveDesk::Core::Orders LiveDesk::Core::takeOrders() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kLook, [this] { return orders_.any(); });
  return std::exchange(orders_, Orders());
}

bool LiveDesk::Core::waitForEnd() {
  std::unique_lock lock(mutex_);
  const auto patience = status_.recording ? Clock::duration(kRecordingPatience) : kPatience;
  return wake_.wait_for(lock, patience, [this] { return ended_; });
}

void LiveDesk::Core::obey(Orders& orders) {
  if (orders.stop) stop();
  if (orders.start) begin(*orders.start);
  if (orders.stop_recording) finishRecording();
  if (orders.record) beginRecording(*orders.record);
}

std::shared_ptr<Denoiser> LiveDesk::Core::makeDenoiser(const std::string& model) {
  const std::filesystem::path path = findModel(registry_, model);
  std::error_code ignored;
  const auto time = std::filesystem::last_write_time(path, ignored);
  if (!model_ || path != model_path_ || time != model_time_) {
    model_ = loadDenoiser(path);
    model_path_ = path;
    model_time_ = time;
  }
  return std::make_shared<Denoiser>(model_);
}

void LiveDesk::Core::begin(const LiveOrder& order) {
  if (!session_) setState(State::kStarting);
  std::shared_ptr<Denoiser> denoiser;
  try {
    denoiser = makeDenoiser(order.model);
  } catch (...) {
    // Also what the code that loads a file has not foreseen.
    say(LiveEvent::Kind::kModelRefused, currentFailure(order.model));
    if (!session_) setState(State::kStopped);
    return;
  }
  closeSession();
  setState(State::kStarting);
  own_denoiser_ = std::move(denoiser);
  model_name_ = order.model;
  try {
    openSession(order);
  } catch (...) {
    const Failure failure = currentFailure("sound device");
    stop();
    say(LiveEvent::Kind::kDeviceRefused, failure);
  }
}

void LiveDesk::Core::openSession(const LiveOrder& order) {
  if (order.virtual_mic != virtual_mic_.has_value()) {
    virtual_mic_.reset();
    if (order.virtual_mic) virtual_mic_.emplace();
  }
  device_ = order.make_device();
  LiveConfig config;
  config.request = order.request;
  config.worker.latency = order.latency;
  session_.emplace(*device_, *own_denoiser_, config);
  const AudioStreamFormat& format = session_->open();
  own_feed_ =
      std::make_shared<LiveFeed>(++feeds_, format.in_rate_hz, LiveWorker::processedChannels(format),
                                 own_denoiser_->latencySamples());
  resumeRecording();
  {
    const std::lock_guard lock(mutex_);
    apply(controls_, *own_denoiser_);
    denoiser_ = own_denoiser_;
    feed_ = own_feed_;
  }
  stats_ = LiveStats();
  heard_s_ = 0.0;
  heard_at_ = Clock::now();
  priority_said_ = false;
  session_->start(&own_feed_->in(), &own_feed_->out());
  setState(State::kRunning);
}

void LiveDesk::Core::closeSession() {
  if (session_) session_->close();
  session_.reset();
  device_.reset();
  if (recording_) recording_->detached = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    denoiser_.reset();
  }
  own_denoiser_.reset();
}

void LiveDesk::Core::stop() {
  closeSession();
  finishRecording();
  virtual_mic_.reset();
  model_name_.clear();
  listed_at_ = Clock::now();
  setState(State::kStopped);
}

void LiveDesk::Core::look() {
  const bool was_lost = session_->isLost();
  try {
    if (const auto line = session_->supervise()) {
      say({session_->isLost() ? LiveEvent::Kind::kDeviceLost : LiveEvent::Kind::kDeviceBack,
           FailureKind::kInput, *line});
    }
  } catch (const Failure& failure) {
    if (!recording_) throw;
    dropRecording(failure);
  }
  if (was_lost && !session_->isLost()) heard_at_ = Clock::now();
  restoreMicrophone();
  lookForSound();
  if (!priority_said_ && session_->priorityError() != 0) {
    priority_said_ = true;
    say({LiveEvent::Kind::kNoPriority, FailureKind::kInternal,
         errnoText(session_->priorityError())});
  }
}

// A device may say that it runs long after it is gone.
void LiveDesk::Core::lookForSound() {
  if (session_->latestStats(stats_) && stats_.processed_s != heard_s_) {
    heard_s_ = stats_.processed_s;
    heard_at_ = Clock::now();
  }
  const bool waits = session_->isLost() || Clock::now() - heard_at_ > kNoSoundFor;
  state_ = waits ? State::kWaiting : State::kRunning;
}

// A sound server that was started again knows nothing of the microphone.
void LiveDesk::Core::restoreMicrophone() {
  if (!virtual_mic_ || !session_->isLost() || Clock::now() - restored_at_ < kRestoreEvery) return;
  virtual_mic_->restore();
  restored_at_ = Clock::now();
}

void LiveDesk::Core::beginRecording(const RecordOrder& order) {
  finishRecording();
  if (!session_) return;
  try {
    if (order.in == order.out) {
      throw Failure(FailureKind::kUsage, order.out.string(), "two files to record to", "one");
    }
    const AudioStreamFormat& format = session_->format();
    recording_.emplace();
    recording_->paths = order;
    recording_->rate_hz = format.in_rate_hz;
    recording_->channels = LiveWorker::processedChannels(format);
    for (const auto& [path, recorder] :
         {std::pair(&order.in, &recording_->in), std::pair(&order.out, &recording_->out)}) {
      if (path->empty()) continue;
      recorder->emplace(*path, recording_->rate_hz, recording_->channels,
                        AtomicOutput::Existing::kReplace);
    }
    recording_->begun = Clock::now();
    attachRecorders();
  } catch (const Failure& failure) {
    recording_.reset();
    say(LiveEvent::Kind::kRecordingRefused, failure);
  }
}

void LiveDesk::Core::attachRecorders() {
  own_feed_->setTaps(recording_->in ? &*recording_->in : nullptr,
                     recording_->out ? &*recording_->out : nullptr);
}

// Into a session that was started again, which is not yet processing. What was missed is silence.
void LiveDesk::Core::resumeRecording() {
  if (!recording_) return;
  const AudioStreamFormat& format = session_->format();
  if (format.in_rate_hz != recording_->rate_hz ||
      LiveWorker::processedChannels(format) != recording_->channels) {
    finishRecording();
    return;
  }
  try {
    const auto missed =
        static_cast<std::int64_t>(secondsSince(recording_->detached) * recording_->rate_hz);
    if (recording_->in) recording_->in->takeSilence(missed);
    if (recording_->out) recording_->out->takeSilence(missed);
    attachRecorders();
  } catch (const Failure& failure) {
    dropRecording(failure);
  }
}

void LiveDesk::Core::pumpRecording() {
  if (!recording_) return;
  try {
    if (recording_->in) recording_->in->pump();
    if (recording_->out) recording_->out->pump();
  } catch (const Failure& failure) {
    dropRecording(failure);
  }
}

void LiveDesk::Core::finishRecording() {
  if (!recording_) return;
  if (own_feed_) own_feed_->setTaps(nullptr, nullptr);
  const auto finish = [this](std::optional<LiveRecorder>& recorder,
                             const std::filesystem::path& path) {
    if (!recorder) return;
    try {
      recorder->finish();
      if (recorder->lostSamples() > 0) {
        throw Failure(FailureKind::kOutput, path.string(), "a disk that keeps up",
                      std::to_string(recorder->lostSamples()) + " samples lost");
      }
      say({LiveEvent::Kind::kRecordingSaved, FailureKind::kOutput, path.string()});
    } catch (const Failure& failure) {
      say(LiveEvent::Kind::kRecordingFailed, failure);
    }
  };
  finish(recording_->in, recording_->paths.in);
  finish(recording_->out, recording_->paths.out);
  recording_.reset();
}

// Keeps what can be kept.
void LiveDesk::Core::dropRecording(const Failure& failure) {
  say(LiveEvent::Kind::kRecordingFailed, failure);
  finishRecording();
}

void LiveDesk::Core::list() {
  listed_at_ = Clock::now();
  LiveOffer found;
  found.devices_known = true;
  try {
    found.devices = list_devices_();
  } catch (...) {
    found.device_failure = currentFailure("sound devices").what();
  }
  listed_at_ = Clock::now();
  const std::lock_guard lock(mutex_);
  offer_.devices_known = true;
  offer_.devices = std::move(found.devices);
  offer_.device_failure = std::move(found.device_failure);
  offer_is_new_ = true;
}

void LiveDesk::Core::summariseModels() {
  std::vector<ModelSummary> models;
  try {
    models = summariseAll(registry_);
  } catch (...) {
    say(LiveEvent::Kind::kFailed, currentFailure("models"));
  }
  std::erase_if(models, [](const ModelSummary& model) {
    return model.error.empty() && model.task != kDenoiseTask;
  });
  const std::lock_guard lock(mutex_);
  offer_.models_known = true;
  offer_.models = std::move(models);
  offer_is_new_ = true;
}

void LiveDesk::Core::say(LiveEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

void LiveDesk::Core::setState(State state) {
  state_ = state;
  publish();
}

void LiveDesk::Core::publish() {
  const std::lock_guard lock(mutex_);
  status_.state = state_;
  status_.format = session_ ? session_->format() : AudioStreamFormat();
  status_.model = session_ ? model_name_ : std::string();
  status_.stats = stats_;
  status_.reconnections = session_ ? session_->reconnections() : 0;
  status_.recording = recording_.has_value();
  status_.recorded_s = recording_ ? secondsSince(recording_->begun) : 0.0;
  status_is_new_ = true;
}

LiveDesk::LiveDesk(const ModelRegistry& registry, ListDevices list_devices)
    : core_(std::make_shared<Core>(registry, std::move(list_devices))),
      thread_([core = core_] { core->run(); }) {}

LiveDesk::~LiveDesk() {
  core_->order([](Core::Orders& orders) { orders.quit = true; });
  if (core_->waitForEnd()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LiveDesk::start(LiveOrder order) {
  core_->order([&](Core::Orders& orders) {
    orders.start = std::move(order);
    orders.stop = false;
  });
}

void LiveDesk::stop() {
  core_->order([](Core::Orders& orders) {
    orders.stop = true;
    orders.start.reset();
  });
}

void LiveDesk::record(std::filesystem::path in_path, std::filesystem::path out_path) {
  core_->order([&](Core::Orders& orders) {
    orders.record = RecordOrder{std::move(in_path), std::move(out_path)};
    orders.stop_recording = false;
  });
}

void LiveDesk::stopRecording() {
  core_->order([](Core::Orders& orders) {
    orders.stop_recording = true;
    orders.record.reset();
  });
}

void LiveDesk::setControls(const LiveDeskControls& controls) {
  const std::lock_guard lock(core_->mutex_);
  core_->controls_ = controls;
  if (core_->denoiser_) apply(controls, *core_->denoiser_);
}

bool LiveDesk::latestStatus(LiveDeskStatus& status) {
  const std::lock_guard lock(core_->mutex_);
  if (!std::exchange(core_->status_is_new_, false)) return false;
  status = core_->status_;
  return true;
}

bool LiveDesk::latestOffer(LiveOffer& offer) {
  const std::lock_guard lock(core_->mutex_);
  if (!std::exchange(core_->offer_is_new_, false)) return false;
  offer = core_->offer_;
  return true;
}

bool LiveDesk::nextEvent(LiveEvent& event) {
  const std::lock_guard lock(core_->mutex_);
  if (core_->events_.empty()) return false;
  event = std::move(core_->events_.front());
  core_->events_.pop_front();
  return true;
}

std::shared_ptr<LiveFeed> LiveDesk::feed() const {
  const std::lock_guard lock(core_->mutex_);
  return core_->feed_;
}

std::shared_ptr<Denoiser> LiveDesk::denoiser() const {
  const std::lock_guard lock(core_->mutex_);
  return core_->denoiser_;
}

}  // namespace hiss
