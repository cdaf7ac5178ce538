// SPDX-License-Identifier: Apache-2.0
// Internal to ssm/: one function a kind, behind makeBlock(). `config` has been validated.
#pragma once

#include <memory>

#include "ssm/recurrent_block.h"

namespace hiss {

std::shared_ptr<const RecurrentBlock> makeMambaKind(const BlockConfig& config,
                                                    const TensorLookup& lookup,
                                                    const Kernels& kernels, WeightFormat format);
std::shared_ptr<const RecurrentBlock> makeMamba2Kind(const BlockConfig& config,
                                                     const TensorLookup& lookup,
                                                     const Kernels& kernels);
std::shared_ptr<const RecurrentBlock> makeS4dKind(const BlockConfig& config,
                                                  const TensorLookup& lookup,
                                                  const Kernels& kernels);
std::shared_ptr<const RecurrentBlock> makeSelectiveGateKind(const BlockConfig& config,
                                                            const TensorLookup& lookup,
                                                            const Kernels& kernels);
std::shared_ptr<const RecurrentBlock> makeSimplifiedMambaKind(const BlockConfig& config,
                                                              const TensorLookup& lookup,
                                                              const Kernels& kernels);

}  // namespace hiss
