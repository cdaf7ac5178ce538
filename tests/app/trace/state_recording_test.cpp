// SPDX-License-Identifier: Apache-2.0
#include "app/engine/trace/state_recording.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "models/denoiser.h"
#include "models/state_tap.h"
#include "tests/app/temporary_folder.h"
#include "tests/app/trace/numpy.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

class StateRecordingTest : public TemporaryFolderTest {
 protected:
  [[nodiscard]] StateTraceSpec spec(double step_seconds = 0.0125) const {
    StateTraceSpec made;
    made.path = path("trace.npz");
    made.model = "base \"ü\"";
    made.layer = {"block 2", 5, 3, 2, {-1.0F, -2.0F, -3.0F, -4.0F, -5.0F, -6.0F}};
    made.focus = {1, 4};
    made.step_seconds = step_seconds;
    made.layer_names = {"block 1", "block 2"};
    return made;
  }
};

StateSnapshot stepAt(std::uint64_t step) {
  const auto value = static_cast<float>(step % 1000);
  StateSnapshot made;
  made.step = step;
  made.focus = {1, 4};
  made.d_inner = 3;
  made.d_state = 2;
  for (int i = 0; i < 6; ++i) made.h.push_back(value + static_cast<float>(i) / 8.0F);
  made.x.assign(3, value + 1.0F);
  made.dt.assign(3, value + 2.0F);
  made.gate.assign(3, value + 3.0F);
  made.B.assign(2, value + 4.0F);
  made.C.assign(2, value + 5.0F);
  made.ssm_state_rms = {value + 6.0F, value + 7.0F};
  return made;
}

StateTraceStatus ended(const StateTrace& trace) {
  for (int i = 0; i < 60000 && !trace.status().ended; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(trace.status().ended);
  return trace.status();
}

TEST_F(StateRecordingTest, IsReadByNumpy) {
  if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  constexpr std::uint64_t kSteps = 1000;  // some whole chunks and a rest
  StateRecording recording(spec());
  for (std::uint64_t step = 11; step < 11 + kSteps; ++step) {
    recording.take(stepAt(step));
    StateSnapshot other = stepAt(step);
    other.focus.row = 0;
    recording.take(other);
  }
  recording.finish();
  recording.take(stepAt(5000));
  const StateTraceStatus status = ended(recording);
  EXPECT_EQ(status.error, "");
  EXPECT_EQ(status.steps, kSteps);
  EXPECT_EQ(status.lost, 0U);
  EXPECT_EQ(status.bytes, kSteps * (16 + 4 * (6 + 9 + 4 + 2)));
  EXPECT_EQ(files(), std::vector<std::string>{"trace.npz"});
  EXPECT_EQ(ofArrays(path("trace.npz"), R"(
for k in z: print(k, z[k].dtype.str, z[k].shape)
s = np.arange(11, 1011)
v = (s % 1000).astype(np.float32)
assert (z['step'] == s).all()
assert np.allclose(z['time_s'], s * 0.0125, atol=1e-12)
assert (z['h'] == v[:, None, None] + np.arange(6).reshape(3, 2) / 8).all()
for i, k in enumerate(['x', 'dt', 'gate', 'B', 'C']): assert (z[k] == v[:, None] + 1 + i).all()
assert (z['ssm_state_rms'] == v[:, None] + [6, 7]).all()
assert (z['A'].ravel() == -np.arange(1, 7)).all()
import json
print(sorted(json.loads(z['meta'].item()).items()))
)"),
            "step <u8 (1000,)\n"
            "time_s <f8 (1000,)\n"
            "h <f4 (1000, 3, 2)\n"
            "x <f4 (1000, 3)\n"
            "dt <f4 (1000, 3)\n"
            "gate <f4 (1000, 3)\n"
            "B <f4 (1000, 2)\n"
            "C <f4 (1000, 2)\n"
            "ssm_state_rms <f4 (1000, 2)\n"
            "A <f4 (3, 2)\n"
            "meta <U122 ()\n"
            "[('layer', 'block 2'), ('layer_index', 1), ('layers', ['block 1', 'block 2']), "
            "('model', 'base \"ü\"'), ('row', 4), ('step_seconds', 0.0125)]\n");
}

// The file alone tells how each state came about.
TEST_F(StateRecordingTest, OfADenoiserHoldsTheRecurrence) {
  if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  Denoiser denoiser(DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "small"));
  const DenoiserConfig& config = denoiser.model().config();
  denoiser.prepare({config.sample_rate, 1, config.hop});
  StateTap& tap = *denoiser.stateTap();
  StateTraceSpec made = spec(tap.layout().step_seconds);
  made.focus = {2, config.n_band - 1};
  made.layer = tap.layout().layers.at(2);
  made.layer_names.clear();
  for (const StateLayer& layer : tap.layout().layers) made.layer_names.push_back(layer.name);
  tap.look(made.focus);
  StateRecording recording(made);
  const std::vector<float> noisy =
      noisySignal(config.sample_rate, static_cast<std::size_t>(600 * config.hop));
  StateSnapshot snapshot;
  for (std::size_t i = 0; i < noisy.size(); i += static_cast<std::size_t>(config.hop)) {
    runMono(denoiser,
            {noisy.begin() + static_cast<std::ptrdiff_t>(i),
             noisy.begin() + static_cast<std::ptrdiff_t>(i) + config.hop},
            static_cast<std::size_t>(config.hop));
    while (tap.next(snapshot)) recording.take(snapshot);
  }
  recording.finish();
  ASSERT_EQ(ended(recording).error, "");
  EXPECT_EQ(ofArrays(path("trace.npz"), R"(
dt, x, B, h, A = (z[k].astype(float) for k in ['dt', 'x', 'B', 'h', 'A'])
before = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
after = np.exp(dt[:, :, None] * A) * before + (dt * x)[:, :, None] * B[:, None, :]
print(len(h), np.abs(after - h).max() < 1e-5 * (1 + np.abs(h).max()), np.abs(h).max() > 0.01)
)"),
            "600 True True\n");
}

