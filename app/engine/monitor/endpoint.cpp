// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/engine/edit_distance.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"
#include "app/engine/monitor/units.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr std::size_t kMostUriBytes = 65536;
constexpr std::string_view kWebhook = "webhook:";
constexpr std::size_t kDigitsOfSecret = 8;

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// What of a URI that was not understood may be shown. Where its password ends is not sure then, so
// all up to the last "@" goes, and the query, which may hold others.
std::string shown(std::string_view text) {
  std::string result(text.substr(0, text.find_first_of("?#")));
  const std::size_t slashes = text.find("//");
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos && slashes != std::string_view::npos && slashes < at) {
    const std::string_view rest = text.substr(at + 1);
    result = std::string(text.substr(0, slashes + 2)) + "...@" +
             std::string(rest.substr(0, rest.find_first_of("?#")));
  } else if (at != std::string_view::npos) {
    result = std::string(text.substr(0, text.find(':') + 1)) + "...";
  }
  return result;
}

class UriParser {
 public:
  explicit UriParser(std::string_view text) : text_(text) {}

  Uri parse() {
    if (text_.size() > kMostUriBytes) {
      throw Failure(FailureKind::kUsage, "URI", fmt::format("at most {} bytes", kMostUriBytes),
                    fmt::format("{}", text_.size()));
    }
    if (text_.substr(0, kWebhook.size()) == kWebhook) text_.remove_prefix(kWebhook.size());
    std::string_view rest = takeScheme();
    const bool is_http = uri_.scheme == "http" || uri_.scheme == "https";
    const std::string_view fragment = takeFragment(rest);
    uri_.address = text_.substr(0, text_.size() - (fragment.empty() ? 0 : fragment.size() + 1));
    if (is_http) {
      takeQuery(fragment);
      rest = rest.substr(0, rest.find('?'));
    } else {
      uri_.fragment = unescaped(fragment);
      const std::size_t question = rest.find('?');
      if (question != std::string_view::npos) {
        takeQuery(rest.substr(question + 1));
        rest = rest.substr(0, question);
      }
    }
    if (rest.substr(0, 2) == "//") {
      rest.remove_prefix(2);
      uri_.has_authority = true;
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      takeAuthority(rest.substr(0, slash));
      rest = rest.substr(slash);
    }
    uri_.path = unescaped(rest);
    return std::move(uri_);
  }

 private:
  std::string_view takeScheme() {
    const std::size_t colon = text_.find(':');
    std::string_view scheme = text_.substr(0, colon);
    const bool good = colon != std::string_view::npos && !scheme.empty() && isLetter(scheme[0]) &&
                      std::all_of(scheme.begin(), scheme.end(), [](char c) {
                        return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
                      });
    if (!good) fail("a URI such as csv:FILE or mqtt://HOST/TOPIC", "no scheme before a colon");
    uri_.scheme = lowered(scheme);
    return text_.substr(colon + 1);
  }

  // Without its "#"; `rest` loses it.
  std::string_view takeFragment(std::string_view& rest) const {
    const bool has_wildcards = uri_.scheme == "mqtt" || uri_.scheme == "mqtts";
    for (std::size_t at = rest.find('#'); at != std::string_view::npos;
         at = rest.find('#', at + 1)) {
      if (has_wildcards && at > 0 && rest[at - 1] == '/') continue;
      const std::string_view fragment = rest.substr(at + 1);
      rest = rest.substr(0, at);
      return fragment;
    }
    return {};
  }

