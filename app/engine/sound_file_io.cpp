// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sound_file_io.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include "app/engine/declared_length.h"
#include "app/engine/failure.h"
#include "app/engine/quiet_decoder.h"

namespace hiss {
namespace {

struct NamedCode {
  const char* name;
  int code;
};

constexpr std::array kContainers = {
    NamedCode{"wav", SF_FORMAT_WAV},   NamedCode{"wavex", SF_FORMAT_WAVEX},
    NamedCode{"rf64", SF_FORMAT_RF64}, NamedCode{"w64", SF_FORMAT_W64},
    NamedCode{"flac", SF_FORMAT_FLAC}, NamedCode{"ogg", SF_FORMAT_OGG},
    NamedCode{"mp3", SF_FORMAT_MPEG},  NamedCode{"aiff", SF_FORMAT_AIFF},
    NamedCode{"caf", SF_FORMAT_CAF},   NamedCode{"au", SF_FORMAT_AU},
    NamedCode{"nist", SF_FORMAT_NIST}, NamedCode{"voc", SF_FORMAT_VOC}};

constexpr std::array kSubtypes = {
    NamedCode{"pcm8", SF_FORMAT_PCM_S8},       NamedCode{"pcmu8", SF_FORMAT_PCM_U8},
    NamedCode{"pcm16", SF_FORMAT_PCM_16},      NamedCode{"pcm24", SF_FORMAT_PCM_24},
    NamedCode{"pcm32", SF_FORMAT_PCM_32},      NamedCode{"float", SF_FORMAT_FLOAT},
    NamedCode{"double", SF_FORMAT_DOUBLE},     NamedCode{"ulaw", SF_FORMAT_ULAW},
    NamedCode{"alaw", SF_FORMAT_ALAW},         NamedCode{"ima-adpcm", SF_FORMAT_IMA_ADPCM},
    NamedCode{"ms-adpcm", SF_FORMAT_MS_ADPCM}, NamedCode{"gsm610", SF_FORMAT_GSM610},
    NamedCode{"alac16", SF_FORMAT_ALAC_16},    NamedCode{"alac20", SF_FORMAT_ALAC_20},
    NamedCode{"alac24", SF_FORMAT_ALAC_24},    NamedCode{"alac32", SF_FORMAT_ALAC_32},
    NamedCode{"vorbis", SF_FORMAT_VORBIS},     NamedCode{"opus", SF_FORMAT_OPUS},
    NamedCode{"mp3", SF_FORMAT_MPEG_LAYER_III}};

struct Extension {
  const char* extension;
  int container;
  int subtype;  // 0: any
};

constexpr std::array kExtensions = {Extension{".wav", SF_FORMAT_WAV, 0},
                                    Extension{".wave", SF_FORMAT_WAV, 0},
                                    Extension{".bwf", SF_FORMAT_WAV, 0},
                                    Extension{".rf64", SF_FORMAT_RF64, 0},
                                    Extension{".w64", SF_FORMAT_W64, 0},
                                    Extension{".flac", SF_FORMAT_FLAC, 0},
                                    Extension{".ogg", SF_FORMAT_OGG, 0},
                                    Extension{".oga", SF_FORMAT_OGG, 0},
                                    Extension{".opus", SF_FORMAT_OGG, SF_FORMAT_OPUS},
                                    Extension{".mp3", SF_FORMAT_MPEG, 0},
                                    Extension{".aiff", SF_FORMAT_AIFF, 0},
                                    Extension{".aif", SF_FORMAT_AIFF, 0},
                                    Extension{".aifc", SF_FORMAT_AIFF, 0},
                                    Extension{".caf", SF_FORMAT_CAF, 0},
                                    Extension{".au", SF_FORMAT_AU, 0},
                                    Extension{".snd", SF_FORMAT_AU, 0},
                                    Extension{".nist", SF_FORMAT_NIST, 0},
                                    Extension{".sph", SF_FORMAT_NIST, 0},
                                    Extension{".voc", SF_FORMAT_VOC, 0}};

constexpr std::array kOpusRates = {8000, 12000, 16000, 24000, 48000};
constexpr std::array kMp3Rates = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
// A 32-bit RIFF size cannot say more; a little is left for the other chunks.
constexpr double kMaxRiffBytes = 4294000000.0;
// More than this is not read of a RIFF file, whatever its length.
constexpr std::int64_t kMaxRiffFile = 0xFFFFFFFFLL + 8;
// Encoders of lossy formats run near their best quality: the input was lossy once already. For Opus
// the level sets the rate: this is 68 kbit/s a channel.
constexpr double kLossyCompressionLevel = 0.2;
constexpr double kOpusCompressionLevel = 0.75;
constexpr int kWriteSamples = 4096;

template <class Table>
int codeOf(const Table& table, std::string_view name) {
  const auto* const found = std::find_if(
      table.begin(), table.end(), [&](const NamedCode& entry) { return name == entry.name; });
  return found == table.end() ? 0 : found->code;
}

template <class Table>
std::string nameOf(const Table& table, int code) {
  const auto* const found = std::find_if(
      table.begin(), table.end(), [&](const NamedCode& entry) { return code == entry.code; });
  return found == table.end() ? fmt::format("0x{:x}", code) : found->name;
}

template <class Table>
std::vector<std::string> namesOf(const Table& table) {
  std::vector<std::string> names;
  names.reserve(std::size(table));
  for (const NamedCode& entry : table) names.emplace_back(entry.name);
  return names;
}

const Extension* findExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* const found =
      std::find_if(kExtensions.begin(), kExtensions.end(),
                   [&](const Extension& entry) { return extension == entry.extension; });
  return found == kExtensions.end() ? nullptr : found;
}

bool isWavFamily(int container) {
  return container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX || container == SF_FORMAT_RF64;
}

// Bits that an integer subtype keeps; 0 if its encoder takes floats.
int integerBits(int format_code) {
  switch (format_code & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case SF_FORMAT_MPEG_LAYER_I:
    case SF_FORMAT_MPEG_LAYER_II:
    case SF_FORMAT_MPEG_LAYER_III:
      return 0;
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
      return 8;
    case SF_FORMAT_ALAC_20:
      return 20;
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_ALAC_24:
      return 24;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_ALAC_32:
      return 32;
    default:
      return 16;
  }
}

// Subtypes to try in a container that lacks the input's, best first.
std::vector<int> subtypeCandidates(int subtype) {
  std::vector<int> candidates = {subtype};
  if (subtype == SF_FORMAT_DOUBLE) candidates.push_back(SF_FORMAT_FLOAT);
  if (subtype == SF_FORMAT_PCM_U8 || subtype == SF_FORMAT_PCM_S8) {
    candidates.insert(candidates.end(), {SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8});
  }
  const int bits = integerBits(subtype);
  const bool is_float = subtype == SF_FORMAT_FLOAT || subtype == SF_FORMAT_DOUBLE;
  if (bits > 24) candidates.insert(candidates.end(), {SF_FORMAT_PCM_32, SF_FORMAT_ALAC_32});
  if (bits > 16 || is_float) {
    candidates.insert(candidates.end(), {SF_FORMAT_PCM_24, SF_FORMAT_ALAC_24});
  }
  candidates.insert(candidates.end(),
                    {SF_FORMAT_PCM_16, SF_FORMAT_VORBIS, SF_FORMAT_MPEG_LAYER_III});
  return candidates;
}

SF_INFO infoOf(const SoundSpec& spec) {
  SF_INFO info{};
  info.samplerate = spec.sample_rate_hz;
  info.channels = spec.channels;
  info.format = spec.format_code;
  return info;
}

bool isLegal(SoundSpec spec, int format_code) {
  // libsndfile's check lets MP3 in a WAV file pass, which it can read but not write.
  const bool is_mp3 = (format_code & SF_FORMAT_SUBMASK) == SF_FORMAT_MPEG_LAYER_III;
  if (is_mp3 && (format_code & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG) return false;
  spec.format_code = format_code;
  const SF_INFO info = infoOf(spec);
  return sf_format_check(&info) == SF_TRUE;
}

template <std::size_t N>
void requireRate(const std::array<int, N>& rates, const SoundSpec& spec,
                 const std::filesystem::path& output) {
  if (std::find(rates.begin(), rates.end(), spec.sample_rate_hz) != rates.end()) return;
  throw Failure(
      FailureKind::kOutput, output.string(),
      fmt::format("a rate that {} can hold ({} Hz)", spec.subtype, fmt::join(rates, ", ")),
      fmt::format("{} Hz", spec.sample_rate_hz));
}

sf_count_t vioLength(void* user) { return static_cast<ByteFile*>(user)->size(); }

sf_count_t vioSeek(sf_count_t offset, int whence, void* user) {
  return static_cast<ByteFile*>(user)->seek(offset, whence);
}

sf_count_t vioRead(void* to, sf_count_t n, void* user) {
  return static_cast<sf_count_t>(static_cast<ByteFile*>(user)->read(
      {static_cast<std::byte*>(to), static_cast<std::size_t>(n)}));
}

sf_count_t vioWrite(const void* from, sf_count_t n, void* user) {
  return static_cast<sf_count_t>(static_cast<ByteFile*>(user)->write(
      {static_cast<const std::byte*>(from), static_cast<std::size_t>(n)}));
}

sf_count_t vioTell(void* user) { return static_cast<ByteFile*>(user)->position(); }

// The library keeps why a file did not open in globals: held from opening to reading them.
std::mutex& openingMutex() {
  static std::mutex mutex;
  return mutex;
}

SNDFILE* openHandle(ByteFile& file, int mode, SF_INFO& info) {
  SF_VIRTUAL_IO callbacks{vioLength, vioSeek, vioRead, vioWrite, vioTell};
  return sf_open_virtual(&callbacks, mode, &info, &file);
}

// True if the file begins like MP3 (or like nothing known): an ID3 tag or no container's magic.
bool mayBeMpeg(ByteFile& file) {
  std::array<char, 4> magic{};
  file.seek(0, SEEK_SET);
  file.read(std::as_writable_bytes(std::span(magic)));
  file.seek(0, SEEK_SET);
  const std::string_view text(magic.data(), magic.size());
  constexpr std::array kKnown = {"RIFF", "RIFX", "RF64", "riff", "fLaC", "OggS", "FORM", "caff"};
  return std::find(kKnown.begin(), kKnown.end(), text) == kKnown.end();
}

// True if the first MPEG frame holds a Xing/Info header, whose sample count is a promise; without
// one the count is the decoder's guess from the file size.
bool mpegDeclaresLength(ByteFile& file) {
  constexpr std::size_t kId3Header = 10;
  std::array<unsigned char, 4096> head{};
  file.seek(0, SEEK_SET);
  file.read(std::as_writable_bytes(std::span(head).first(kId3Header)));
  std::int64_t begin = 0;
  if (std::memcmp(head.data(), "ID3", 3) == 0) {
    begin = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]);
  }
  file.seek(begin, SEEK_SET);
  const std::size_t n = file.read(std::as_writable_bytes(std::span(head)));
  const std::string_view text(reinterpret_cast<const char*>(head.data()), n);
  return text.find("Xing") != std::string_view::npos || text.find("Info") != std::string_view::npos;
}

