// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/webhook_sink.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <future>

#include "app/engine/failure.h"
#include "tests/app/monitor/sinks/http_receiver.h"
#include "tests/app/monitor/sinks/sink_events.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;
using Ids = std::vector<std::string>;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class WebhookSinkTest : public TemporaryFolderTest {
 protected:
  std::unique_ptr<Sink> make(const std::string& uri, bool on_disk = true) {
    SinkContext context;
    context.log = log_.get();
    if (on_disk) context.state_folder = path("state").string();
    return makeSink(makeEndpoint(uri, "a test"), context);
  }
  std::unique_ptr<Sink> opened(int port, const std::string& options = {},
                               const std::string& token = {}) {
    auto sink = make(fmt::format("http://127.0.0.1:{}/hook#retry=0.05{}", port, options));
    sink->open(token);
    return sink;
  }
  static void tell(Sink& sink, const std::string& id, AlertPhase phase = AlertPhase::kBegan) {
    sink.alert(testAlert(id, "pump", phase));
    sink.flush();
  }
  // Waits till `condition` of the status holds.
  template <class Condition>
  static bool waitFor(const Sink& sink, Condition condition, double seconds = 20.0) {
    const auto begin = Clock::now();
    while (!condition(sink.status())) {
      if (secondsSince(begin) > seconds) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  std::string refused() const {
    for (const std::string& name : files()) {
      if (name.find("refused.jsonl") != std::string::npos) return read(name);
    }
    return {};
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
};

TEST_F(WebhookSinkTest, PostsAlertsInOrder) {
  HttpReceiver receiver;
  auto sink = opened(receiver.port());
  TestRow row("pump", 0, {{"flow", 1.0}});
  sink->score(row.get());
  tell(*sink, "a");
  tell(*sink, "a", AlertPhase::kEnded);
  tell(*sink, "b");
  ASSERT_TRUE(receiver.waitFor(3));
  sink->close();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "a", "b"}));
  const httplib::Request request = receiver.requests()[1];
  EXPECT_EQ(request.path, "/hook");
  EXPECT_EQ(request.get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(request.get_header_value("X-Hiss-Event"), "a/ended");
  EXPECT_FALSE(request.has_header("X-Hiss-Signature"));
  EXPECT_EQ(sink->status().written, 3U);
  EXPECT_EQ(sink->status().queued, 0U);
}

TEST_F(WebhookSinkTest, TheAddressGoesOutAsItWasWritten) {
  HttpReceiver receiver;
  auto sink = make(
      fmt::format("webhook:http://127.0.0.1:{}/a%2Fb/c?sig=x%2By&v=1#what=began", receiver.port()));
  sink->open({});
  tell(*sink, "a");
  tell(*sink, "a", AlertPhase::kEnded);
  tell(*sink, "b");
  ASSERT_TRUE(receiver.waitFor(2));
  sink->close();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "b"}));
  EXPECT_EQ(receiver.requests()[0].target, "/a%2Fb/c?sig=x%2By&v=1");
}

