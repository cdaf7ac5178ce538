// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// Loops that do nothing but keep one part of a core busy, for one instruction set. What they reach
// is the most that any kernel of that set can reach. Results go to `sink` [1], so that no compiler
// leaves the loops out. [thread-safe]
// The members are called, so they are named as functions.
// NOLINTBEGIN(readability-identifier-naming)
struct RooflineLoops {
  const char* name;  // that of the kernel set, see Kernels::name
  int macs_per_round;

  // `rounds` times x = x factor + term in macs_per_round independent chains.
  void (*multiplyAdd)(float factor, float term, int rounds, float* sink) noexcept;

  // Reads data [n] once; n is a multiple of kReadFloats.
  void (*read)(const float* data, int n, float* sink) noexcept;
};
// NOLINTEND(readability-identifier-naming)

// Chains that hide the latency of a multiply-add (fused 5 cycles at most, 2 a cycle: 10; in two
// instructions 6 to 8 cycles, 2 or 1 a cycle: 12) and, with both constants, fit in 16 registers.
inline constexpr int kMultiplyAddChains = 12;

// Streams of sums that hide the latency of an addition (4 cycles at most, 2 a cycle: 8), and the
// floats that one turn of the widest set reads.
inline constexpr int kReadChains = 8;
inline constexpr int kReadFloats = kReadChains * 16;

// What plain C++ can reach: the scalar kernels are built for the baseline of the processor family,
// and the compiler may use that baseline's vectors in them. [thread-safe]
const RooflineLoops& scalarRooflineLoops() noexcept;

// Fills `out` [capacity] with the loops of the vectorised kernel sets that this CPU can run and
// returns their number. Plain pointers only, as vectorKernels. [thread-safe]
int vectorRooflineLoops(const RooflineLoops** out, int capacity) noexcept;

}  // namespace hiss