  void takeQuery(std::string_view query) {
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(pair.size() + 1, query.size()));
      if (pair.empty()) continue;
      const std::size_t equals = pair.find('=');
      const std::string key = unescaped(pair.substr(0, equals));
      const std::string value =
          equals == std::string_view::npos ? std::string() : unescaped(pair.substr(equals + 1));
      if (key.empty()) fail("a key before each \"=\" of the options", "none");
      if (!uri_.query.emplace(key, value).second) {
        fail("each option once", fmt::format("\"{}\" twice", key));
      }
    }
  }

  void takeAuthority(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
      const std::string_view who = authority.substr(0, at);
      const std::size_t colon = std::min(who.find(':'), who.size());
      uri_.user = unescaped(who.substr(0, colon));
      if (colon < who.size()) uri_.password = unescaped(who.substr(colon + 1));
      authority.remove_prefix(at + 1);
    }
    std::string_view port;
    bool has_port = false;
    if (!authority.empty() && authority.front() == '[') {
      const std::size_t end = authority.find(']');
      if (end == std::string_view::npos) fail("a \"]\" after an IPv6 address", "none");
      uri_.host = unescaped(authority.substr(1, end - 1));
      const std::string_view after = authority.substr(end + 1);
      if (!after.empty() && after.front() != ':')
        fail("a port or \"/\" after \"]\"", "another text");
      has_port = !after.empty();
      if (has_port) port = after.substr(1);
    } else if (authority.find(',') != std::string_view::npos) {
      uri_.host = unescaped(authority);  // hosts with ports; who takes such a list cuts it
    } else {
      const std::size_t colon = authority.find(':');
      uri_.host = unescaped(authority.substr(0, colon));
      has_port = colon != std::string_view::npos;
      if (has_port) port = authority.substr(colon + 1);
    }
    if (has_port) takePort(port);
  }

  void takePort(std::string_view text) {
    constexpr std::int64_t kMostPort = 65535;
    const std::optional<std::int64_t> port = parseInteger(text);
    if (!port || *port < 1 || *port > kMostPort || !isDigit(text.front())) {
      // What stands there may be a part of a password with a "/" that should be %2F.
      fail("a port from 1 to 65535 after the host (an IPv6 address in brackets)", "none");
    }
    uri_.port = static_cast<int>(*port);
  }

  std::string unescaped(std::string_view text) const {
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto digit = [](char c) { return kHex.find(c >= 'A' && c <= 'F' ? char(c + 32) : c); };
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c == '%') {
        const std::size_t high = i + 2 < text.size() ? digit(text[i + 1]) : kHex.npos;
        const std::size_t low = high == kHex.npos ? kHex.npos : digit(text[i + 2]);
        if (low == kHex.npos)
          fail("two hexadecimal digits after each \"%\" (%25 is \"%\" itself)", "others");
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
      if (c == '\0') fail("a text without bytes of zero", "one");
      result += c;
    }
    return result;
  }

  [[noreturn]] void fail(std::string_view expected, std::string_view found) const {
    throw Failure(FailureKind::kUsage, shown(text_), expected, found);
  }

  std::string_view text_;
  Uri uri_;
};

// So that it reads as one word and cannot be taken for another URI.
std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_fragment = byte == '#' && (i == 0 || text[i - 1] != '/');
    if (byte <= 0x20 || byte == 0x7f || byte == '%' || byte == '?' || is_fragment) {
      result += fmt::format("%{:02X}", byte);
    } else {
      result += text[i];
    }
  }
  return result;
}

bool isSecret(const std::string& key) {
  static constexpr std::array<std::string_view, 4> kWords = {"password", "secret", "token", "key"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return key.find(word) != std::string::npos; });
}

}  // namespace

Uri parseUri(std::string_view text) { return UriParser(text).parse(); }

std::string displayName(const Uri& uri) {
  std::string name = uri.scheme + ":";
  if (uri.has_authority) {
    const bool needs_brackets =
        uri.host.find(':') != std::string::npos && uri.host.find(',') == std::string::npos;
    const std::string host = escaped(uri.host);
    name += needs_brackets ? "//[" + host + "]" : "//" + host;
    if (uri.port) name += fmt::format(":{}", *uri.port);
  }
  if (uri.scheme != "http" && uri.scheme != "https") return name + escaped(uri.path);
  if (uri.path.size() > 1 || uri.address.find('?') != std::string::npos) {
    name += "/#" + fingerprintOfText(uri.address).substr(0, kDigitsOfSecret);
  }
  return name;
}

