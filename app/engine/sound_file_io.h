// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/dither.h"

struct sf_private_tag;  // libsndfile's SNDFILE; its header stays in sound_file_io.cpp

namespace hiss {

// What a sound file holds. "Sample" counts time: one value per channel.
struct SoundSpec {
  int sample_rate_hz = 0;
  int channels = 0;
  std::int64_t samples = -1;  // -1: not known before the end is reached
  int format_code = 0;        // libsndfile's container, subtype and byte order
  std::string container;      // "wav", "flac", "ogg", "mp3", …
  std::string subtype;        // "pcm16", "float", "vorbis", …
};

// What the output shall be; an empty name means "as the input".
struct SoundFormatWish {
  std::string container;  // one of containerNames()
  std::string subtype;    // one of subtypeNames()
};

// Name and version of the library behind this file.
std::string soundFileLibrary();

std::vector<std::string> containerNames();
std::vector<std::string> subtypeNames();

// True if the file name's extension is that of a sound file (the rule for directories).
bool hasSoundExtension(const std::filesystem::path& path);

// The usual extension of a container, with its dot. `container` is one of containerNames().
std::string extensionOf(const std::string& container);

// Format of an output named `output` made from `input`: the input's own unless `wish` or the
// extension of `output` names another container. A subtype that the container cannot hold is
// replaced by the nearest that it can. Throws Failure(kOutput) when there is none, or when the
// rate or channel count is not legal there (MP3, Opus).
SoundSpec resolveOutput(const SoundSpec& input, const SoundFormatWish& wish,
                        const std::filesystem::path& output);

struct SndfileClose {
  void operator()(sf_private_tag* file) const noexcept;
};

// Reads any sound file that libsndfile knows, in blocks. Not thread-safe: one user at a time.
class SoundFileReader {
 public:
  // `allow_truncated`: a file that ends before its header says so is read as far as it goes
  // instead of refused. Both throw Failure(kInput).
  explicit SoundFileReader(const std::filesystem::path& path, bool allow_truncated = false);
  SoundFileReader(ByteFile file, std::string name, bool allow_truncated = false);
  SoundFileReader(const SoundFileReader&) = delete;
  SoundFileReader& operator=(const SoundFileReader&) = delete;

  const SoundSpec& spec() const noexcept { return spec_; }
  const std::string& name() const noexcept { return name_; }

  // Reads up to `max` samples into `planar` [channels][max] and returns how many; 0 at the end.
  // Throws Failure(kInput): damaged or truncated data, a NaN or infinite sample, no sample at all.
  int read(float* const* planar, int max);

  // Lets the next read() begin at this sample. Throws Failure(kInput) where that cannot be.
  void seek(std::int64_t sample);

  std::int64_t position() const noexcept { return position_; }

 private:
  friend class SoundFileWriter;

  void open();
  void checkDeclaredLength();
  void checkEnd();
  void deinterleave(float* const* planar, int n) const;

  ByteFile file_;
  std::string name_;
  bool allow_truncated_;
  bool length_is_promised_ = false;
  bool quiet_decoder_ = false;
  SoundSpec spec_;
  std::int64_t position_ = 0;
  std::vector<float> interleaved_;
  std::unique_ptr<sf_private_tag, SndfileClose> handle_;  // last: closed before file_
};

// Writes a sound file in blocks to a seekable file. Not thread-safe: one user at a time.
class SoundFileWriter {
 public:
  // `metadata_of` (may be null): text tags, broadcast, cart, cue, instrument, iXML data and channel
  // map are taken over as far as the container holds them. Throws Failure(kOutput).
  SoundFileWriter(ByteFile& file, std::string name, const SoundSpec& spec,
                  const SoundFileReader* metadata_of = nullptr);
  SoundFileWriter(const SoundFileWriter&) = delete;
  SoundFileWriter& operator=(const SoundFileWriter&) = delete;

  // If sound as in `source` loses bits in an integer subtype of at most 24, noise is added before
  // rounding (Dither). Call before `write`.
  void ditherFrom(const SoundSpec& source);

  // Writes `planar` [channels][n]. Integer subtypes are rounded to nearest, so that samples read
  // from the same subtype come out bit for bit, and clamped. Throws Failure(kOutput).
  void write(const float* const* planar, int n);

  // Completes the header. Throws Failure(kOutput). Without it the file is not valid.
  void close();

  // Values that did not fit an integer subtype and were clamped.
  std::int64_t clippedValues() const noexcept { return clipped_values_; }

 private:
  void copyMetadata(const SoundFileReader& source);
  void convert(const float* const* planar, int begin, int n);
  [[noreturn]] void failWriting();

  ByteFile& file_;
  std::string name_;
  SoundSpec spec_;
  int integer_bits_ = 0;  // 0: the subtype takes floats
  std::int64_t clipped_values_ = 0;
  std::optional<Dither> dither_;
  std::vector<float> floats_;
  std::vector<int> integers_;
  std::unique_ptr<sf_private_tag, SndfileClose> handle_;
};

}  // namespace hiss
