// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// libmpg123 inside libsndfile writes notes about odd streams to the standard error stream, whose
// lines belong to the caller. Sends descriptor 2 to /dev/null while at least one of these with
// `active` lives, in whatever thread: descriptors belong to the whole process. Who has a message
// meanwhile writes it to a duplicate that was made before (Console does). [thread-safe]
class ScopedQuietDecoder {
 public:
  explicit ScopedQuietDecoder(bool active);
  ScopedQuietDecoder(const ScopedQuietDecoder&) = delete;
  ScopedQuietDecoder& operator=(const ScopedQuietDecoder&) = delete;
  ~ScopedQuietDecoder();

 private:
  bool active_;
};

}  // namespace hiss
