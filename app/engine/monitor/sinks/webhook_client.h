// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace httplib {
class ClientImpl;
}

namespace hiss {

// Where a webhook's messages go and how.
struct WebhookTarget {
  bool is_https = false;
  std::string host;
  int port = 0;
  std::string path_and_query;  // as it goes over the wire, "/" at least
  std::string user;            // with `password`; empty: none
  std::string password;
  std::string bearer_token;  // empty: none
  std::string ca;            // file of certificates to trust instead of the system's; empty: those
  std::string certificate;   // of this client, with `key`; empty: none
  std::string key;
  bool check_certificate = true;
  double timeout_seconds = 10.0;  // to connect, and for each answer
};

struct WebhookMessage {
  std::string body;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
};

// What became of a message.
struct WebhookOutcome {
  enum class Kind {
    kSent,
    kRefused,  // it will never be taken: an answer 4xx but for 408 and 429
    kLater,    // nobody there, or an answer that says to try again
  };
  Kind kind = Kind::kLater;
  int status = 0;                    // of the answer; 0: none
  double retry_after_seconds = 0.0;  // what the answer asks for; 0: nothing
  std::string problem;               // one sentence unless sent
};

// Posts messages to one address. What comes back is read up to a bound and thrown away. stop() is
// [thread-safe]; the rest is for one thread.
class WebhookClient {
 public:
  explicit WebhookClient(WebhookTarget target);
  ~WebhookClient();
  WebhookClient(const WebhookClient&) = delete;
  WebhookClient& operator=(const WebhookClient&) = delete;

  // Throws Failure(kInput): the certificates cannot be read.
  void open();
  WebhookOutcome post(const WebhookMessage& message);
  // Ends a post() that waits for its answer.
  void stop() noexcept;

 private:
  WebhookTarget target_;
  std::unique_ptr<httplib::ClientImpl> client_;
};

// What a Retry-After header asks for, in seconds from `now` (seconds since 1970): a number of them
// or a date of HTTP; 0 for another text. At most an hour. [thread-safe]
double retryAfterSeconds(const std::string& header, std::int64_t now);

// "sha256=" and the HMAC-SHA256 of the body in hexadecimal. [thread-safe]
std::string webhookSignature(const std::string& secret, const std::string& body);

}  // namespace hiss
