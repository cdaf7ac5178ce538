// SPDX-License-Identifier: Apache-2.0
#include "app/gui/recording_worker.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <new>
#include <optional>

#include "app/engine/denoise_job.h"
#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "app/engine/save_sound.h"
#include "app/engine/spectrogram_track.h"
#include "models/denoiser.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

fs::path toPath(const QString& path) { return {QFile::encodeName(path).toStdString()}; }

QString toQString(const char* utf8) { return QString::fromUtf8(utf8); }

// Hands the finished track over to the window.
SpectrogramData toData(const std::shared_ptr<SpectrogramTrack>& track) {
  track->finish();
  return {std::shared_ptr<const SpectrogramPicture>(track, &track->picture()), track->seconds(),
          track->firstColumnSeconds(), track->cellSeconds(), 0.5 * track->sampleRateHz()};
}

std::shared_ptr<SpectrogramTrack> makeTrack(const SoundSpec& spec) {
  return std::make_shared<SpectrogramTrack>(spec.sample_rate_hz, spec.channels);
}

}  // namespace

// Passes progress on, in steps that a bar can show, and cancellation back.
class RecordingWorker::Progress {
 public:
  Progress(RecordingWorker& worker, JobNumber job) : worker_(worker), job_(job) {}

  // false: stop.
  bool operator()(std::int64_t done, std::int64_t total) {
    if (worker_.cancelled_up_to_ >= job_) return false;
    const int step = total > 0 ? static_cast<int>(1000 * done / total) : -1;
    if (step != step_) emit worker_.progressed(job_, step / 1000.0);
    step_ = step;
    return true;
  }

 private:
  RecordingWorker& worker_;
  JobNumber job_;
  int step_ = -1;
};

// Runs `work` and turns whatever it throws into one line.
template <class F>
void RecordingWorker::attempt(JobNumber job, F&& work) {
  if (cancelled_up_to_ >= job) {
    emit cancelled(job);
    return;
  }
  try {
    work();
  } catch (const Failure& failure) {
    if (failure.kind() == FailureKind::kCancelled) {
      emit cancelled(job);
    } else {
      emit failed(job, toQString(failure.what()));
    }
  } catch (const std::bad_alloc&) {
    emit failed(job, tr("memory: expected enough for the job, found too little"));
  } catch (const std::exception& error) {  // ModelError, a HISS_SIMD that this machine lacks, …
    emit failed(job, toQString(oneLine(error.what()).c_str()));
  }
}

void RecordingWorker::open(JobNumber job, const QString& path) {
  attempt(job, [&] {
    SoundFileReader reader(ByteFile::openForReading(toPath(path)), path.toStdString());
    requireProcessable(reader);
    const SoundSpec spec = reader.spec();
    const auto track = makeTrack(spec);
    PlanarBlock block(spec.channels);
    Progress progress(*this, job);
    while (const int n = reader.read(block.planar(), kFileBlockSamples)) {
      track->add(block.planar(), n);
      if (progress(reader.position(), spec.samples)) continue;
      throw Failure(FailureKind::kCancelled, reader.name(), "to reach the end",
                    "a request to stop");
    }
    recording_path_ = path;
    folder_.reset();  // the clean sound of the recording before
    emit opened(job, {path, toQString((spec.container + ", " + spec.subtype).c_str()),
                      spec.sample_rate_hz, spec.channels, toData(track)});
  });
}

QString RecordingWorker::cleanPath() {
  if (!folder_) folder_ = std::make_unique<QTemporaryDir>(QDir::tempPath() + "/hiss-XXXXXX");
  if (!folder_->isValid()) {
    const std::string found = folder_->errorString().toStdString();
    folder_.reset();
    throw Failure(FailureKind::kOutput, QDir::tempPath().toStdString(),
                  "a folder for temporary files", found);
  }
  return folder_->filePath("clean.rf64");
}

void RecordingWorker::denoise(JobNumber job, const DenoiseRequest& request) {
  attempt(job, [&] {
    Denoiser denoiser(DenoiserModel::load(toPath(request.model_path)));
    denoiser.setAttenuationLimitDb(request.attenuation_limit_db);
    DenoiseJob file;
    file.input = toPath(recording_path_);
    file.output = toPath(cleanPath());
    file.format = {"rf64", "float"};  // RF64 has room for any length
    file.replace_existing = true;
    std::shared_ptr<SpectrogramTrack> track;
    DenoiseHooks hooks;
    hooks.on_start = [&](const SoundSpec& input) { track = makeTrack(input); };
    hooks.on_output = [&](const float* const* planar, int n) { track->add(planar, n); };
    hooks.on_progress = Progress(*this, job);
    const DenoiseReport report = denoiseFile(file, denoiser, hooks);

    DenoiseResult result;
    result.spectrogram = toData(track);
    result.input_rms_dbfs = report.input_levels.rms_dbfs;
    result.input_peak_dbfs = report.input_levels.peak_dbfs;
    result.output_rms_dbfs = report.output_levels.rms_dbfs;
    result.output_peak_dbfs = report.output_levels.peak_dbfs;
    result.model = QFileInfo(request.model_path).completeBaseName();
    result.attenuation_limit_db = request.attenuation_limit_db;
    result.simd = toQString(denoiser.kernels().name);
    result.rtf = report.rtf;
    result.latency_ms = 1000.0 * report.latency_samples / report.input_spec.sample_rate_hz;
    result.seconds = report.seconds;
    emit denoised(job, result);
  });
}

void RecordingWorker::save(JobNumber job, const QString& path) {
  attempt(job, [&] {
    SaveSoundJob file;
    file.sound = toPath(cleanPath());
    file.recording = toPath(recording_path_);
    file.output = toPath(path);
    file.replace_existing = true;  // the dialog has asked
    const std::int64_t clipped_values = saveSound(file, Progress(*this, job));
    emit saved(job, path, clipped_values);
  });
}

}  // namespace hiss