TEST_F(StateRecordingTest, OfAKindWithoutAHasNoRowsOfIt) {
  if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  StateTraceSpec without = spec();
  without.layer.A.clear();
  StateRecording recording(without);
  recording.take(stepAt(1));
  recording.finish();
  ASSERT_EQ(ended(recording).error, "");
  EXPECT_EQ(ofArrays(path("trace.npz"), "print(z['A'].shape, z['h'].shape)"), "(0, 2) (1, 3, 2)\n");
}

TEST_F(StateRecordingTest, HasNoTimesWhereStepsHaveNone) {
  if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  StateRecording recording(spec(0.0));
  recording.take(stepAt(1));
  recording.finish();
  ASSERT_EQ(ended(recording).error, "");
  EXPECT_EQ(ofArrays(path("trace.npz"), "print(z['time_s'], z['step'])"), "[nan] [1]\n");
}

TEST_F(StateRecordingTest, OfNothingIsEmptyNotBroken) {
  if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  StateRecording recording(spec());
  recording.finish();
  ASSERT_EQ(ended(recording).error, "");
  EXPECT_EQ(ofArrays(path("trace.npz"), "print(z['h'].shape)"), "(0, 3, 2)\n");
}

TEST_F(StateRecordingTest, ThatIsBrokenOffLeavesWhatWasThere) {
  write("trace.npz", "an older trace");
  {
    StateRecording recording(spec());
    for (std::uint64_t step = 1; step < 2000; ++step) recording.take(stepAt(step));
  }
  EXPECT_EQ(files(), std::vector<std::string>{"trace.npz"});
  EXPECT_EQ(read("trace.npz"), "an older trace");
}

TEST_F(StateRecordingTest, IsCompleteWhenItGoesAfterFinish) {
  {
    StateRecording recording(spec());
    for (std::uint64_t step = 1; step < 2000; ++step) recording.take(stepAt(step));
    recording.finish();
  }
  EXPECT_EQ(files(), std::vector<std::string>{"trace.npz"});
  EXPECT_GT(read("trace.npz").size(), 1999U * 84U);
}

TEST_F(StateRecordingTest, SaysWhyItCannotBeWritten) {
  write("file", "no folder");
  StateTraceSpec impossible = spec();
  impossible.path = path("file/trace.npz");
  StateRecording recording(impossible);
  const StateTraceStatus status = ended(recording);
  EXPECT_NE(status.error.find("file/trace.npz: expected an output that can be written, found "),
            std::string::npos)
      << status.error;
  for (std::uint64_t step = 1; step < 1000; ++step) recording.take(stepAt(step));
  EXPECT_EQ(recording.status().steps, 0U);
  recording.finish();
}

TEST_F(StateRecordingTest, SaysThatTheDiskIsFull) {
  StateTraceSpec full = spec();
  full.path = "/dev/full";
  StateRecording recording(full);
  for (std::uint64_t step = 1; step < 1000; ++step) recording.take(stepAt(step));
  recording.finish();
  EXPECT_EQ(ended(recording).error,
            "/dev/full: expected an output that can be written, found No space left on device");
}

}  // namespace
}  // namespace hiss
