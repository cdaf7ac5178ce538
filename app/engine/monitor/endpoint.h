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
// "scheme:path?key=value". Escapes (%20) are undone in all but `scheme`.
struct Uri {
  std::string scheme;
  std::string user;
  std::string password;
  std::string host;         // an IPv6 address without its brackets
  std::optional<int> port;  // 1 to 65535
  std::string path;         // with "://": begins with "/" or is empty; else all after the colon
  std::string fragment;
  bool has_authority = false;  // "//" was there
  std::map<std::string, std::string> query;
};

// Throws Failure(kUsage), which names the URI without its password. A "#" that follows a "/" in an
// mqtt URI is a wildcard, no fragment. Keys that come twice are refused.
Uri parseUri(std::string_view text);

// A source or sink as it was asked for.
struct Endpoint {
  Uri uri;
  // The query of the URI and the further keys of its table in the configuration, which win.
  std::map<std::string, std::string> options;
  // Where it stands, for messages: "plant.toml:12", or "the command line".
  std::string origin;
  std::string name;  // how it is called in messages, states and metrics: the URI without password
};

// The text of a URI without password, options and secrets.
std::string displayName(const Uri& uri);

// Takes options of an endpoint one by one and complains about what nobody took. Every error is a
// Failure(kUsage): ORIGIN: NAME: option "KEY": expected ..., found ....
class OptionReader {
 public:
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
  // Throws for an option that was not asked for, with the ones that were.
  void done() const;
  [[noreturn]] void fail(const std::string& key, const std::string& expected,
                         const std::string& found) const;

 private:
  const std::string* find(const std::string& key);

  const Endpoint& endpoint_;
  std::set<std::string> taken_;
};

}  // namespace hiss
