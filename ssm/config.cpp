// SPDX-License-Identifier: Apache-2.0
#include "ssm/config.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

void checkRange(const char* field, int value, int low, int high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument(std::string("MambaConfig: ") + field + ": expected " +
                              std::to_string(low) + " to " + std::to_string(high) + ", found " +
                              std::to_string(value));
}

}  // namespace

void MambaConfig::validate() const {
  checkRange("d_model", d_model, 1, 8192);
  checkRange("d_state", d_state, 1, 1024);
  checkRange("d_conv", d_conv, 1, 64);
  checkRange("expand", expand, 1, 16);
  checkRange("dt_rank", dt_rank, 1, 8192);
  checkRange("d_inner", d_inner, 0, 65536);
  if (!(std::isfinite(norm_eps) && norm_eps > 0.0f)) {
    throw std::invalid_argument("MambaConfig: norm_eps: expected a positive number, found " +
                                std::to_string(norm_eps));
  }
}

}  // namespace hiss