// The sample rate that the header of a file refused by sf_open_virtual gave, as text; empty if the
// library did not get that far. Only its log tells.
std::string loggedSampleRate() {
  std::array<char, 4096> log{};
  sf_command(nullptr, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()) - 1);
  const std::string_view text(log.data());
  const std::size_t label = text.find("Sample Rate");
  const std::size_t begin = text.find_first_of("-0123456789", label);
  if (label == std::string_view::npos || begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_first_not_of("-0123456789", begin) - begin));
}

// One of libsndfile's own chunks or raw data, moved from one file to the other if present.
template <class T>
void copyCommand(SNDFILE* from, SNDFILE* to, int get, int set, T& value) {
  if (sf_command(from, get, &value, sizeof(value)) == SF_TRUE) {
    sf_command(to, set, &value, sizeof(value));
  }
}

// With room for long histories and texts; the library refuses 16384 and more.
typedef SF_BROADCAST_INFO_VAR(16000) LargeBroadcast;
typedef SF_CART_INFO_VAR(16000) LargeCart;
typedef SF_CUES_VAR(1) OneCue;

void copyCues(SNDFILE* from, SNDFILE* to) {
  std::uint32_t count = 0;
  if (sf_command(from, SFC_GET_CUE_COUNT, &count, sizeof(count)) != SF_TRUE || count == 0) return;
  constexpr std::uint32_t kMaxCues = 65536;
  if (count > kMaxCues) return;
  std::vector<std::byte> cues(sizeof(OneCue) + count * sizeof(SF_CUE_POINT));
  const int size = static_cast<int>(cues.size());
  if (sf_command(from, SFC_GET_CUE, cues.data(), size) == SF_TRUE) {
    sf_command(to, SFC_SET_CUE, cues.data(), size);
  }
}