TEST_F(WebhookSinkTest, SignsAndAuthorizesWithSecretsThatNobodySees) {
  HttpReceiver receiver(0, [](std::size_t number, httplib::Response& response) {
    if (number == 0) response.status = 500;
  });
  const std::string secret = write("secret", "Jefe\n").string();
  const std::string token = write("token", "hidden-token").string();
  auto sink = opened(receiver.port(), "&secret_file=" + secret + "&token_file=" + token);
  tell(*sink, "a");
  ASSERT_TRUE(receiver.waitFor(2));
  sink->close();
  const httplib::Request request = receiver.requests()[1];
  EXPECT_EQ(request.get_header_value("X-Hiss-Signature"), webhookSignature("Jefe", request.body));
  EXPECT_EQ(request.get_header_value("Authorization"), "Bearer hidden-token");
  for (const std::string& seen : {lines_, sink->status().uri, sink->status().problem}) {
    EXPECT_EQ(seen.find("hidden"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("/hook"), std::string::npos) << seen;
  }
}

TEST(WebhookClientTest, SignaturesAreThoseOfRfc4231) {
  EXPECT_EQ(webhookSignature("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(WebhookClientTest, ReadsRetryAfter) {
  EXPECT_EQ(retryAfterSeconds("120", 0), 120.0);
  EXPECT_EQ(retryAfterSeconds("Wed, 21 Oct 2015 07:28:00 GMT", 1'445'412'420), 60.0);
  EXPECT_EQ(retryAfterSeconds("Wed, 21 Oct 2015 07:28:00 GMT", 1'445'412'490), 0.0);
  EXPECT_EQ(retryAfterSeconds("999999999", 0), 3600.0);
  for (const char* bad : {"", "soon", "-5", "nan", "1e", "12 s"}) {
    EXPECT_EQ(retryAfterSeconds(bad, 0), 0.0) << bad;
  }
}

TEST_F(WebhookSinkTest, NothingIsLostWhileTheReceiverIsDown) {
  const int port = HttpReceiver::freePort();
  auto sink = opened(port);
  Ids sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(fmt::format("a{}", i));
    tell(*sink, sent.back());
  }
  ASSERT_TRUE(waitFor(*sink, [](const SinkStatus& status) { return !status.connected; }));
  EXPECT_EQ(sink->status().queued, 50U);
  EXPECT_EQ(sink->status().problem, "no connection");
  {
    HttpReceiver receiver(port);
    ASSERT_TRUE(receiver.waitFor(50));
    EXPECT_TRUE(waitFor(*sink, [](const SinkStatus& status) { return status.queued == 0; }));
    EXPECT_EQ(receiver.ids(), sent);
    EXPECT_TRUE(sink->status().connected);
  }
  // It goes again, and comes again.
  tell(*sink, "late");
  ASSERT_TRUE(waitFor(*sink, [](const SinkStatus& status) { return !status.connected; }));
  HttpReceiver again(port);
  ASSERT_TRUE(again.waitFor(1));
  EXPECT_EQ(again.ids(), Ids{"late"});
  sink->close();
}

TEST_F(WebhookSinkTest, TriesAgainAfterAnswersThatMayPass) {
  HttpReceiver receiver(0, [](std::size_t number, httplib::Response& response) {
    const std::vector<int> statuses = {500, 503, 408, 302, 502};
    if (number < statuses.size()) response.status = statuses[number];
  });
  auto sink = opened(receiver.port());
  tell(*sink, "a");
  tell(*sink, "b");
  ASSERT_TRUE(receiver.waitFor(7));
  EXPECT_EQ(receiver.ids(), (Ids{"a", "a", "a", "a", "a", "a", "b"}));
  sink->close();
  EXPECT_EQ(sink->status().dropped, 0U);
}

TEST_F(WebhookSinkTest, WaitsAsLongAsItIsAskedTo) {
  std::vector<Clock::time_point> came(2);
  HttpReceiver receiver(0, [&](std::size_t number, httplib::Response& response) {
    if (number < 2) came[number] = Clock::now();
    if (number > 0) return;
    response.status = 429;
    response.set_header("Retry-After", "1");
  });
  auto sink = opened(receiver.port());
  tell(*sink, "a");
  ASSERT_TRUE(receiver.waitFor(2));
  sink->close();
  EXPECT_GE(std::chrono::duration<double>(came[1] - came[0]).count(), 0.99);
}

TEST_F(WebhookSinkTest, WhatIsRefusedIsKeptAsideAndCounted) {
  HttpReceiver receiver(0, [](std::size_t number, httplib::Response& response) {
    if (number == 1) response.status = 404;
  });
  auto sink = opened(receiver.port());
  for (const char* id : {"a", "b", "c"}) tell(*sink, id);
  ASSERT_TRUE(receiver.waitFor(3));
  sink->close();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "b", "c"}));
  EXPECT_EQ(sink->status().written, 2U);
  EXPECT_EQ(sink->status().dropped, 1U);
  const auto kept = nlohmann::json::parse(refused());
  EXPECT_EQ(kept["status"], 404);
  EXPECT_EQ(kept["event"]["id"], "b");
  EXPECT_NE(lines_.find("answer 404"), std::string::npos);
}

// A receiver that takes too long has perhaps taken the alert: it comes again, with the same id.
TEST_F(WebhookSinkTest, ASlowReceiverIsNotWaitedFor) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  HttpReceiver receiver(0, [&](std::size_t number, httplib::Response&) {
    if (number == 0) released.wait();
  });
  auto sink = opened(receiver.port(), "&timeout=200ms");
  tell(*sink, "a");
  EXPECT_TRUE(receiver.waitFor(2));
  release.set_value();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "a"}));
  EXPECT_TRUE(waitFor(*sink, [](const SinkStatus& status) { return status.written == 1; }));
  sink->close();
}

