// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/mqtt/mqtt_client.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/mqtt/tcp_reach.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {
namespace {

constexpr int kTurnMs = 500;
constexpr int kSliceMs = 100;
constexpr double kAnswerSeconds = 15.0;  // for TLS and CONNACK
constexpr double kReachSeconds = 10.0;
constexpr double kSteadySeconds = 10.0;    // a connection of this length counts as a good one
constexpr double kHopelessSeconds = 30.0;  // between attempts with a wrong password
// Messages that we sent. Mosquitto hangs up on more at QoS 2, and MQTT 3.1.1 has no word for how
// many a broker takes.
constexpr int kMostUnacknowledged = 20;
constexpr std::uint32_t kSessionSeconds = 604800;  // MQTT 5: the broker forgets us after a week
constexpr std::uint32_t kMostPacketBytes = RowDecoder::kMostMessageBytes + (std::uint32_t{1} << 17);
constexpr int kRefusedFrom = 0x80;  // in SUBACK

void initLibrary() {
  static std::once_flag once;  // never undone: the library may be used till the end
  std::call_once(once, [] { mosquitto_lib_init(); });
}

// Of "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed" the last part.
std::string tlsReason(const std::string& text) {
  if (text.find("OpenSSL Error") == std::string::npos) return {};
  return text.substr(text.rfind(':') + 1);
}

// Before the broker's answer the library takes the end of the stream for a pause.
bool peerClosed(int socket) {
  char byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int asInt(std::size_t size) { return static_cast<int>(size); }

}  // namespace

void MqttClient::Free::operator()(mosquitto* client) const { mosquitto_destroy(client); }

MqttClient::MqttClient(MqttSettings settings, MqttListener& listener, MonitorLog& log)
    : settings_(std::move(settings)),
      listener_(listener),
      log_(log),
      pause_(settings_.longest_pause_seconds) {
  initLibrary();
  client_.reset(mosquitto_new(settings_.client_id.c_str(), !settings_.keep_session, this));
  if (!client_) throw Failure(FailureKind::kUsage, settings_.name, "a client id", "a damaged one");
  mosquitto* const client = client_.get();
  // Packets are then written by mosquitto_loop_write() only, so an acknowledgement after onMessage.
  mosquitto_threaded_set(client, true);
  mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION,
                       settings_.version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option(client, MOSQ_OPT_SEND_MAXIMUM, kMostUnacknowledged);
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  const Credentials& who = settings_.who;
  if (!who.user.empty()) {
    mosquitto_username_pw_set(client, who.user.c_str(),
                              who.password.empty() ? nullptr : who.password.c_str());
  }
  if (!settings_.will_topic.empty()) {
    mosquitto_will_set(client, settings_.will_topic.c_str(), asInt(settings_.will.size()),
                       settings_.will.data(), settings_.qos, true);
  }
  if (settings_.tls) prepareTls();
  setCallbacks();
}

MqttClient::~MqttClient() { stop(0.0); }

void MqttClient::prepareTls() {
  mosquitto* const client = client_.get();
  const auto given = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
  int code = MOSQ_ERR_SUCCESS;
  if (settings_.ca.empty()) code = mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
  if (code == MOSQ_ERR_SUCCESS && (!settings_.ca.empty() || !settings_.certificate.empty())) {
    // The library wants one of the two places; without `ca` the system's are read besides.
    code = mosquitto_tls_set(client, given(settings_.ca),
                             settings_.ca.empty() ? "/etc/ssl/certs" : nullptr,
                             given(settings_.certificate), given(settings_.key), nullptr);
  }
  if (code == MOSQ_ERR_SUCCESS) code = mosquitto_tls_insecure_set(client, !settings_.check_name);
  if (code != MOSQ_ERR_SUCCESS) {
    throw Failure(FailureKind::kInput, settings_.name, "certificates that can be used",
                  mosquitto_strerror(code));
  }
}

void MqttClient::setCallbacks() {
  mosquitto* const client = client_.get();
  mosquitto_connect_v5_callback_set(
      client, [](mosquitto*, void* self, int code, int flags, const mosquitto_property*) {
        static_cast<MqttClient*>(self)->onConnectAnswer(code, (flags & 1) != 0);
      });
  mosquitto_message_callback_set(
      client, [](mosquitto*, void* data, const mosquitto_message* message) {
        auto* const self = static_cast<MqttClient*>(data);
        if (self->refused_message_) return;
        const MqttMessage given = {
            .topic = message->topic,
            .payload = {static_cast<const char*>(message->payload),
                        static_cast<std::size_t>(std::max(message->payloadlen, 0))},
            .retained = message->retain};
        self->refused_message_ = !self->listener_.onMessage(given);
        errno = 0;  // the library looks at it for its own calls
      });
  mosquitto_publish_callback_set(client, [](mosquitto*, void* self, int id) {
    static_cast<MqttClient*>(self)->listener_.onSent(id);
    errno = 0;
  });
  mosquitto_subscribe_callback_set(
      client, [](mosquitto*, void* self, int id, int count, const int* granted) {
        const bool is_refused =
            std::any_of(granted, granted + count, [](int qos) { return qos >= kRefusedFrom; });
        static_cast<MqttClient*>(self)->onSubscribeAnswer(id, is_refused);
        errno = 0;
      });
  mosquitto_log_callback_set(client, [](mosquitto*, void* self, int level, const char* text) {
    if ((level & MOSQ_LOG_ERR) != 0) static_cast<MqttClient*>(self)->library_error_ = text;
  });
}

void MqttClient::start() {
  thread_ = std::thread([this] { run(); });
}

void MqttClient::stop(double seconds) noexcept {
  if (!thread_.joinable()) return;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
  stop_at_ = until.time_since_epoch().count();
  stopping_ = true;
  wake_.signal();
  thread_.join();
}

int MqttClient::publish(const std::string& topic, std::string_view payload, int qos, bool retain) {
  if (!connected_) return -1;
  int id = -1;
  const int code = mosquitto_publish(client_.get(), &id, topic.c_str(), asInt(payload.size()),
                                     payload.data(), qos, retain);
  return code == MOSQ_ERR_SUCCESS ? id : -1;
}

void MqttClient::subscribe(const std::string& filter, int qos) {
  int id = 0;
  if (mosquitto_subscribe(client_.get(), &id, filter.c_str(), qos) == MOSQ_ERR_SUCCESS) {
    subscribing_[id] = filter;
  }
}

void MqttClient::onConnectAnswer(int code, bool has_session) {
  answer_ = code;
  if (code != 0) return;
  connected_ = true;
  const bool is_new = settings_.keep_session && !has_session;
  log_.sample(LogLevel::kInfo, settings_.name + ": connected",
              fmt::format("{}: connected{}", settings_.name, is_new ? ", with a new session" : ""));
  said_.clear();
  subscribing_.clear();
  unsubscribed_.clear();
  listener_.onConnected(*this);
  if (subscribing_.empty()) listener_.onState(true, "");
}

void MqttClient::onSubscribeAnswer(int id, bool is_refused) {
  const auto found = subscribing_.find(id);
  if (found == subscribing_.end()) return;
  if (is_refused) {
    unsubscribed_ = "the broker does not let us subscribe to " + oneLine(found->second);
    log_.sample(LogLevel::kWarning, settings_.name + unsubscribed_,
                settings_.name + ": " + unsubscribed_);
  }
  subscribing_.erase(found);
  if (subscribing_.empty()) listener_.onState(true, unsubscribed_);
}

void MqttClient::run() {
  while (!isOver()) {
    const Clock::time_point began = Clock::now();
    const Ending ending = attempt();
    const bool was_connected = std::exchange(connected_, false);
    if (isOver()) break;
    const std::chrono::duration<double> lasted = Clock::now() - began;
    if (was_connected && lasted.count() > kSteadySeconds) pause_.reset();
    listener_.onState(false, ending.problem);
    say(ending);
    if (!pause(pause_.next(ending.hopeless ? kHopelessSeconds : 0.0))) break;
  }
  listener_.onState(false, "");
}

// One connection, from its beginning to its end.
MqttClient::Ending MqttClient::attempt() {
  library_error_.clear();
  answer_ = 0;
  std::string address;
  Ending ending;
  ending.problem = reachTcp(settings_.host, settings_.port, kReachSeconds, stopping_, address);
  if (!ending.problem.empty() || isOver()) return ending;
  const int code = connect(address);
  if (code != MOSQ_ERR_SUCCESS) return describe(code);
  return serve();
}

int MqttClient::connect(const std::string& address) {
  mosquitto_property* properties = nullptr;
  if (settings_.version == 5) {
    mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, kMostPacketBytes);
    if (settings_.keep_session) {
      mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, kSessionSeconds);
    }
  }
  // A certificate is of a name, so TLS needs it; else the address that was just reached.
  const std::string& host = settings_.tls ? settings_.host : address;
  const int code = mosquitto_connect_bind_v5(client_.get(), host.c_str(), settings_.port,
                                             settings_.keepalive_s, nullptr, properties);
  mosquitto_property_free_all(&properties);
  return code;
}