// Chunks that mean the same whatever the sound is: production notes.
void copyRawChunk(SNDFILE* from, SNDFILE* to, const char* id) {
  SF_CHUNK_INFO chunk{};
  std::strncpy(chunk.id, id, sizeof(chunk.id) - 1);
  chunk.id_size = static_cast<unsigned>(std::strlen(id));
  SF_CHUNK_ITERATOR* const at = sf_get_chunk_iterator(from, &chunk);
  constexpr unsigned kMaxChunkBytes = 1U << 24;
  if (at == nullptr || sf_get_chunk_size(at, &chunk) != SF_ERR_NO_ERROR) return;
  if (chunk.datalen == 0 || chunk.datalen > kMaxChunkBytes) return;
  std::vector<std::byte> data(chunk.datalen);
  chunk.data = data.data();
  if (sf_get_chunk_data(at, &chunk) == SF_ERR_NO_ERROR) sf_set_chunk(to, &chunk);
}

}  // namespace

void SndfileClose::operator()(sf_private_tag* file) const noexcept { sf_close(file); }

std::string soundFileLibrary() { return sf_version_string(); }

std::vector<std::string> containerNames() { return namesOf(kContainers); }

std::vector<std::string> subtypeNames() { return namesOf(kSubtypes); }

bool hasSoundExtension(const std::filesystem::path& path) { return findExtension(path) != nullptr; }

