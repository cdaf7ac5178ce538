// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/control_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/control/control_client.h"
#include "app/engine/monitor/control/label_store.h"
#include "tests/app/monitor/config/fake_controls.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using nlohmann::json;

const std::string kStatus = R"({"command":"status"})";

class ControlServerTest : public TemporaryFolderTest {
 protected:
  std::unique_ptr<ControlServer> serve() {
    return std::make_unique<ControlServer>(socket_, controls_, nullptr, *log_);
  }
  bool isOk(const std::string& request) const {
    return json::parse(askMonitor(socket_, request)).at("ok").get<bool>();
  }
  // A client that says what it likes.
  ByteFile connect() const {
    ByteFile file = ByteFile::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.c_str(), socket_.string().size());
    EXPECT_EQ(
        ::connect(file.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        0);
    return file;
  }
  static void send(ByteFile& file, std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(file.descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;  // refused half-way
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // All up to the server's end, or to so many lines.
  static std::string receive(ByteFile& file, std::ptrdiff_t lines = 1 << 30) {
    std::string text;
    std::array<char, 4096> bytes = {};
    while (std::count(text.begin(), text.end(), '\n') < lines) {
      const ssize_t count = ::recv(file.descriptor(), bytes.data(), bytes.size(), 0);
      if (count <= 0) break;
      text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

  const std::filesystem::path socket_ = path("control.sock");
  FakeControls controls_;
  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
};

TEST_F(ControlServerTest, AnswersOnAPrivateSocketWhichGoesWithIt) {
  {
    const auto server = serve();
    struct stat status {};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_TRUE(isOk(kStatus));
    EXPECT_FALSE(isOk("nonsense"));
  }
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ControlServerTest, AnswersManyRequestsOfOneClientInOrder) {
  const auto server = serve();
  ByteFile client = connect();
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    all += R"({"command":"ack","id":")" + std::to_string(i) + "\"}\n";
  }
  send(client, all);
  ::shutdown(client.descriptor(), SHUT_WR);
  const std::string answers = receive(client, 1000);
  EXPECT_EQ(std::count(answers.begin(), answers.end(), '\n'), 1000);
  ASSERT_EQ(controls_.calls().size(), 1000U);
  EXPECT_EQ(controls_.calls()[999], "ack 999 []");
}

TEST_F(ControlServerTest, WaitsForSlowReadersWithoutHoldingOthersUp) {
  StreamStatus stream;
  stream.stream = std::string(200, 's');
  controls_.state.streams.assign(10000, stream);  // an answer larger than the socket's buffer
  const auto server = serve();
  ByteFile slow = connect();
  send(slow, "{\"command\":\"streams\"}\n{\"command\":\"save\"}\n");
  EXPECT_TRUE(isOk(kStatus)) << "while the other one does not read";
  const std::string answers = receive(slow, 2);
  const std::size_t end = answers.find('\n');
  EXPECT_EQ(json::parse(answers.substr(0, end)).at("result").at("streams").size(), 10000U);
  EXPECT_EQ(answers.substr(end + 1), "{\"ok\":true,\"result\":{}}\n");
}

TEST_F(ControlServerTest, RefusesEndlessLines) {
  const auto server = serve();
  ByteFile client = connect();
  send(client, std::string(ControlServer::kMostRequestBytes + 1, 'a'));
  EXPECT_NE(receive(client).find("65536 bytes"), std::string::npos);
  ByteFile flood = connect();
  send(flood, std::string(1 << 22, 'a'));
  EXPECT_TRUE(isOk(kStatus));
}

TEST_F(ControlServerTest, SurvivesClientsThatGoAway) {
  const auto server = serve();
  for (int i = 0; i < 50; ++i) {
    ByteFile client = connect();
    send(client, i % 2 == 0 ? kStatus : kStatus + "\n");
  }
  EXPECT_TRUE(isOk(kStatus));
}

TEST_F(ControlServerTest, BoundsItsClients) {
  const auto server = serve();
  std::vector<ByteFile> clients;
  for (std::size_t i = 0; i < ControlServer::kMostClients; ++i) {
    clients.push_back(connect());
    send(clients.back(), kStatus + "\n");
    EXPECT_NE(receive(clients.back(), 1), "") << i;  // it has been accepted
  }
  ByteFile further = connect();
  EXPECT_NE(receive(further).find("too many clients"), std::string::npos);
  clients.pop_back();
  bool answered = false;
  for (int i = 0; i < 10000 && !answered; ++i) {
    ByteFile client = connect();
    send(client, kStatus + "\n");
    answered = receive(client, 1).find("\"ok\":true") != std::string::npos;
  }
  EXPECT_TRUE(answered) << "the free place is taken again";
}

TEST_F(ControlServerTest, TakesOverTheSocketOfADeadMonitor) {
  {
    const ByteFile dead = ByteFile::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.c_str(), socket_.string().size());
    ASSERT_EQ(
        ::bind(dead.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  const auto server = serve();
  EXPECT_TRUE(isOk(kStatus));
}

TEST_F(ControlServerTest, LeavesALivingOneAndOtherFilesAlone) {
  const auto server = serve();
  EXPECT_THROW(serve(), Failure);
  EXPECT_TRUE(isOk(kStatus));
  write("file", "precious");
  EXPECT_THROW(ControlServer(path("file"), controls_, nullptr, *log_), Failure);
  EXPECT_EQ(read("file"), "precious");
  EXPECT_THROW(ControlServer(path("none/a"), controls_, nullptr, *log_), Failure);
  EXPECT_THROW(ControlServer(path(std::string(200, 'a')), controls_, nullptr, *log_), Failure);
}

TEST_F(ControlServerTest, LeavesAnotherOnesSocketWhenItEnds) {
  auto server = serve();
  std::filesystem::remove(socket_);
  const auto other = serve();
  server.reset();
  EXPECT_TRUE(isOk(kStatus));
}

TEST_F(ControlServerTest, EndsAfterTheRequestThatIsBeingAnswered) {
  std::promise<void> begun;
  std::promise<void> goes_on;
  controls_.while_saving = [&] {
    begun.set_value();
    goes_on.get_future().wait();
  };
  auto server = serve();
  ByteFile client = connect();
  send(client, "{\"command\":\"save\"}\n");
  begun.get_future().wait();
  std::thread end([&] { server.reset(); });
  goes_on.set_value();
  end.join();
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ControlServerTest, TheClientSaysWhenNobodyListens) {
  for (const auto& place : {path("none"), write("file", "")}) {
    try {
      askMonitor(place, kStatus);
      FAIL();
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::kInput);
      EXPECT_NE(
          std::string(failure.what()).find("expected a monitor that listens there, found none"),
          std::string::npos)
          << failure.what();
    }
  }
  EXPECT_THROW(askMonitor(path(std::string(200, 'a')), kStatus), Failure);
}

TEST_F(ControlServerTest, TheClientDoesNotWaitForever) {
  std::promise<void> goes_on;
  controls_.while_saving = [&] { goes_on.get_future().wait(); };
  const auto server = serve();
  try {
    askMonitor(socket_, R"({"command":"save"})", 0.05);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("none in time"), std::string::npos);
  }
  goes_on.set_value();
}

}  // namespace
}  // namespace hiss