Endpoint makeEndpoint(std::string_view uri, const std::string& origin) {
  Endpoint endpoint;
  try {
    endpoint.uri = parseUri(uri);
  } catch (const Failure& failure) {
    throw Failure(failure.kind(), origin + ": " + failure.what());
  }
  endpoint.options = endpoint.uri.query;
  endpoint.origin = origin;
  endpoint.name = displayName(endpoint.uri);
  const auto id = endpoint.options.find("id");
  if (id != endpoint.options.end()) {
    endpoint.name = id->second;
    endpoint.options.erase(id);
  }
  return endpoint;
}

const std::string* OptionReader::find(const std::string& key) {
  taken_.insert(key);
  const auto found = endpoint_.options.find(key);
  return found == endpoint_.options.end() ? nullptr : &found->second;
}

std::optional<std::string> OptionReader::text(const std::string& key) {
  const std::string* const value = find(key);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::string OptionReader::text(const std::string& key, const std::string& otherwise) {
  const std::string* const value = find(key);
  return value == nullptr ? otherwise : *value;
}

std::string OptionReader::oneOf(const std::string& key, const std::set<std::string>& allowed,
                                const std::string& otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  if (allowed.count(*value) == 0) fail(key, "one of " + quotedList(allowed), *value);
  return *value;
}

double OptionReader::number(const std::string& key, double least, double most, double otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  const std::optional<double> number = parseNumber(*value);
  if (!number || *number < least || *number > most) {
    fail(key, fmt::format("a number from {} to {}", least, most), *value);
  }
  return *number;
}

std::int64_t OptionReader::integer(const std::string& key, std::int64_t least, std::int64_t most,
                                   std::int64_t otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  const std::optional<std::int64_t> number = parseInteger(*value);
  if (!number || *number < least || *number > most) {
    fail(key, fmt::format("a whole number from {} to {}", least, most), *value);
  }
  return *number;
}

bool OptionReader::flag(const std::string& key, bool otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  const std::optional<bool> flag = parseFlag(*value);
  if (!flag) fail(key, "true or false", *value);
  return *flag;
}

std::uint64_t OptionReader::bytes(const std::string& key, std::uint64_t least, std::uint64_t most,
                                  std::uint64_t otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  const std::optional<std::uint64_t> count = parseByteCount(*value);
  if (!count || *count < least || *count > most) {
    fail(key, fmt::format("{} to {} bytes, such as 64k or 100M", least, most), *value);
  }
  return *count;
}

double OptionReader::seconds(const std::string& key, double least, double most, double otherwise) {
  const std::string* const value = find(key);
  if (value == nullptr) return otherwise;
  const std::optional<double> seconds = parseDuration(*value);
  if (!seconds || *seconds < least || *seconds > most) {
    fail(key, fmt::format("{} to {} s, such as 500ms, 30s, 5m, 12h or 7d", least, most), *value);
  }
  return *seconds;
}

void OptionReader::done() const {
  for (const auto& [key, value] : endpoint_.options) {
    if (taken_.count(key) > 0) continue;
    const std::optional<std::string> closest = closestName(key, taken_);
    throw Failure(FailureKind::kUsage, endpoint_.origin + ": " + endpoint_.name,
                  closest          ? fmt::format("the option \"{}\"", *closest)
                  : taken_.empty() ? "no options"
                                   : "one of the options " + quotedList(taken_),
                  fmt::format("\"{}\"", key));
  }
  if (!endpoint_.uri.fragment.empty()) {
    throw Failure(FailureKind::kUsage, endpoint_.origin + ": " + endpoint_.name,
                  "nothing after \"#\" (write %23 for a \"#\" in a name)",
                  fmt::format("\"{}\"", endpoint_.uri.fragment));
  }
}

void OptionReader::fail(const std::string& key, const std::string& expected,
                        const std::string& found) const {
  throw Failure(FailureKind::kUsage,
                fmt::format("{}: {}: option \"{}\"", endpoint_.origin, endpoint_.name, key),
                expected, isSecret(key) ? "another text" : fmt::format("\"{}\"", found));
}

}  // namespace hiss
