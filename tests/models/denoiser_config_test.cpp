// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "models/model_card.h"
#include "models/model_error.h"
#include "ssm/tensor.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

// The default config as JSON with one key replaced.
std::string with(const std::string& key, const nlohmann::json& value) {
  nlohmann::json json = nlohmann::json::parse(toJson(DenoiserConfig()));
  json[key] = value;
  return json.dump();
}

std::string refusal(const std::string& json) {
  try {
    (void)parseDenoiserConfig(json, "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

std::string cardRefusal(const std::string& json) {
  try {
    (void)parseModelCard(json, "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

TEST(DenoiserConfig, SurvivesARoundTrip) {
  DenoiserConfig config;
  config.hop = 128;
  config.synthesis_length = 256;
  config.d_model = 48;
  config.compress = 0.5F;
  const DenoiserConfig read = parseDenoiserConfig(toJson(config), "m");
  EXPECT_EQ(toJson(read), toJson(config));
  EXPECT_EQ(read.hop, 128);
  EXPECT_EQ(read.compress, 0.5F);
  EXPECT_EQ(read.latencySamples(), 256);
}

// The default config with a high band, in which one key is replaced.
std::string withHead(const std::string& key, const nlohmann::json& value) {
  DenoiserConfig config;
  config.high_band.emplace();
  nlohmann::json json = nlohmann::json::parse(toJson(config));
  json["high_band"][key] = value;
  return json.dump();
}

TEST(DenoiserConfig, KeepsTheHighBand) {
  EXPECT_FALSE(parseDenoiserConfig(toJson(DenoiserConfig()), "m").high_band.has_value());
  DenoiserConfig config;
  config.high_band.emplace().d_model = 24;
  config.high_band->compress = 0.4F;
  const DenoiserConfig read = parseDenoiserConfig(toJson(config), "m");
  ASSERT_TRUE(read.high_band.has_value());
  EXPECT_EQ(toJson(read), toJson(config));
  EXPECT_EQ(read.high_band->d_model, 24);
  EXPECT_EQ(read.high_band->compress, 0.4F);
  EXPECT_EQ(read.high_band->inputs(), 32);
  EXPECT_EQ(denoiserTensors(read).size(), denoiserTensors(DenoiserConfig()).size() + 2 * 10 + 5);
}

TEST(DenoiserConfig, KeepsTheOptionalParts) {
  const DenoiserConfig plain;
  EXPECT_TRUE(plain.isPlain());
  for (const char* key : {"features", "band_bias", "fullband"}) {
    EXPECT_EQ(toJson(plain).find(key), std::string::npos) << key;
  }
  const DenoiserConfig config = fullFullbandConfig();
  EXPECT_FALSE(config.isPlain());
  const DenoiserConfig read = parseDenoiserConfig(toJson(config), "m");
  EXPECT_EQ(toJson(read), toJson(config));
  EXPECT_EQ(read.features, 3);
  EXPECT_EQ(read.band_bias, 1);
  EXPECT_EQ(read.fullband_d_model, 128);
  EXPECT_EQ(read.fullband_rank, 12);
  EXPECT_EQ(read.fullbandBlock().dt_rank, 8);
  EXPECT_EQ(read.fullbandBefore(), 2);
  std::int64_t trained = 0;
  for (const TensorSpec& spec : denoiserTensors(read)) {
    if (spec.name.find(".running_") == std::string::npos) trained += elementCount(spec.shape);
  }
  EXPECT_EQ(trained, 297222);  // as PyTorch counts them

  // Each may stand alone, and say what it would be without being there.
  EXPECT_EQ(refusal(with("features", 3)), "");
  EXPECT_EQ(refusal(with("features", 2)), "");
  EXPECT_EQ(refusal(with("band_bias", 1)), "");
  EXPECT_EQ(refusal(with("fullband_d_model", 0)), "");
  EXPECT_FALSE(parseDenoiserConfig(with("features", 3), "m").isPlain());
  EXPECT_FALSE(parseDenoiserConfig(with("band_bias", 1), "m").isPlain());
}

TEST(DenoiserConfig, RefusesOptionalPartsThatMakeNoSense) {
  for (const char* key : {"features", "band_bias", "fullband_d_model", "fullband_rank"}) {
    for (const nlohmann::json& bad : {nlohmann::json("x"), nlohmann::json(), nlohmann::json(-1),
                                      nlohmann::json(1.0), nlohmann::json(4000000000U)}) {
      const std::string text = refusal(with(key, bad));
      EXPECT_EQ(text.find(std::string("m: hiss.config.") + key + ": expected a whole number from "),
                0U)
          << text;
    }
  }
  EXPECT_EQ(refusal(with("features", 4)),
            "m: hiss.config.features: expected a whole number from 2 to 3, found 4");
  EXPECT_EQ(refusal(with("features", 1)),
            "m: hiss.config.features: expected a whole number from 2 to 3, found 1");
  EXPECT_EQ(refusal(with("band_bias", 2)),
            "m: hiss.config.band_bias: expected a whole number from 0 to 1, found 2");
  EXPECT_EQ(refusal(with("fullband_d_model", 1025)),
            "m: hiss.config.fullband_d_model: expected a whole number from 0 to 1024, found 1025");
  EXPECT_EQ(refusal(with("fullband_rank", 513)),
            "m: hiss.config.fullband_rank: expected a whole number from 0 to 512, found 513");
  EXPECT_EQ(refusal(with("fullband_d_model", 8)),
            "m: hiss.config.fullband_rank: expected at least 1 with a fullband_d_model, found 0");
  EXPECT_EQ(refusal(with("fullband_rank", 8)),
            "m: hiss.config.fullband_rank: expected 0 without a fullband_d_model, found 8");
  nlohmann::json json = nlohmann::json::parse(toJson(fullFullbandConfig()));
  json["n_layer"] = 1;
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.n_layer: expected at least 2 with a fullband_d_model, found 1");
}

// A network whose blocks are of that kind, as JSON to be changed.
nlohmann::json ofKind(BlockKind kind) {
  return nlohmann::json::parse(toJson(smallKindConfig(kind)));
}

TEST(DenoiserConfig, KeepsBlocksOfAnotherKind) {
  EXPECT_EQ(toJson(DenoiserConfig()).find("block"), std::string::npos);
  for (const BlockKind kind : kBlockKinds) {
    if (kind == BlockKind::kMamba) continue;
    DenoiserConfig config = smallKindConfig(kind);
    config.block->rule = S4dRule::kBilinear;
    EXPECT_FALSE(config.isPlain());
    const DenoiserConfig read = parseDenoiserConfig(toJson(config), "m");
    EXPECT_EQ(toJson(read), toJson(config));
    EXPECT_EQ(toJson(read).find("dt_rank"), std::string::npos);
    const BlockConfig block = read.bandBlock();
    EXPECT_EQ(block.kind, kind);
    EXPECT_EQ(block.d_model, config.d_model);
    EXPECT_EQ(block.d_state, 6);
    EXPECT_EQ(read.fullbandBlock().d_model, config.fullband_d_model);
    EXPECT_EQ(read.fullbandBlock().d_state, 8);
    EXPECT_EQ(block.rule, kind == BlockKind::kS4d ? S4dRule::kBilinear : S4dRule::kZoh);
    if (kind == BlockKind::kMamba2) {
      EXPECT_EQ(block.headdim, 2);
      EXPECT_EQ(block.ngroups, 2);
      EXPECT_EQ(block.d_conv, 3);
    }
  }
}

TEST(DenoiserConfig, RefusesABlockMissingKeysOrOfAnotherKind) {
  for (const BlockKind kind : kBlockKinds) {
    if (kind == BlockKind::kMamba) continue;
    const nlohmann::json full = ofKind(kind);
    for (const auto& item : full["block"].items()) {
      const std::string field = "m: hiss.config.block." + item.key() + ": expected ";
      nlohmann::json less = full;
      less["block"].erase(item.key());
      EXPECT_EQ(refusal(less.dump()), field + "a value, found none");
      for (const nlohmann::json& bad : {nlohmann::json("x"), nlohmann::json(), nlohmann::json(-1),
                                        nlohmann::json(0), nlohmann::json(1e300)}) {
        nlohmann::json other = full;
        other["block"][item.key()] = bad;
        EXPECT_EQ(refusal(other.dump()).find(field), 0U) << refusal(other.dump());
      }
    }
    for (const char* key : {"dt_rank", "hidden"}) {
      nlohmann::json more = full;
      more["block"][key] = 2;
      EXPECT_EQ(
          refusal(more.dump()),
          std::string("m: hiss.config.block: expected only known keys, found \"") + key + "\"");
    }
    nlohmann::json both = full;
    both["d_state"] = 16;
    EXPECT_EQ(refusal(both.dump()), "m: hiss.config: expected only known keys, found \"d_state\"");
  }
  nlohmann::json json = ofKind(BlockKind::kMamba2);
  const std::string kinds =
      R"(expected "mamba2", "s4d", "selective_gate" or "simplified_mamba", found )";
  for (const char* kind : {"mamba", "lstm"}) {
    json["block"]["kind"] = kind;
    EXPECT_EQ(refusal(json.dump()), "m: hiss.config.block.kind: " + kinds + '"' + kind + '"');
  }
  EXPECT_EQ(refusal(with("block", "mamba2")),
            "m: hiss.config.block: expected an object, found \"mamba2\"");
}

TEST(DenoiserConfig, RefusesABlockThatDoesNotFit) {
  nlohmann::json json = ofKind(BlockKind::kMamba2);
  json["block"]["headdim"] = 3;  // of 8 channels
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.block.headdim: expected a divisor of expand d_model, found 3");
  json["block"]["headdim"] = 8;  // of 20
  json["block"]["ngroups"] = 1;
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.block.headdim: expected a divisor of expand fullband_d_model, found 8");
  json["block"]["headdim"] = 4;
  json["block"]["ngroups"] = 3;
  EXPECT_EQ(
      refusal(json.dump()),
      "m: hiss.config.block.ngroups: expected a divisor of expand d_model / headdim, found 3");

  json = ofKind(BlockKind::kS4d);
  json["block"]["d_state"] = 5;
  EXPECT_EQ(refusal(json.dump()), "m: hiss.config.block.d_state: expected an even number, found 5");
  json = ofKind(BlockKind::kS4d);
  json["fullband_d_state"] = 5;
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.fullband_d_state: expected an even number, found 5");

  json = ofKind(BlockKind::kSelectiveGate);
  json.erase("fullband_d_state");
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.fullband_d_state: expected at least 1 with a block "
            "and a fullband_d_model, found 0");
  const std::string without =
      "m: hiss.config.fullband_d_state: expected 0 without a block and a fullband_d_model, found 8";
  json = ofKind(BlockKind::kSelectiveGate);
  json["fullband_d_model"] = json["fullband_rank"] = 0;
  EXPECT_EQ(refusal(json.dump()), without);
  EXPECT_EQ(refusal(with("fullband_d_state", 8)), without);

  json = ofKind(BlockKind::kS4d);
  json["block"]["d_state"] = 1024;
  json["n_fft"] = 2048;
  json["n_band"] = 256;
  json["d_model"] = 64;
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.n_layer: expected at most 16777216 values of state "
            "in all, found 33554512");
}

TEST(DenoiserConfig, LimitsTheBlockOverAllBands) {
  nlohmann::json json = nlohmann::json::parse(toJson(fullFullbandConfig()));
  json["n_fft"] = 4096;
  json["kernel"] = json["stride"] = 4;
  json["n_band"] = 512;
  json["fullband_rank"] = 512;
  json["fullband_d_model"] = 1024;  // two matrices of 2^28 weights
  EXPECT_EQ(refusal(json.dump()).find("m: hiss.config.channels: expected at most 67108864 weights"),
            0U)
      << refusal(json.dump());
}

TEST(DenoiserConfig, RefusesAHighBandMissingKeysOrOfAnotherKind) {
  DenoiserConfig config;
  config.high_band.emplace();
  const nlohmann::json full = nlohmann::json::parse(toJson(config));
  for (const auto& item : full["high_band"].items()) {
    nlohmann::json less = full;
    less["high_band"].erase(item.key());
    EXPECT_EQ(refusal(less.dump()),
              "m: hiss.config.high_band." + item.key() + ": expected a value, found none");
    for (const nlohmann::json& bad : {nlohmann::json("x"), nlohmann::json(), nlohmann::json(-1),
                                      nlohmann::json(0), nlohmann::json(1e300)}) {
      const std::string text = refusal(withHead(item.key(), bad));
      EXPECT_EQ(text.find("m: hiss.config.high_band." + item.key() + ": expected "), 0U) << text;
    }
  }
  EXPECT_EQ(refusal(withHead("gain", 1)),
            "m: hiss.config.high_band: expected only known keys, found \"gain\"");
  EXPECT_EQ(refusal(with("high_band", 1)), "m: hiss.config.high_band: expected an object, found 1");
  EXPECT_EQ(refusal(with("high_band", nullptr)),
            "m: hiss.config.high_band: expected an object, found null");
  EXPECT_EQ(refusal(withHead("low_bands", 7)),
            "m: hiss.config.high_band.low_bands: expected a divisor of n_fft/2, found 7");
  EXPECT_EQ(refusal(withHead("dt_rank", 33)),
            "m: hiss.config.high_band.dt_rank: expected at most d_model, found 33");
}

TEST(DenoiserConfig, TakesAnOverlapShorterThanTheHop) {
  for (const auto& [hop, synthesis_length] :
       {std::pair{192, 320}, {160, 320}, {256, 512}, {128, 512}, {300, 301}}) {
    DenoiserConfig config;
    config.hop = hop;
    config.synthesis_length = synthesis_length;
    const DenoiserConfig read = parseDenoiserConfig(toJson(config), "m");
    EXPECT_EQ(read.hop, hop);
    EXPECT_EQ(read.latencySamples(), synthesis_length);
  }
}

TEST(DenoiserConfig, RefusesEachKeyMissingOrOfAnotherKind) {
  const nlohmann::json full = nlohmann::json::parse(toJson(DenoiserConfig()));
  for (const auto& item : full.items()) {
    nlohmann::json less = full;
    less.erase(item.key());
    EXPECT_EQ(refusal(less.dump()),
              "m: hiss.config." + item.key() + ": expected a value, found none");
    for (const nlohmann::json& bad : {nlohmann::json("x"), nlohmann::json(), nlohmann::json(-1),
                                      nlohmann::json(1e300), nlohmann::json::array()}) {
      const std::string text = refusal(with(item.key(), bad));
      EXPECT_EQ(text.find("m: hiss.config." + item.key() + ": expected "), 0U) << text;
    }
  }
}

TEST(DenoiserConfig, RefusesValuesOutOfRange) {
  EXPECT_EQ(refusal(with("channels", 100000)),
            "m: hiss.config.channels: expected a whole number from 1 to 512, found 100000");
  EXPECT_EQ(refusal(with("n_layer", 18446744073709551615U)),
            "m: hiss.config.n_layer: expected a whole number from 1 to 32, found "
            "18446744073709551615");
  EXPECT_EQ(refusal(with("d_state", 16.0)),
            "m: hiss.config.d_state: expected a whole number from 1 to 256, found 16.0");
  EXPECT_EQ(refusal(with("arch", "other")),
            "m: hiss.config.arch: expected \"subband-mamba\", found \"other\"");
  EXPECT_NE(refusal(with("compress", 0.0)), "");
  EXPECT_NE(refusal(with("norm_eps", 0.0)), "");
  EXPECT_EQ(refusal(with("dropout", 0.1)),
            "m: hiss.config: expected only known keys, found \"dropout\"");
}

TEST(DenoiserConfig, RefusesValuesThatDoNotFitEachOther) {
  EXPECT_EQ(refusal(with("n_fft", 514)),
            "m: hiss.config.n_fft: expected twice a product of 2, 3 and 5, found 514");
  for (const int hop : {100, 171, 255, 512, 513}) {
    EXPECT_EQ(refusal(with("hop", hop)),
              "m: hiss.config.hop: expected from half of synthesis_length to less than it, or an "
              "even part of it, found " +
                  std::to_string(hop));
  }
  EXPECT_EQ(refusal(with("synthesis_length", 513)),
            "m: hiss.config.synthesis_length: expected at most n_fft, found 513");
  EXPECT_NE(refusal(with("synthesis_length", 1024)), "");
  EXPECT_NE(refusal(with("stride", 3)), "");
  EXPECT_NE(refusal(with("kernel", 7)), "");
  EXPECT_NE(refusal(with("conv_kernel", 4)), "");
  EXPECT_NE(refusal(with("n_band", 65)), "");
  EXPECT_NE(refusal(with("dt_rank", 37)), "");
}

TEST(DenoiserConfig, RefusesAHugeNetworkOfSmallNumbers) {
  nlohmann::json json = nlohmann::json::parse(toJson(DenoiserConfig()));
  json["n_layer"] = 32;
  json["d_model"] = 512;
  json["d_state"] = 256;
  json["n_band"] = 64;
  EXPECT_EQ(refusal(json.dump()),
            "m: hiss.config.n_layer: expected at most 16777216 values of state in all, found "
            "543162368");
  json["n_band"] = 1;
  json["d_state"] = 64;
  json["expand"] = 4;
  json["chan_mult"] = 8;
  EXPECT_EQ(refusal(json.dump()).find("m: hiss.config.channels: expected at most 67108864 weights"),
            0U)
      << refusal(json.dump());
}

TEST(DenoiserConfig, NamesEveryTensorOnce) {
  const std::vector<TensorSpec> specs = denoiserTensors(DenoiserConfig());
  std::set<std::string> names;
  std::int64_t count = 0;
  for (const TensorSpec& spec : specs) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    std::int64_t values = 1;
    for (const std::int64_t extent : spec.shape) values *= extent;
    count += values;
  }
  EXPECT_EQ(names.count("blocks.2.mixer.A_log"), 1U);
  EXPECT_EQ(names.count("dec.1.conv.bn.running_var"), 1U);
  EXPECT_EQ(specs.size(), 5U + 2 * 5 + 3 + 3 * 22 + 3 + 2 * 10 + 4);
  EXPECT_GT(count, 100000);
  EXPECT_LT(count, 120000);
}

TEST(ModelCard, ReadsTextsAndNestedFigures) {
  const ModelCard card =
      parseModelCard(R"({"name":"n","description":"d","data":"x","licence":"l","extra":1,)"
                     R"("figures":{"b":"1 h","a":{"pesq":2.5,"n":60}}})",
                     "m");
  EXPECT_EQ(card.name, "n");
  EXPECT_EQ(card.licence, "l");
  ASSERT_EQ(card.figures.size(), 3U);
  EXPECT_EQ(card.figures[0], (std::pair<std::string, std::string>{"a.n", "60"}));
  EXPECT_EQ(card.figures[1], (std::pair<std::string, std::string>{"a.pesq", "2.5"}));
  EXPECT_EQ(card.figures[2], (std::pair<std::string, std::string>{"b", "1 h"}));
}

TEST(ModelCard, RefusesWhatIsMissingOrOfAnotherKind) {
  EXPECT_EQ(cardRefusal(R"({"name":1})"), "m: hiss.card.name: expected a string, found 1");
  EXPECT_EQ(cardRefusal(R"({"name":"n"})"),
            "m: hiss.card.description: expected a string, found none");
  EXPECT_EQ(cardRefusal("nonsense"), "m: hiss.card: expected valid JSON, found an error at byte 2");
  const std::string head = R"({"name":"n","description":"d","data":"x","licence":"l","figures":)";
  EXPECT_EQ(cardRefusal(head + "[]}"),
            "m: hiss.card.figures: expected an object, found an array of 0");
  EXPECT_EQ(
      cardRefusal(head + R"({"a":[1]}})"),
      "m: hiss.card.figures.a: expected a number, a string or an object, found an array of 1");
}

}  // namespace
}  // namespace hiss