TEST_F(WebhookSinkTest, ALongAnswerIsNotRead) {
  HttpReceiver receiver(0, [](std::size_t, httplib::Response& response) {
    response.set_content(std::string(4 << 20, 'x'), "text/plain");
  });
  auto sink = opened(receiver.port());
  tell(*sink, "a");
  tell(*sink, "b");
  ASSERT_TRUE(receiver.waitFor(2));
  sink->close();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "b"}));
}

TEST_F(WebhookSinkTest, ClosesInTimeAndKeepsWhatWaits) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  int port = 0;
  {
    HttpReceiver receiver(0, [&](std::size_t, httplib::Response&) { released.wait(); });
    port = receiver.port();
    auto sink = opened(port, "&timeout=60s");
    for (const char* id : {"a", "b"}) tell(*sink, id);
    ASSERT_TRUE(receiver.waitFor(1));
    const auto begin = Clock::now();
    sink->close();
    EXPECT_LT(secondsSince(begin), 8.0);
    release.set_value();
  }
  EXPECT_NE(lines_.find("2 alerts wait on the disk"), std::string::npos) << lines_;
  HttpReceiver receiver(port);
  auto sink = opened(port);
  ASSERT_TRUE(receiver.waitFor(2));
  EXPECT_EQ(receiver.ids(), (Ids{"a", "b"}));
}

TEST_F(WebhookSinkTest, ClosesInTimeThoughTheReceiverStillTakesThem) {
  HttpReceiver receiver(0, [](std::size_t, httplib::Response&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  });
  auto sink = opened(receiver.port());
  for (int i = 0; i < 200; ++i) tell(*sink, fmt::format("a{}", i));
  const auto begin = Clock::now();
  sink->close();
  EXPECT_LT(secondsSince(begin), 8.0);
  EXPECT_GT(sink->status().queued, 100U);
}

TEST_F(WebhookSinkTest, AnAlertJustBeforeTheEndStillGoesOut) {
  HttpReceiver receiver;
  auto sink = opened(receiver.port());
  tell(*sink, "a");
  sink->close();
  EXPECT_EQ(receiver.ids(), Ids{"a"});
}

TEST_F(WebhookSinkTest, AKilledProcessLosesNothing) {
  const int port = HttpReceiver::freePort();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto sink = opened(port);
    for (int i = 0; i < 20; ++i) tell(*sink, fmt::format("a{}", i));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  HttpReceiver receiver(port);
  auto sink = opened(port);
  ASSERT_TRUE(receiver.waitFor(20));
  EXPECT_EQ(receiver.ids().front(), "a0");
  EXPECT_EQ(receiver.ids().back(), "a19");
  EXPECT_EQ(receiver.ids().size(), 20U);
}

TEST_F(WebhookSinkTest, WhatWasToldAfterTheStateIsNotToldAgain) {
  HttpReceiver receiver;
  std::string token;
  {
    auto sink = opened(receiver.port());
    tell(*sink, "a");
    token = sink->checkpoint();
    tell(*sink, "b");
    ASSERT_TRUE(receiver.waitFor(2));
  }
  auto sink = opened(receiver.port(), "", token);
  tell(*sink, "b");
  tell(*sink, "a", AlertPhase::kEnded);
  ASSERT_TRUE(receiver.waitFor(3));
  sink->close();
  EXPECT_EQ(receiver.ids(), (Ids{"a", "b", "a"}));
}

