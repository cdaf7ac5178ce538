// SPDX-License-Identifier: Apache-2.0
#include "ssm/config.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "ssm/check_range.h"

namespace hiss {

void MambaConfig::validate() const {
  checkRange("MambaConfig", "d_model", d_model, 1, 8192);
  checkRange("MambaConfig", "d_state", d_state, 1, 1024);
  checkRange("MambaConfig", "d_conv", d_conv, 1, 64);
  checkRange("MambaConfig", "expand", expand, 1, 16);
  checkRange("MambaConfig", "dt_rank", dt_rank, 1, 8192);
  checkRange("MambaConfig", "d_inner", d_inner, 0, 65536);
  if (!(std::isfinite(norm_eps) && norm_eps > 0.0f)) {
    throw std::invalid_argument("MambaConfig: norm_eps: expected a positive number, found " +
                                std::to_string(norm_eps));
  }
}

}  // namespace hiss
