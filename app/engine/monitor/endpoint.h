// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace hiss {

// The parts of "scheme://user:password@host:port/path?key=value&key=value#fragment", or of
// "scheme:path?key=value". Escapes (%20) are undone in all but `scheme` and `address`.
struct Uri {
  std::string scheme;  // in lower case
  std::string user;
  std::string password;
  std::string host;         // an IPv6 address without its brackets; of a list "a:1,b:2" all of it
  std::optional<int> port;  // 1 to 65535; none of a list
  std::string path;         // with "://": begins with "/" or is empty; else all after the colon
  std::string fragment;
  bool has_authority = false;  // "//" was there
  std::map<std::string, std::string> query;
  std::string address;  // all up to the fragment as it was given; may hold secrets
};

// Throws Failure(kUsage), which names the URI without its password. A "#" that follows a "/" in an
// mqtt URI is a wildcard, no fragment. Keys that come twice are refused. The query of http and
// https belongs to the address: there `query` is made of the fragment. "webhook:" before a URI is
// passed over. [thread-safe]
Uri parseUri(std::string_view text);

// A source or sink as it was asked for.
struct Endpoint {
  Uri uri;
  // The query of the URI and the further keys of its table in the configuration, which win.
  std::map<std::string, std::string> options;
  // Where it stands, for messages: "plant.toml:12", or "the command line".
  std::string origin;
  // How it is called in messages, states and metrics: displayName(), or its option "id", which is
  // taken out of `options`.
  std::string name;
};

// Throws Failure(kUsage) as parseUri does. [thread-safe]
Endpoint makeEndpoint(std::string_view uri, const std::string& origin);

// The text of a URI without user, password, options and secrets. The path of an http URI is often
// one (Slack's webhooks); eight digits stand for it there. [thread-safe]
std::string displayName(const Uri& uri);

// Takes options of an endpoint one by one and complains about what nobody took. Every error is a
// Failure(kUsage): ORIGIN: NAME: option "KEY": expected ..., found .... What is found is not
// repeated for keys that name passwords, secrets or tokens. Not thread-safe.
class OptionReader {
 public:
  // `endpoint` must outlive this.
  explicit OptionReader(const Endpoint& endpoint) : endpoint_(endpoint) {}
  std::optional<std::string> text(const std::string& key);
  std::string text(const std::string& key, const std::string& otherwise);
  std::string oneOf(const std::string& key, const std::set<std::string>& allowed,
                    const std::string& otherwise);
  double number(const std::string& key, double least, double most, double otherwise);
  std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most,
                       std::int64_t otherwise);
  bool flag(const std::string& key, bool otherwise);  // true/false/1/0/yes/no
  // "500", "64k", "100M", "2G" (powers of 1024).
  std::uint64_t bytes(const std::string& key, std::uint64_t least, std::uint64_t most,
                      std::uint64_t otherwise);
  // "10" (seconds), "500ms", "30s", "5m", "12h", "7d"; in seconds.
  double seconds(const std::string& key, double least, double most, double otherwise);
  // Throws for an option that was not asked for, with the closest of those that were, and for a
  // fragment, which may be a "#" of a file's name.
  void done() const;
  [[noreturn]] void fail(const std::string& key, const std::string& expected,
                         const std::string& found) const;

 private:
  const std::string* find(const std::string& key);

  const Endpoint& endpoint_;
  std::set<std::string> taken_;
};

}  // namespace hiss
