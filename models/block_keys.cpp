// SPDX-License-Identifier: Apache-2.0
#include "models/block_keys.h"

#include <span>
#include <string_view>
#include <vector>

#include "models/model_error.h"

namespace hiss {
namespace {

constexpr std::string_view kRules[] = {"zoh", "bilinear"};  // in the order of S4dRule

using BlockKey = ConfigKey<BlockConfig, int>;
constexpr BlockKey kConv = {"d_conv", &BlockConfig::d_conv, 2, 16};
constexpr BlockKey kExpand = {"expand", &BlockConfig::expand, 1, 8};
constexpr BlockKey kState = {"d_state", &BlockConfig::d_state, 1, 1024};
constexpr BlockKey kMambaKeys[] = {
    kState, kConv, kExpand, {"dt_rank", &BlockConfig::dt_rank, 1, 512}};
constexpr BlockKey kMamba2Keys[] = {kState,
                                    kConv,
                                    kExpand,
                                    {"headdim", &BlockConfig::headdim, 1, 2048},
                                    {"ngroups", &BlockConfig::ngroups, 1, 2048}};
constexpr BlockKey kStateKeys[] = {kState};

std::span<const BlockKey> keysOf(BlockKind kind) {
  switch (kind) {
    case BlockKind::kMamba:
      return kMambaKeys;
    case BlockKind::kMamba2:
      return kMamba2Keys;
    default:
      return kStateKeys;
  }
}

}  // namespace

BlockKind readBlockKind(ConfigReader& reader, const char* name, std::span<const BlockKind> kinds) {
  std::vector<std::string_view> names;
  names.reserve(kinds.size());
  for (const BlockKind kind : kinds) names.push_back(blockKindName(kind));
  return kinds[reader.choice(name, names)];
}

void readBlockSizes(ConfigReader& reader, BlockConfig& block) {
  for (const BlockKey& key : keysOf(block.kind)) reader.read(key, block);
  if (block.kind == BlockKind::kS4d) {
    block.rule = static_cast<S4dRule>(reader.choice("rule", kRules));
  }
}

void writeBlockSizes(const BlockConfig& block, nlohmann::ordered_json& object) {
  for (const BlockKey& key : keysOf(block.kind)) object[key.name] = block.*key.member;
  if (block.kind == BlockKind::kS4d) object["rule"] = kRules[block.rule == S4dRule::kZoh ? 0 : 1];
}

void requireBlockSizes(const BlockConfig& block, const std::string& path, const BlockPlace& place) {
  const auto require = [&](bool good, const std::string& field, const std::string& expected,
                           int found) {
    if (!good) throw ModelError(path, field, expected, std::to_string(found));
  };
  if (block.kind == BlockKind::kMamba2) {
    const std::string inner = "a divisor of expand " + place.width;
    require(block.dInner() % block.headdim == 0, place.sizes + "headdim", inner, block.headdim);
    require(block.heads() % block.ngroups == 0, place.sizes + "ngroups", inner + " / headdim",
            block.ngroups);
  }
  if (block.kind == BlockKind::kS4d) {
    require(block.d_state % 2 == 0, place.d_state, "an even number", block.d_state);
  }
}

}  // namespace hiss
