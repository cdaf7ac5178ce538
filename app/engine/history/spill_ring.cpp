// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/spill_ring.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {

SpillRing::SpillRing(std::uint64_t most_bytes, OnGone on_gone)
    : most_bytes_(most_bytes), on_gone_(std::move(on_gone)), file_(ByteFile::createUnlinked()) {}

std::optional<SpillRing::Piece> SpillRing::add(std::size_t owner,
                                               std::span<const std::byte> bytes) {
  for (int attempt = 0; attempt < 2 && bytes.size() <= most_bytes_; ++attempt) {
    makeRoom(bytes.size());
    const int error = write(bytes);
    if (error == 0) {
      pieces_.push_back({next_, bytes.size(), owner});
      next_ += bytes.size();
      bytes_ += bytes.size();
      return pieces_.back();
    }
    problem_ = errnoText(error);
    most_bytes_ = next_;
  }
  if (problem_.empty()) problem_ = "the limit is below one piece";
  return std::nullopt;
}

void SpillRing::makeRoom(std::size_t size) {
  if (next_ + size > most_bytes_) {
    while (!pieces_.empty() && pieces_.front().offset >= next_) dropOldest();
    next_ = 0;
  }
  while (!pieces_.empty() && pieces_.front().offset >= next_ &&
         pieces_.front().offset < next_ + size) {
    dropOldest();
  }
}

void SpillRing::dropOldest() {
  const Piece gone = pieces_.front();
  pieces_.pop_front();
  bytes_ -= gone.size;
  on_gone_(gone.owner);
}

int SpillRing::write(std::span<const std::byte> bytes) const noexcept {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = ::pwrite(file_.descriptor(), bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(next_ + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return wrote < 0 ? errno : ENOSPC;
    done += static_cast<std::size_t>(wrote);
  }
  return 0;
}

bool SpillRing::read(const Piece& piece, std::size_t from,
                     std::span<std::byte> bytes) const noexcept {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::pread(file_.descriptor(), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(piece.offset + from + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace hiss