bool MqttClient::isOver() {
  if (refused_message_) return true;
  if (!stopping_) return false;
  return Clock::now().time_since_epoch().count() >= stop_at_ || listener_.isIdle();
}

MqttClient::Ending MqttClient::serve() {
  mosquitto* const client = client_.get();
  const Clock::time_point began = Clock::now();
  while (true) {
    if (connected_) listener_.onTurn(*this);
    if (isOver()) {
      goodBye();
      return {};
    }
    const int socket = mosquitto_socket(client);
    if (socket < 0) return {"the connection was lost", false};
    std::array<pollfd, 2> fds = {};
    fds[0].fd = socket;
    fds[0].events = static_cast<short>(POLLIN | (mosquitto_want_write(client) ? POLLOUT : 0));
    fds[1].fd = wake_.descriptor();
    fds[1].events = POLLIN;
    ::poll(fds.data(), fds.size(), kTurnMs);
    if (fds[1].revents != 0) wake_.clear();
    int code = MOSQ_ERR_SUCCESS;
    if ((fds[0].revents & ~POLLOUT) != 0) {
      if (!connected_ && peerClosed(socket)) {
        return {settings_.tls ? "the broker hung up during TLS" : "the broker hung up at once",
                false};
      }
      errno = 0;  // else it ends with packets left in the buffer of TLS
      code = mosquitto_loop_read(client, 1);
    }
    if (refused_message_) continue;
    if (code == MOSQ_ERR_SUCCESS && mosquitto_want_write(client)) {
      code = mosquitto_loop_write(client, 1);
    }
    if (code == MOSQ_ERR_SUCCESS) code = mosquitto_loop_misc(client);
    if (code != MOSQ_ERR_SUCCESS) return describe(code);
    const std::chrono::duration<double> lasted = Clock::now() - began;
    if (!connected_ && lasted.count() > kAnswerSeconds) {
      return {"the broker does not answer", false};
    }
  }
}

