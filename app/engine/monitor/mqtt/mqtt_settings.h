// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/secret.h"

namespace hiss {

// How one connection to an MQTT broker is made.
struct MqttSettings {
  std::string name;  // in messages
  std::string host;
  int port = 1883;
  Credentials who;
  std::string client_id;
  bool keep_session = false;  // the broker keeps what comes while we are away
  int qos = 0;                // 0 to 2
  int keepalive_s = 60;       // at most so long without a sign of life
  int version = 311;          // 311 or 5
  bool tls = false;
  std::string ca;           // PEM; empty: the system's
  std::string certificate;  // PEM, of this client; empty: none
  std::string key;          // PEM, of the certificate
  bool check_name = true;   // that the broker's certificate is of `host`
  double longest_pause_seconds = 30.0;
  std::string will_topic;  // empty: no last will
  std::string will;
};

// Takes the options of a connection: user, password_file, password_env, client_id, keepalive,
// version, ca, cert, key, insecure, retry and, with `may_persist`, persistent. A session that is
// kept needs a client_id that stays: unless one is given it is made of the names of this machine
// and of the endpoint and of what its options say of messages. Throws Failure: kUsage, or kInput
// for a file that cannot be read.
MqttSettings takeMqttSettings(OptionReader& options, const Endpoint& endpoint, int qos,
                              bool may_persist);

}  // namespace hiss
