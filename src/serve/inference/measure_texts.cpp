#include "serve/inference/measure_texts.h"

#include <algorithm>
#include <vector>

#include "serve/inference/guarded_run.h"

namespace fovea::inference {
namespace {

constexpr int64_t kFirstLengths[] = {8, 32};
constexpr int64_t kLengths[] = {4, 16, 64, 128, 256, 512};
constexpr int64_t kGroupTokensMax = 512;
constexpr double kBudgetS = 10;  // of a processor's time
constexpr int64_t kLongestLeast = 128;
constexpr size_t kShapesLeast = 4;  // without them a fit says anything of lengths that it does not know
constexpr int kRoundsFirst = 2, kRounds = 3, kRoundsMost = 6;
constexpr double kAlike = 1.1;       // of the shortest: a second one that took no longer confirms it
constexpr double kDisturbed = 0.85;  // of its time that a run had a processor: below, something else was measured
constexpr double kShortNs = 20e3;    // too short to tell
// Of a token's time for each token that a text is longer: attention, of which short texts tell nothing.
constexpr double kSquareGuess = 1.0 / 1024;

// Runs of one shape, in nanoseconds: those that had a processor all the time, and the others.
struct Took {
  std::vector<double> calm, disturbed;

  void add(double ns, double had_ns) {
    (ns < kShortNs || had_ns >= kDisturbed * ns ? calm : disturbed).push_back(ns);
    std::ranges::sort(calm);
  }
  bool sure() const { return calm.size() > 1 && calm[1] <= kAlike * calm[0]; }
  double least() const { return calm.empty() ? std::ranges::min(disturbed) : calm.front(); }
};

Result<Took> run_some(const Backend& backend, const Stopwatch& watch, int64_t count, int64_t length, int rounds,
                      int most, tensor::Arena& arena, const std::function<bool()>& stop) {
  Ids ids;
  ids.ids.assign(static_cast<size_t>(length), 1);
  FOVEA_TRY(const Item item, backend.read(std::move(ids), "warm-up"));
  const std::vector<const Item*> items(static_cast<size_t>(count), &item);
  std::vector<Answer> answers(items.size());
  std::vector<Answer*> to;
  for (Answer& answer : answers) to.push_back(&answer);
  const auto pause = [&]() -> Result<void> {
    if (stop()) return fail(Code::kCancelled, "stopped", "warm-up");
    return {};
  };
  Took took;
  for (int round = 0; round < most && (round < rounds || !took.sure()); ++round) {
    const Nanos before = watch.clock.steady();
    const double had = watch.processor_s();
    FOVEA_OK(run_guarded(backend, {items, to, arena, pause}));
    const double ns = std::max(static_cast<double>((watch.clock.steady() - before).count()), 1.0);
    took.add(ns, (watch.processor_s() - had) * 1e9);
  }
  return took;
}

}  // namespace

Result<schedule::CostModel> estimate_texts(const Backend& backend, const Stopwatch& watch) {
  tensor::Arena arena;
  std::vector<schedule::CostSample> samples;
  for (int64_t length : kFirstLengths) {
    if (length > backend.model().info.tokens_max && !samples.empty()) continue;
    const int64_t most = std::min(length, std::max<int64_t>(backend.model().info.tokens_max, 1));
    FOVEA_TRY(const Took took,
              run_some(backend, watch, 1, most, kRoundsFirst, kRoundsFirst, arena, [] { return false; }));
    samples.push_back({schedule::GroupWork::of(most), took.least()});
  }
  const double per_token = samples.back().ns / static_cast<double>(samples.back().work.tokens);
  return schedule::CostModel(0, per_token, per_token * kSquareGuess, samples.front().ns);
}

Result<schedule::CostModel> measure_texts(const Backend& backend, const Stopwatch& watch,
                                          const std::function<bool()>& stop) {
  tensor::Arena arena;
  std::vector<schedule::CostSample> samples;
  const double begin = watch.processor_s();
  int64_t longest = 0, shapes = 0;
  for (int64_t count : {1, 8}) {
    for (int64_t length : kLengths) {
      if (stop()) return fail(Code::kCancelled, "stopped", "warm-up");
      if (length > backend.model().info.tokens_max || length * count > kGroupTokensMax) continue;
      ++shapes;
      if (watch.processor_s() - begin > kBudgetS) continue;
      FOVEA_TRY(const Took took, run_some(backend, watch, count, length, kRounds, kRoundsMost, arena, stop));
      if (!took.sure()) continue;
      samples.push_back({{count, count * length, count * length * length}, took.least()});
      longest = std::max(longest, length);
    }
  }
  const int64_t needed = std::min<int64_t>(kLongestLeast, backend.model().info.tokens_max / 4);
  if (samples.size() < std::min<size_t>(kShapesLeast, static_cast<size_t>(shapes)) || longest < needed)
    return fail(Code::kUnavailable, "others kept it from being measured", "warm-up");
  return schedule::CostModel::fit(samples);
}

}  // namespace fovea::inference