void MqttClient::goodBye() noexcept {
  // What was not taken must not be acknowledged, and all that waits to be written goes first.
  if (!connected_ || refused_message_) return;
  mosquitto* const client = client_.get();
  // The library closes its end with the last byte. What the broker sends then would make the system
  // throw away the acknowledgements that the broker has not read yet, so a second end stays open.
  const ByteFile end = ByteFile::adopt(::dup(mosquitto_socket(client)));
  if (mosquitto_disconnect(client) != MOSQ_ERR_SUCCESS) return;
  const auto until = Clock::now() + std::chrono::seconds(1);
  while (mosquitto_socket(client) >= 0 && Clock::now() < until) {
    pollfd fd = {.fd = mosquitto_socket(client), .events = POLLOUT, .revents = 0};
    if (::poll(&fd, 1, kSliceMs) > 0 && mosquitto_loop_write(client, 1) != MOSQ_ERR_SUCCESS) {
      return;
    }
  }
  std::array<char, 4096> ignored = {};
  while (end.isOpen() && Clock::now() < until) {
    pollfd fd = {.fd = end.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&fd, 1, kSliceMs) > 0 &&
        ::recv(end.descriptor(), ignored.data(), ignored.size(), MSG_DONTWAIT) <= 0) {
      return;
    }
  }
}

MqttClient::Ending MqttClient::describe(int code) const {
  const int error = errno;
  const std::string tls = tlsReason(library_error_);
  if (answer_ != 0) {
    const bool is_5 = settings_.version == 5;
    const std::string words =
        is_5 ? mosquitto_reason_string(answer_) : mosquitto_connack_string(answer_);
    const bool is_about_us = answer_ == CONNACK_REFUSED_BAD_USERNAME_PASSWORD ||
                             answer_ == CONNACK_REFUSED_NOT_AUTHORIZED ||
                             answer_ == MQTT_RC_BAD_USERNAME_OR_PASSWORD ||
                             answer_ == MQTT_RC_NOT_AUTHORIZED;
    const std::string who = settings_.who.user.empty() ? "no user and password were given"
                                                       : "user \"" + settings_.who.user +
                                                             "\": wrong password, or no rights";
    return {fmt::format("the broker refuses us: {}{}", words,
                        is_about_us ? " (" + who + ")" : std::string()),
            true};
  }
  if (!tls.empty()) return {"TLS: " + tls, true};
  if (code == MOSQ_ERR_TLS) {
    return {library_error_.empty() ? "TLS failed" : "TLS: " + library_error_, true};
  }
  if (code == MOSQ_ERR_ERRNO) return {errnoText(error), false};
  return {mosquitto_strerror(code), false};
}

void MqttClient::say(const Ending& ending) {
  if (ending.problem == said_) return;
  said_ = ending.problem;
  log_.sample(LogLevel::kWarning, settings_.name + ": " + ending.problem,
              fmt::format("{}: {}; trying again, with pauses of up to {:g} s", settings_.name,
                          oneLine(ending.problem), pause_.longest()));
}

// False: it is over.
bool MqttClient::pause(double seconds) {
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
  while (!isOver()) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (rest <= 0) return true;
    pollfd fd = {.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&fd, 1, static_cast<int>(rest)) > 0) wake_.clear();
  }
  return false;
}

}  // namespace hiss