std::string extensionOf(const std::string& container) {
  const int code = codeOf(kContainers, container);
  const auto* const found =
      std::find_if(kExtensions.begin(), kExtensions.end(), [&](const Extension& entry) {
        return entry.container == (code == SF_FORMAT_WAVEX ? SF_FORMAT_WAV : code);
      });
  return found == kExtensions.end() ? ".wav" : found->extension;
}

SoundSpec resolveOutput(const SoundSpec& input, const SoundFormatWish& wish,
                        const std::filesystem::path& output) {
  const int old_container = input.format_code & SF_FORMAT_TYPEMASK;
  int container = old_container;
  int subtype = input.format_code & SF_FORMAT_SUBMASK;
  if (!wish.container.empty()) {
    container = codeOf(kContainers, wish.container);
  } else if (const Extension* known = findExtension(output); known != nullptr) {
    const bool same_family = known->container == SF_FORMAT_WAV && isWavFamily(old_container);
    if (!same_family) container = known->container;
    if (known->subtype != 0) subtype = known->subtype;
  }
  std::vector<int> candidates = subtypeCandidates(subtype);
  if (!wish.subtype.empty()) candidates = {codeOf(kSubtypes, wish.subtype)};
  const int byte_order = container == old_container ? input.format_code & SF_FORMAT_ENDMASK : 0;

  SoundSpec spec = input;
  spec.container = nameOf(kContainers, container);
  const auto legal = std::find_if(candidates.begin(), candidates.end(), [&](int candidate) {
    return isLegal(input, container | candidate | byte_order);
  });
  if (legal == candidates.end()) {
    throw Failure(FailureKind::kOutput, output.string(),
                  fmt::format("a format that can be written (see --format and --subtype)"),
                  fmt::format("{}/{} with {} channels", spec.container,
                              nameOf(kSubtypes, candidates.front()), spec.channels));
  }
  spec.format_code = container | *legal | byte_order;
  spec.subtype = nameOf(kSubtypes, *legal);
  if (*legal == SF_FORMAT_OPUS) requireRate(kOpusRates, spec, output);
  if (*legal == SF_FORMAT_MPEG_LAYER_III) requireRate(kMp3Rates, spec, output);
  const int bits = integerBits(*legal);
  const int bytes_a_value = bits > 0 ? (bits + 7) / 8 : (*legal == SF_FORMAT_DOUBLE ? 8 : 4);
  const double bytes =
      static_cast<double>(std::max<std::int64_t>(0, input.samples)) * spec.channels * bytes_a_value;
  const bool is_wav = container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX;
  if (is_wav && bytes > kMaxRiffBytes) {
    spec.format_code = SF_FORMAT_RF64 | *legal;
    spec.container = nameOf(kContainers, SF_FORMAT_RF64);
  } else if (is_wav && input.samples < 0) {
    spec.format_code = SF_FORMAT_RF64 | *legal;  // made a WAV file again if it stays small
  }
  return spec;
}

