// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_core.h"

#include "models/cleanumamba_core.h"
#include "models/rate_bridge.h"
#include "models/subband_core.h"

namespace hiss {

std::unique_ptr<DenoiserCore> makeDenoiserCore(const DenoiserModel& model, const Kernels& kernels) {
  if (model.cleanUMamba() != nullptr) {
    return std::make_unique<RateBridge>(
        std::make_unique<CleanUMambaCore>(model.packCleanUMamba(kernels)),
        model.config().sample_rate);
  }
  return std::make_unique<SubbandCore>(model.pack(kernels), model.packHighBand(kernels));
}

}  // namespace hiss
