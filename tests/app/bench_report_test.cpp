// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace hiss {
namespace {

using nlohmann::json;

BenchTarget target(const std::string& simd, double p50_us) {
  BenchTarget result;
  result.simd = simd;
  result.hop = {2000, 0.5 * p50_us, 1.1 * p50_us, p50_us, 1.5 * p50_us, 2.0 * p50_us, 3.0 * p50_us};
  result.rtf = 1.1e-6 * p50_us / 0.016;
  result.gmac_per_s = 30.0;
  result.roofline_share = 0.625;
  result.roofline = {59e9, 200e9, 118e9, 90e9, 110e9, 0.02};
  return result;
}

BenchReport report() {
  BenchReport result;
  result.model_name = "mine";
  result.model_path = "/models/mine.safetensors";
  result.machine.cpu = "A CPU";
  result.machine.system = "Linux 6";
  result.machine.compiler = "GCC 12";
  result.machine.load_average = {0.5, 0.25, 0.125};
  result.machine.core = 3;
  result.machine.pinned = true;
  result.machine.preemptions = 1;
  result.machine.seconds = 5.0;
  result.machine.caches = {32e3, 1e6, 32e6};
  result.stream = {"cafe.flac", false, 16000, 1, 256, 16000.0, 32.0};
  result.targets = {target("scalar", 2000.0), target("avx2", 160.0)};
  result.footprint_bytes = 830e3;
  result.level = CacheLevel::kL2;
  result.parts_simd = "avx2";
  BenchPart conv;
  conv.part = {"enc.0", 442368.0, 27840.0, 0.0, 0.0};
  conv.us = 8.5;
  conv.share_of_hop = 0.053;
  conv.gmac_per_s = 52.0;
  conv.bound = boundOf(conv.part, result.targets[1].roofline);
  conv.roofline_share = 0.88;
  BenchPart stft;
  stft.part.name = "stft";
  stft.us = 4.25;
  result.parts = {conv, stft};
  return result;
}

BenchStack stack() {
  BenchStack result;
  result.simd = "avx2";
  result.weights = "bf16";
  result.d_model = 128;
  result.n_layer = 4;
  result.d_state = 16;
  result.step = {100, 26.0, 28.0, 27.0, 30.0, 40.0, 50.0};
  result.ns_per_state = 1.7;
  result.level = CacheLevel::kL3;
  result.bound.seconds = 20e-6;
  result.bound.by_memory = true;
  result.roofline_share = 0.74;
  return result;
}

// The words of the first line that begins with `name`.
std::vector<std::string> row(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + " ")) continue;
    std::istringstream words(line);
    return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
  }
  return {};
}

using Words = std::vector<std::string>;