SoundFileReader::SoundFileReader(const std::filesystem::path& path, bool allow_truncated)
    : SoundFileReader(ByteFile::openForReading(path), path.string(), allow_truncated) {}

SoundFileReader::SoundFileReader(ByteFile file, std::string name, bool allow_truncated)
    : file_(std::move(file)), name_(std::move(name)), allow_truncated_(allow_truncated) {
  open();
}

void SoundFileReader::open() {
  if (file_.size() == 0) {
    throw Failure(FailureKind::kInput, name_, "a sound file", "an empty file");
  }
  checkDeclaredLength();
  SF_INFO info{};
  quiet_decoder_ = mayBeMpeg(file_);
  const std::lock_guard lock(openingMutex());
  {
    const ScopedQuietDecoder quiet(quiet_decoder_);
    handle_.reset(openHandle(file_, SFM_READ, info));
  }
  if (!handle_) {
    if (file_.lastError() != 0) {
      throw Failure(FailureKind::kInput, name_, "a readable file", errnoText(file_.lastError()));
    }
    if (const std::string rate = loggedSampleRate(); rate == "0" || rate.starts_with('-')) {
      throw Failure(FailureKind::kInput, name_, "a sample rate above 0 Hz", rate + " Hz");
    }
    const int error = sf_error(nullptr);
    // MPEG files that hold no audio fail with a text about pipes; both mean the same here.
    const bool unknown = error == SF_ERR_UNRECOGNISED_FORMAT || quiet_decoder_;
    throw Failure(FailureKind::kInput, name_,
                  "a sound file (WAV, FLAC, Ogg, MP3, AIFF, CAF or another that libsndfile reads)",
                  unknown ? "no sound format known" : sf_error_number(error));
  }
  const int container = info.format & SF_FORMAT_TYPEMASK;
  quiet_decoder_ = container == SF_FORMAT_MPEG;
  spec_.sample_rate_hz = info.samplerate;
  spec_.channels = info.channels;
  spec_.format_code = info.format;
  spec_.container = nameOf(kContainers, container);
  spec_.subtype = nameOf(kSubtypes, info.format & SF_FORMAT_SUBMASK);
  const bool known = info.frames != std::numeric_limits<sf_count_t>::max();
  if (info.frames <= 0) throw Failure(FailureKind::kInput, name_, "at least one sample", "none");
  if (!known && container == SF_FORMAT_OGG && !allow_truncated_) {
    throw Failure(FailureKind::kInput, name_, "an Ogg stream with an end page",
                  "a file that ends before it (truncated)");
  }
  if (known) spec_.samples = info.frames;
  length_is_promised_ = known;
  if (container == SF_FORMAT_MPEG) {
    const std::int64_t at = file_.position();
    length_is_promised_ = mpegDeclaresLength(file_);
    file_.seek(at, SEEK_SET);
  }
}

