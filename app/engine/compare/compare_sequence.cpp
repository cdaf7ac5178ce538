// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include "app/engine/bench_times.h"
#include "app/engine/compare/state_follower.h"
#include "app/engine/failure.h"
#include "dsp/realtime.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kStepsBetweenReports = 1024;

// A sum of errors over what was to be foretold.
class Loss {
 public:
  void add(double error) {
    sum_ += error;
    ++count_;
  }
  void addHit(bool hit) { hits_ += hit ? 1 : 0; }

  [[nodiscard]] double mean() const { return share(sum_); }
  [[nodiscard]] double hitShare() const { return share(static_cast<double>(hits_)); }

 private:
  [[nodiscard]] double share(double sum) const {
    return count_ > 0 ? sum / static_cast<double>(count_) : kNothing;
  }
  double sum_ = 0.0;
  std::size_t hits_ = 0;
  std::size_t count_ = 0;
};

std::vector<CompareFigure> rowQuality(const Loss& loss) {
  return {{"mse", "squared error", 6, loss.mean()}};
}

std::vector<CompareFigure> tokenQuality(const Loss& loss) {
  return {{"cross_entropy", "nats", 4, loss.mean()}, {"accuracy", "right", 4, loss.hitShare()}};
}

// Mean of the squared distances of the values that are there; NaN: none is.
double squaredError(std::span<const float> expected, std::span<const float> found) {
  Loss loss;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = static_cast<double>(expected[i]) - found[i];
    if (!std::isnan(expected[i])) loss.add(error * error);
  }
  return loss.mean();
}

// Takes the row's values for the ones held, where they are there.
void hold(std::span<const float> row, std::vector<float>& held) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!std::isnan(row[i])) held[i] = row[i];
  }
}

// -ln of the share that softmax(logits) gives the target, and whether no logit is greater.
std::pair<double, bool> crossEntropy(std::span<const float> logits, std::int32_t target) {
  const double most = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(logit - most);
  const double own = logits[static_cast<std::size_t>(target)];
  return {most + std::log(sum) - own, own >= most};
}

class SequenceRun {
 public:
  SequenceRun(const SequenceModel& model, const CompareSteps& input, int block,
              const ProgressFunction& on_progress)
      : model_(model),
        input_(input),
        on_progress_(on_progress),
        tap_(std::make_shared<StateTap>(model.stateLayout(1))),
        follower_(tap_, block, model.path()),
        state_(model.makeState(1)),
        scratch_(model, 1),
        out_(static_cast<std::size_t>(model.config().n_out)) {}

  CompareModel run() {
    const ScopedFlushDenormals flush_denormals;
    if (const auto* table = std::get_if<FeatureTable>(&input_.steps)) {
      runTable(*table);
    } else {
      runTokens(std::get<std::vector<TokenSequence>>(input_.steps));
    }
    result_.state_growth = static_cast<std::int64_t>(state_.savedBytes()) -
                           static_cast<std::int64_t>(result_.state_bytes);
    result_.step = summarise({result_.trace.step_us.begin(), result_.trace.step_us.end()});
    follower_.finish(result_);
    return std::move(result_);
  }

 private:
  void runTable(const FeatureTable& table) {
    const bool foretells = model_.config().foretellsFeatures();
    const std::size_t columns = table.columns.size();
    std::vector<float> held(columns, 0.0F);
    Loss loss;
    for (std::size_t r = 0; r < table.rows(); ++r) {
      hold({table.row(r), columns}, held);
      step(held.data());
      if (foretells) {
        const double error =
            r + 1 < table.rows() ? squaredError({table.row(r + 1), columns}, out_) : kNothing;
        if (!std::isnan(error)) loss.add(error);
        result_.trace.loss.push_back(static_cast<float>(error));
      }
      report(r + 1, table.rows());
    }
    if (foretells) result_.quality = rowQuality(loss);
  }

  void runTokens(const std::vector<TokenSequence>& sequences) {
    std::size_t all = 0;
    for (const TokenSequence& sequence : sequences) all += sequence.tokens.size();
    Loss loss;
    std::size_t done = 0;
    for (const TokenSequence& sequence : sequences) {
      state_.reset();
      for (std::size_t i = 0; i < sequence.tokens.size(); ++i) {
        step(&sequence.tokens[i]);
        double error = kNothing;
        if (sequence.targets[i] != TokenSequence::kNoTarget) {
          const auto [nats, hit] = crossEntropy(out_, sequence.targets[i]);
          error = nats;
          loss.add(error);
          loss.addHit(hit);
        }
        result_.trace.loss.push_back(static_cast<float>(error));
        report(++done, all);
      }
    }
    result_.quality = tokenQuality(loss);
  }

