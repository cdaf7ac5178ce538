// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/webhook_client.h"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kMostAnswerBytes = std::size_t{64} << 10;
constexpr double kMostRetryAfter = 3600.0;
constexpr double kMostConnectSeconds = 5.0;
// An answer that comes byte by byte must not hold the queue up for ever.
constexpr double kMostAnswerTimeouts = 3.0;

// httplib's words are the names of its enumerators.
std::string textOf(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "no connection";
    case httplib::Error::ConnectionTimeout:
      return "no connection within the time limit";
    case httplib::Error::Read:
      return "no answer within the time limit";
    case httplib::Error::Write:
      return "the connection broke";
    case httplib::Error::SSLConnection:
      return "no TLS connection";
    case httplib::Error::SSLLoadingCerts:
      return "certificates to trust that cannot be read";
    case httplib::Error::SSLServerVerification:
      return "a certificate that is not trusted";
    default:
      return "a failed request (" + httplib::to_string(error) + ")";
  }
}

void requireReadable(const std::string& file) {
  std::error_code ignored;
  if (file.empty() || std::filesystem::is_regular_file(file, ignored)) return;
  throw Failure(FailureKind::kInput, file, "a file with a certificate or key", "none");
}

WebhookOutcome outcomeOf(int status, const httplib::Headers& headers) {
  WebhookOutcome outcome;
  outcome.status = status;
  if (status >= 200 && status < 300) {
    outcome.kind = WebhookOutcome::Kind::kSent;
    return outcome;
  }
  outcome.problem = fmt::format("answer {}", status);
  const bool may_pass = status == 408 || status == 429;
  if (status >= 400 && status < 500 && !may_pass) {
    outcome.kind = WebhookOutcome::Kind::kRefused;
    return outcome;
  }
  if (status >= 300 && status < 400) outcome.problem += ", another address; give that one";
  const auto header = headers.find("Retry-After");
  if (header != headers.end()) {
    outcome.retry_after_seconds = retryAfterSeconds(header->second, std::time(nullptr));
  }
  return outcome;
}

}  // namespace

double retryAfterSeconds(const std::string& header, std::int64_t now) {
  std::uint64_t seconds = 0;
  const char* const end = header.data() + header.size();
  if (const auto [at, error] = std::from_chars(header.data(), end, seconds);
      error == std::errc() && at == end) {
    return std::min(static_cast<double>(seconds), kMostRetryAfter);
  }
  std::tm date{};
  if (::strptime(header.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return 0.0;
  return std::clamp(static_cast<double>(::timegm(&date) - now), 0.0, kMostRetryAfter);
}

std::string webhookSignature(const std::string& secret, const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int count = 0;
  ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(), bytes.data(), &count);
  std::string text = "sha256=";
  for (unsigned int i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

WebhookClient::WebhookClient(WebhookTarget target) : target_(std::move(target)) {}

WebhookClient::~WebhookClient() = default;

void WebhookClient::open() {
  for (const std::string* file : {&target_.ca, &target_.certificate, &target_.key}) {
    requireReadable(*file);
  }
  if (target_.is_https) {
    auto client = std::make_unique<httplib::SSLClient>(target_.host, target_.port,
                                                       target_.certificate, target_.key);
    if (!target_.ca.empty()) client->set_ca_cert_path(target_.ca);
    client->enable_server_certificate_verification(target_.check_certificate);
    client_ = std::move(client);
  } else {
    client_ = std::make_unique<httplib::ClientImpl>(target_.host, target_.port);
  }
  if (!client_->is_valid()) {
    throw Failure(FailureKind::kInput, target_.certificate, "a certificate and its key", "others");
  }
  const std::chrono::duration<double> timeout(target_.timeout_seconds);
  client_->set_connection_timeout(
      std::min(timeout, std::chrono::duration<double>(kMostConnectSeconds)));
  client_->set_read_timeout(timeout);
  client_->set_write_timeout(timeout);
  client_->set_keep_alive(false);  // alerts are rare, and a connection that died unseen loses time
  client_->set_follow_location(false);
  client_->set_url_encode(false);  // the address is as its owner wrote it
  if (!target_.user.empty() || !target_.password.empty()) {
    client_->set_basic_auth(target_.user, target_.password);
  }
  if (!target_.bearer_token.empty()) client_->set_bearer_token_auth(target_.bearer_token);
}

WebhookOutcome WebhookClient::post(const WebhookMessage& message) {
  using Clock = std::chrono::steady_clock;
  const auto deadline =
      Clock::now() + std::chrono::duration<double>(kMostAnswerTimeouts * target_.timeout_seconds);
  httplib::Request request;
  request.method = "POST";
  request.path = target_.path_and_query;
  request.body = message.body;
  request.headers.emplace("Content-Type", message.content_type);
  for (const auto& [name, value] : message.headers) request.headers.emplace(name, oneLine(value));
  // The status says all; what follows it may be long, slow or broken.
  int status = 0;
  httplib::Headers headers;
  std::size_t bytes = 0;
  request.response_handler = [&](const httplib::Response& response) {
    status = response.status;
    headers = response.headers;
    return true;
  };
  request.content_receiver = [&](const char*, std::size_t count, std::uint64_t, std::uint64_t) {
    bytes += count;
    return bytes <= kMostAnswerBytes && Clock::now() < deadline;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  const bool answered = client_->send(request, response, error);
  if (answered && status == 0) status = response.status;
  if (status != 0) return outcomeOf(status, headers.empty() ? response.headers : headers);
  WebhookOutcome outcome;
  outcome.problem = textOf(error);
  return outcome;
}

void WebhookClient::stop() noexcept {
  if (client_) client_->stop();
}

}  // namespace hiss