void SoundFileReader::checkDeclaredLength() {
  std::array<char, 4> magic{};
  file_.read(std::as_writable_bytes(std::span(magic)));
  const bool is_riff = std::string_view(magic.data(), magic.size()) == "RIFF";
  if (!allow_truncated_ && is_riff && file_.size() > kMaxRiffFile) {
    throw Failure(FailureKind::kInput, name_,
                  "a WAV file of at most 4 GiB (RF64 and Wave64 may be longer)",
                  fmt::format("{} bytes", file_.size()));
  }
  const std::optional<DeclaredLength> length = declaredLength(file_);
  if (allow_truncated_ || !length || !length->isTruncated()) return;
  throw Failure(FailureKind::kInput, name_,
                fmt::format("{} bytes of sound as the header says", length->promised_bytes),
                fmt::format("{} bytes (truncated)", length->present_bytes));
}

int SoundFileReader::read(float* const* planar, int max) {
  interleaved_.resize(static_cast<std::size_t>(max) * spec_.channels);
  const ScopedQuietDecoder quiet(quiet_decoder_);
  const auto n = static_cast<int>(sf_readf_float(handle_.get(), interleaved_.data(), max));
  deinterleave(planar, n);
  position_ += n;
  if (n < max) checkEnd();
  return n;
}

void SoundFileReader::seek(std::int64_t sample) {
  if (sample == position_) return;
  const ScopedQuietDecoder quiet(quiet_decoder_);
  if (sf_seek(handle_.get(), sample, SEEK_SET) != sample) {
    throw Failure(FailureKind::kInput, name_, fmt::format("a way to sample {}", sample), "none");
  }
  position_ = sample;
}

void SoundFileReader::deinterleave(float* const* planar, int n) const {
  const int channels = spec_.channels;
  for (int c = 0; c < channels; ++c) {
    const float* from = interleaved_.data() + c;
    float* const to = planar[c];
    for (int i = 0; i < n; ++i) {
      const float x = from[static_cast<std::ptrdiff_t>(i) * channels];
      if (!std::isfinite(x)) {
        throw Failure(FailureKind::kInput, name_, "finite samples",
                      fmt::format("{} at sample {} of channel {}", std::isnan(x) ? "NaN" : "Inf",
                                  position_ + i, c + 1));
      }
      to[i] = x;
    }
  }
}

void SoundFileReader::checkEnd() {
  if (file_.lastError() != 0) {
    throw Failure(FailureKind::kInput, name_, "a readable file", errnoText(file_.lastError()));
  }
  if (position_ == 0) throw Failure(FailureKind::kInput, name_, "at least one sample", "none");
  if (allow_truncated_) return;
  if (length_is_promised_ && position_ < spec_.samples) {
    throw Failure(FailureKind::kInput, name_,
                  fmt::format("{} samples as the header says", spec_.samples),
                  fmt::format("{} (truncated or damaged)", position_));
  }
  if (const int error = sf_error(handle_.get()); error != SF_ERR_NO_ERROR) {
    throw Failure(FailureKind::kInput, name_, "sound data that can be decoded",
                  fmt::format("\"{}\" after sample {}", sf_error_number(error), position_));
  }
}