TEST_F(WebhookSinkTest, TheQueueIsBounded) {
  auto sink = opened(HttpReceiver::freePort(), "&queue_max=64k");
  AlertEvent event = testAlert("a", "pump", AlertPhase::kBegan);
  event.text = std::string(1000, 'x');
  for (int i = 0; i < 500; ++i) sink->alert(event);
  sink->flush();
  const SinkStatus status = sink->status();
  EXPECT_GT(status.queued, 30U);
  EXPECT_GT(status.dropped, 400U);
  EXPECT_EQ(status.queued + status.dropped, 500U);
  std::uintmax_t bytes = 0;
  for (const std::string& name : files()) bytes += std::filesystem::file_size(path(name));
  EXPECT_LT(bytes, 100'000U);
  EXPECT_NE(lines_.find("is lost"), std::string::npos);
  sink->close();
}

TEST_F(WebhookSinkTest, WithoutAStateFolderTheQueueIsInMemory) {
  const int port = HttpReceiver::freePort();
  auto sink = make(fmt::format("http://127.0.0.1:{}/#retry=0.05", port), false);
  sink->open({});
  tell(*sink, "a");
  ASSERT_TRUE(waitFor(*sink, [](const SinkStatus& status) { return !status.connected; }));
  HttpReceiver receiver(port);
  ASSERT_TRUE(receiver.waitFor(1));
  sink->close();
  EXPECT_TRUE(files().empty());
}

TEST_F(WebhookSinkTest, BadOptionsAreSaid) {
  for (const char* uri : {"http:///path", "https://host/#format=fax", "https://host/#wat=1",
                          "https://host/#cert=x", "https://host/#secret_env=HISS_NO_SUCH_NAME",
                          "https://host/#queue_max=1", "https://host/#timeout=0"}) {
    EXPECT_THROW(make(uri), Failure) << uri;
  }
  EXPECT_THROW(make("https://localhost/#ca=/no/such/file")->open({}), Failure);
}

TEST_F(WebhookSinkTest, OneQueueHasOneUser) {
  const int port = HttpReceiver::freePort();
  auto first = opened(port);
  EXPECT_THROW(opened(port), Failure);
}

TEST(WebhookMessageTest, SpeaksToChatsAndPhones) {
  const std::string event =
      R"({"id":"a1","phase":"began","stream":"pump","text":"flow is \"odd\"","note":null})";
  const auto slack = webhookMessage(event, WebhookSettings::Format::kSlack, "");
  EXPECT_EQ(slack.body, R"({"text":"began: flow is \"odd\""})");
  const auto ntfy = webhookMessage(event, WebhookSettings::Format::kNtfy, "");
  EXPECT_EQ(ntfy.body, "began: flow is \"odd\"");
  EXPECT_EQ(ntfy.content_type, "text/plain; charset=utf-8");
  const auto title = std::find(ntfy.headers.begin(), ntfy.headers.end(),
                               std::pair<std::string, std::string>("Title", "pump"));
  EXPECT_NE(title, ntfy.headers.end());
}

class WebhookTlsTest : public WebhookSinkTest {
 protected:
  // A certificate of its own making for `name`, which is its own authority.
  bool makeCertificate(const std::string& file, const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=hiss-test -addext subjectAltName=" +
        name + " -keyout " + path(file + ".key").string() + " -out " + path(file).string() +
        " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
  }
  std::unique_ptr<httplib::Server> server(const std::string& file) {
    return std::make_unique<httplib::SSLServer>(path(file).c_str(), path(file + ".key").c_str());
  }
  std::unique_ptr<Sink> openedTls(int port, const std::string& options) {
    auto sink = make(fmt::format("https://127.0.0.1:{}/#retry=0.05&timeout=5s{}", port, options));
    sink->open({});
    return sink;
  }
};

TEST_F(WebhookTlsTest, TrustsOnlyWhoItShould) {
  if (!makeCertificate("good.pem", "IP:127.0.0.1") ||
      !makeCertificate("other.pem", "IP:10.0.0.1")) {
    GTEST_SKIP() << "no openssl";
  }
  const auto untrusted = [](const SinkStatus& status) {
    return status.problem == "a certificate that is not trusted";
  };
  HttpReceiver receiver(0, {}, server("good.pem"));
  {
    // Nobody knows this authority.
    auto sink = openedTls(receiver.port(), "");
    tell(*sink, "a");
    EXPECT_TRUE(waitFor(*sink, untrusted));
    sink->close();
  }
  EXPECT_TRUE(receiver.requests().empty());
  {
    auto sink = openedTls(receiver.port(), "&ca=" + path("good.pem").string());
    ASSERT_TRUE(receiver.waitFor(1));
    sink->close();
  }
  EXPECT_EQ(receiver.ids(), Ids{"a"});
  // A known authority, but the certificate is another machine's.
  HttpReceiver stranger(0, {}, server("other.pem"));
  {
    auto sink = openedTls(stranger.port(), "&ca=" + path("other.pem").string());
    tell(*sink, "b");
    EXPECT_TRUE(waitFor(*sink, untrusted)) << sink->status().problem;
    sink->close();
  }
  EXPECT_TRUE(stranger.requests().empty());
  auto careless = openedTls(stranger.port(), "&insecure=true");
  EXPECT_TRUE(stranger.waitFor(1));
  careless->close();
}

}  // namespace
}  // namespace hiss