  template <class Value>
  void step(const Value* value) {
    const StateProbe* const probe = tap_->begin();
    const Clock::time_point start = Clock::now();
    model_.step(value, state_, scratch_, out_.data(), probe);
    const Clock::duration time = Clock::now() - start;
    result_.trace.step_us.push_back(std::chrono::duration<float, std::micro>(time).count());
    if (probe != nullptr) tap_->end(result_.trace.step_us.size(), norms_);
    follower_.take();
    if (result_.state_bytes == 0) result_.state_bytes = state_.savedBytes();
  }

  void report(std::size_t done, std::size_t all) const {
    if (!on_progress_ || done % kStepsBetweenReports != 0) return;
    if (on_progress_(static_cast<std::int64_t>(done), static_cast<std::int64_t>(all))) return;
    throw Failure(FailureKind::kCancelled, input_.name, "to reach the end", "a request to stop");
  }

  const SequenceModel& model_;
  const CompareSteps& input_;
  const ProgressFunction& on_progress_;
  std::shared_ptr<StateTap> tap_;
  StateFollower follower_;
  SequenceModel::State state_;
  SequenceModel::Scratch scratch_;
  std::vector<float> out_;    // [n_out]
  std::vector<float> norms_;  // none: the follower has the whole state of its row
  CompareModel result_;
};

void requireColumns(const SequenceModel& model, const FeatureTable& table,
                    const std::string& name) {
  const auto columns = static_cast<int>(table.columns.size());
  if (columns == model.config().n_in) return;
  throw Failure(FailureKind::kInput, name,
                fmt::format("{} columns of numbers as {} takes", model.config().n_in, model.path()),
                fmt::format("{}", columns));
}

void requireBelow(int end, const char* what, const SequenceModel& model, std::int32_t found,
                  const std::string& name) {
  if (found < end) return;
  throw Failure(FailureKind::kInput, name,
                fmt::format("{} from 0 to {} as {} has", what, end - 1, model.path()),
                fmt::format("{}", found));
}

}  // namespace

void requireFits(const SequenceModel& model, const CompareSteps& input) {
  if (const auto* table = std::get_if<FeatureTable>(&input.steps)) {
    requireColumns(model, *table, input.name);
    return;
  }
  for (const auto& sequence : std::get<std::vector<TokenSequence>>(input.steps)) {
    for (const std::int32_t token : sequence.tokens) {
      requireBelow(model.config().n_in, "tokens", model, token, input.name);
    }
    for (const std::int32_t target : sequence.targets) {
      requireBelow(model.config().n_out, "answers", model, target, input.name);
    }
  }
}

std::vector<CompareFigure> baselineQuality(const SequenceModel& model, const CompareSteps& input) {
  Loss loss;
  if (const auto* table = std::get_if<FeatureTable>(&input.steps)) {
    if (!model.config().foretellsFeatures()) return {};
    const std::size_t columns = table->columns.size();
    std::vector<float> held(columns, 0.0F);
    for (std::size_t r = 0; r + 1 < table->rows(); ++r) {
      hold({table->row(r), columns}, held);
      const double error = squaredError({table->row(r + 1), columns}, held);
      if (!std::isnan(error)) loss.add(error);
    }
    return rowQuality(loss);
  }
  std::map<std::int32_t, std::size_t> counts;
  std::size_t all = 0;
  std::size_t most = 0;
  for (const auto& sequence : std::get<std::vector<TokenSequence>>(input.steps)) {
    for (const std::int32_t target : sequence.targets) {
      if (target == TokenSequence::kNoTarget) continue;
      most = std::max(most, ++counts[target]);
      ++all;
    }
  }
  double nats = 0.0;
  for (const auto& [target, count] : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(all);
    nats -= share * std::log(share);
  }
  const auto [entropy, right] =
      all > 0 ? std::pair(nats, static_cast<double>(most) / static_cast<double>(all))
              : std::pair(kNothing, kNothing);
  std::vector<CompareFigure> figures = tokenQuality(loss);
  figures[0].value = entropy;
  figures[1].value = right;
  return figures;
}

CompareModel compareSequence(const SequenceModel& model, const CompareSteps& input, int block,
                             const ProgressFunction& on_progress) {
  CompareModel result = SequenceRun(model, input, block, on_progress).run();
  result.kind = blockKindName(model.config().block.kind);
  result.parameters = model.parameterCount();
  result.macs_per_step = static_cast<double>(model.config().macsPerStep());
  return result;
}

}  // namespace hiss
