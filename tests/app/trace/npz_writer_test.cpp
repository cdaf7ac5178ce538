// SPDX-License-Identifier: Apache-2.0
#include "app/engine/trace/npz_writer.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"
#include "tests/app/trace/numpy.h"

namespace hiss {
namespace {

class NpzWriterTest : public TemporaryFolderTest {
 protected:
  void SetUp() override {
    if (!hasNumpy()) GTEST_SKIP() << "needs Python 3 with NumPy";
  }
};

std::vector<std::byte> countedFloats(int count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.5F);
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

TEST_F(NpzWriterTest, IsReadByNumpy) {
  AtomicOutput output(path("a.npz"), AtomicOutput::Existing::kRefuse);
  NpzWriter npz(output);
  const std::vector<std::byte> bytes = countedFloats(24);
  npz.begin("whole", "f4", std::vector<std::uint64_t>{2, 3, 4});
  npz.write(bytes);
  npz.end();
  npz.begin("in_pieces", "f4", std::vector<std::uint64_t>{24});
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    npz.write(std::span(bytes).subspan(i, std::min<std::size_t>(7, bytes.size() - i)));
  }
  npz.end();
  npz.begin("none", "u8", std::vector<std::uint64_t>{0, 5});
  npz.end();
  npz.begin("number", "f4", {});
  npz.write(std::span(bytes).first(4));
  npz.end();
  npz.finish();
  output.commit();
  EXPECT_EQ(ofArrays(path("a.npz"),
                     "for k in z: print(k, z[k].dtype, z[k].shape)\n"
                     "print((z['whole'].ravel() == z['in_pieces']).all())\n"
                     "print(z['in_pieces'].sum(), z['number'])"),
            "whole float32 (2, 3, 4)\n"
            "in_pieces float32 (24,)\n"
            "none uint64 (0, 5)\n"
            "number float32 ()\n"
            "True\n288.0 0.5\n");
}

// Damage must not go unseen: the checksums are right, so a wrong byte makes them wrong.
TEST_F(NpzWriterTest, HasChecksums) {
  {
    AtomicOutput output(path("a.npz"), AtomicOutput::Existing::kRefuse);
    NpzWriter npz(output);
    npz.begin("a", "f4", std::vector<std::uint64_t>{100});
    npz.write(countedFloats(100));
    npz.end();
    npz.finish();
    output.commit();
  }
  std::string content = read("a.npz");
  content[300] = static_cast<char>(content[300] ^ 1);
  write("b.npz", content);
  EXPECT_NE(ofArrays(path("b.npz"), "print(z['a'])").find("AssertionError"), std::string::npos);
  EXPECT_EQ(ofArrays(path("a.npz"), "print(z['a'][99])"), "99.5\n");
}

TEST_F(NpzWriterTest, SaysWhenTheDiskIsFull) {
  AtomicOutput output("/dev/full", AtomicOutput::Existing::kReplace);
  NpzWriter npz(output);
  npz.begin("a", "f4", std::vector<std::uint64_t>{100});
  npz.write(countedFloats(100));
  npz.end();
  npz.finish();
  EXPECT_THROW(output.commit(), Failure);
}

}  // namespace
}  // namespace hiss