TEST(BenchReport, TextHasARowForEachTargetAndPart) {
  const std::string text = benchText(report(), "9.9");
  EXPECT_EQ(text.rfind("hiss 9.9, model mine, GCC 12\n", 0), 0U) << text;
  EXPECT_EQ(row(text, "avx2"), (Words{"avx2", "80.0", "176.0", "160.0", "240.0", "320.0", "480.0",
                                      "0.01100", "91", "30.0", "62", "%"}));
  EXPECT_EQ(row(text, "enc.0"),
            (Words{"enc.0", "8.50", "5.3", "%", "52.0", "-", "FMA", "88", "%"}));
  EXPECT_EQ(row(text, "stft"), (Words{"stft", "4.25", "0.0", "%", "-", "-", "-", "-"}));
  EXPECT_NE(text.find("0.83 MB: they come from L2"), std::string::npos) << text;
  EXPECT_NE(text.find("one thread on core 3\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("stacks"), std::string::npos);
  EXPECT_EQ(text.find("note:"), std::string::npos);
}

TEST(BenchReport, TextExplainsSharesAboveAHundredPercent) {
  BenchReport full = report();
  EXPECT_EQ(benchText(full, "9.9").find("Over 100 %"), std::string::npos);
  full.parts[0].roofline_share = 1.13;
  EXPECT_NE(benchText(full, "9.9").find("\nOver 100 %"), std::string::npos);
}

TEST(BenchReport, TextLinesAreShort) {
  BenchReport full = report();
  full.parts[0].roofline_share = 1.13;
  full.stacks = {stack()};
  full.streams = {{"avx2", 100, {10, 0.5, 1.0, 2.0, 3.0, 4.0, 20000.0}, 0.5, 0}};
  addNotes(full);
  std::istringstream lines(benchText(full, "9.9"));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(BenchReport, TextShowsStacksAndStreamsIfTheyWereMeasured) {
  BenchReport full = report();
  full.targets.clear();
  full.stacks = {stack()};
  EXPECT_EQ(row(benchText(full, "9.9"), "avx2"),
            (Words{"avx2", "128", "x", "4,", "bf16", "26.0", "27.0", "30.0", "40.0", "1.700", "L3",
                   "74", "%"}));
  full.stacks.clear();
  full.streams = {{"avx2", 100, {10, 0.5, 1.0, 2.0, 3.0, 4.0, 20000.0}, 0.5, 7}};
  EXPECT_EQ(row(benchText(full, "9.9"), "avx2"),
            (Words{"avx2", "100", "0.5", "2.0", "3.0", "4.0", "20000", "50.0", "%", "7"}));
}

TEST(BenchReport, NamesWithControlCharactersCannotForgeLines) {
  BenchReport odd = report();
  odd.stream.sound = "a\nb";
  odd.model_name = "m\n";
  const std::string text = benchText(odd, "9.9");
  EXPECT_NE(text.find("a\\x0ab"), std::string::npos);
  EXPECT_NE(text.find("m\\x0a"), std::string::npos);
}

TEST(BenchReport, JsonHoldsEverything) {
  BenchReport full = report();
  full.stacks = {stack()};
  full.streams = {{"avx2", 100, {10, 0.5, 1.0, 2.0, 3.0, 4.0, 20000.0}, 0.5, 7}};
  full.notes = {"noted"};
  const json document = json::parse(benchJson(full, "9.9"));
  EXPECT_EQ(document["hiss"], "9.9");
  EXPECT_EQ(document["compiler"], "GCC 12");
  EXPECT_EQ(document["machine"]["governor"], nullptr);
  EXPECT_EQ(document["machine"]["load_average"], json({0.5, 0.25, 0.125}));
  EXPECT_EQ(document["machine"]["cache_bytes"]["l2"], 1e6);
  EXPECT_EQ(document["model"]["name"], "mine");
  EXPECT_EQ(document["sound"]["sample_rate_hz"], 16000);
  EXPECT_EQ(document["hop"]["samples"], 256);
  ASSERT_EQ(document["targets"].size(), 2U);
  EXPECT_EQ(document["targets"][1]["hop_us"]["p50"], 160.0);
  EXPECT_EQ(document["targets"][1]["hop_us"]["min"], 80.0);
  EXPECT_EQ(document["targets"][1]["hop_us"]["p99_9"], 320.0);
  EXPECT_EQ(document["targets"][1]["roofline"]["fma_per_s"], 59e9);
  EXPECT_NEAR(document["targets"][1]["times_real_time"].get<double>(), 90.9, 0.1);
  EXPECT_EQ(document["parts"]["simd"], "avx2");
  EXPECT_EQ(document["parts"]["rows"][0]["limit"], "FMA");
  EXPECT_NEAR(document["parts"]["rows"][0]["bound_us"].get<double>(), 7.5, 0.01);
  EXPECT_EQ(document["parts"]["rows"][1]["roofline_share"], nullptr);
  EXPECT_EQ(document["parts"]["rows"][0]["ns_per_state"], nullptr);
  EXPECT_EQ(document["stacks"][0]["weights"], "bf16");
  EXPECT_EQ(document["stacks"][0]["d_model"], 128);
  EXPECT_EQ(document["stacks"][0]["limit"], "L3");
  EXPECT_EQ(document["streams"][0]["misses"], 7);
  EXPECT_EQ(document["notes"], json({"noted"}));
}

TEST(BenchReport, JsonSurvivesNamesThatAreNotUtf8) {
  BenchReport odd = report();
  odd.stream.sound = "\xff\xfe.wav";
  EXPECT_EQ(json::parse(benchJson(odd, "9.9"))["sound"]["name"], "\ufffd\ufffd.wav");
}

TEST(BenchReport, NotesSayWhatMakesTheFiguresDoubtful) {
  BenchReport quiet = report();
  addNotes(quiet);
  EXPECT_TRUE(quiet.notes.empty());

  BenchReport noisy = report();
  noisy.targets[1].roofline.fma_spread = 0.25;
  addNotes(noisy);
  ASSERT_EQ(noisy.notes.size(), 1U);
  EXPECT_NE(noisy.notes[0].find("this core is not quiet"), std::string::npos);
  EXPECT_NE(noisy.notes[0].find("25 %"), std::string::npos);

  BenchReport shared = report();
  shared.machine.preemptions = 11;
  addNotes(shared);
  ASSERT_EQ(shared.notes.size(), 1U);
  EXPECT_NE(shared.notes[0].find("took it 11 times in 5 s"), std::string::npos) << shared.notes[0];

  // Only the set in use counts, as the others may not be able to keep a core busy.
  BenchReport other = report();
  other.targets[0].roofline.fma_spread = 0.25;
  addNotes(other);
  EXPECT_TRUE(other.notes.empty());

  BenchReport shorter = report();
  shorter.targets[0].hop.count = 999;
  addNotes(shorter);
  ASSERT_EQ(shorter.notes.size(), 1U);
  EXPECT_NE(shorter.notes[0].find("--seconds 16"), std::string::npos) << shorter.notes[0];
}

}  // namespace
}  // namespace hiss
