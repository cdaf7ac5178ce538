// SPDX-License-Identifier: Apache-2.0
#include "ssm/state_probe.h"

#include <stdexcept>

namespace hiss {

StateProbe::StateProbe(const MambaConfig& config, int probe_rows)
    : rows(probe_rows), d_inner(config.dInner()), d_state(config.d_state) {
  config.validate();
  if (probe_rows < 1) throw std::invalid_argument("StateProbe: expected at least one row");
  const auto channels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(d_inner);
  const auto inputs = static_cast<std::size_t>(rows) * static_cast<std::size_t>(d_state);
  h.resize(channels * static_cast<std::size_t>(d_state));
  dt.resize(channels);
  gate.resize(channels);
  B.resize(inputs);
  C.resize(inputs);
}

}  // namespace hiss