SoundFileWriter::SoundFileWriter(ByteFile& file, std::string name, const SoundSpec& spec,
                                 const SoundFileReader* metadata_of)
    : file_(file),
      name_(std::move(name)),
      spec_(spec),
      integer_bits_(integerBits(spec.format_code)) {
  SF_INFO info = infoOf(spec_);
  {
    const std::lock_guard lock(openingMutex());
    handle_.reset(openHandle(file_, SFM_WRITE, info));
    if (!handle_) failWriting();
  }
  SNDFILE* const out = handle_.get();
  // The PEAK chunk carries the time of writing: the same job would never give the same bytes.
  sf_command(out, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  if (spec_.samples < 0) sf_command(out, SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
  if (integer_bits_ == 0 && spec_.subtype != "float" && spec_.subtype != "double") {
    double level = spec_.subtype == "opus" ? kOpusCompressionLevel : kLossyCompressionLevel;
    sf_command(out, SFC_SET_COMPRESSION_LEVEL, &level, sizeof(level));
  }
  if (metadata_of != nullptr) copyMetadata(*metadata_of);
}

void SoundFileWriter::copyMetadata(const SoundFileReader& source) {
  SNDFILE* const from = source.handle_.get();
  SNDFILE* const to = handle_.get();
  for (int tag = SF_STR_FIRST; tag <= SF_STR_LAST; ++tag) {
    if (const char* text = sf_get_string(from, tag); text != nullptr) sf_set_string(to, tag, text);
  }
  std::vector<int> map(static_cast<std::size_t>(spec_.channels));
  const int map_bytes = static_cast<int>(map.size() * sizeof(int));
  if (sf_command(from, SFC_GET_CHANNEL_MAP_INFO, map.data(), map_bytes) == SF_TRUE) {
    sf_command(to, SFC_SET_CHANNEL_MAP_INFO, map.data(), map_bytes);
  }
  auto broadcast = std::make_unique<LargeBroadcast>();
  copyCommand(from, to, SFC_GET_BROADCAST_INFO, SFC_SET_BROADCAST_INFO, *broadcast);
  auto cart = std::make_unique<LargeCart>();
  copyCommand(from, to, SFC_GET_CART_INFO, SFC_SET_CART_INFO, *cart);
  SF_INSTRUMENT instrument{};
  copyCommand(from, to, SFC_GET_INSTRUMENT, SFC_SET_INSTRUMENT, instrument);
  copyCues(from, to);
  if (source.spec_.container == spec_.container) copyRawChunk(from, to, "iXML");
}

void SoundFileWriter::ditherFrom(const SoundSpec& source) {
  constexpr int kMostDitheredBits = 24;  // floats have no more
  const int bits = integerBits(source.format_code);
  const bool loses_bits = integer_bits_ > 0 && (bits == 0 || bits > integer_bits_);
  if (loses_bits && integer_bits_ <= kMostDitheredBits) dither_.emplace(spec_.channels);
}

void SoundFileWriter::write(const float* const* planar, int n) {
  for (int begin = 0; begin < n; begin += kWriteSamples) {
    const int count = std::min(kWriteSamples, n - begin);
    convert(planar, begin, count);
    const sf_count_t written = integer_bits_ > 0
                                   ? sf_writef_int(handle_.get(), integers_.data(), count)
                                   : sf_writef_float(handle_.get(), floats_.data(), count);
    if (written != count || file_.lastError() != 0) failWriting();
  }
}

void SoundFileWriter::convert(const float* const* planar, int begin, int n) {
  const int channels = spec_.channels;
  const std::size_t values = static_cast<std::size_t>(n) * channels;
  const bool as_float = integer_bits_ == 0;
  floats_.resize(as_float ? values : 0);
  integers_.resize(as_float ? 0 : values);
  const double scale = as_float ? 1.0 : std::ldexp(1.0, integer_bits_ - 1);
  for (int c = 0; c < channels; ++c) {
    const float* const from = planar[c] + begin;
    for (int i = 0; i < n; ++i) {
      const std::size_t at = static_cast<std::size_t>(i) * channels + c;
      if (as_float) {
        floats_[at] = from[i];
        continue;
      }
      const double exact = static_cast<double>(from[i]) * scale;
      const double plain = std::nearbyint(exact);
      if (plain < -scale || plain > scale - 1.0) ++clipped_values_;
      const double wanted = dither_ ? std::nearbyint(exact + dither_->next(c)) : plain;
      const double clamped = std::clamp(wanted, -scale, scale - 1.0);
      // libsndfile takes the upper bits of a 32-bit integer.
      integers_[at] = static_cast<int>(static_cast<std::int64_t>(clamped) << (32 - integer_bits_));
    }
  }
}

void SoundFileWriter::close() {
  if (sf_close(handle_.release()) != SF_ERR_NO_ERROR || file_.lastError() != 0) failWriting();
}

void SoundFileWriter::failWriting() {
  if (file_.lastError() != 0) {
    throw Failure(FailureKind::kOutput, name_, "room to write the whole recording",
                  errnoText(file_.lastError()));
  }
  throw Failure(FailureKind::kOutput, name_,
                fmt::format("{}/{} at {} Hz with {} channels to be writable", spec_.container,
                            spec_.subtype, spec_.sample_rate_hz, spec_.channels),
                fmt::format("\"{}\"", sf_strerror(handle_.get())));
}

}  // namespace hiss
