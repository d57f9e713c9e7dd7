#include "serve/inference/measure_tensors.h"

#include <algorithm>

#include "serve/inference/limits.h"

namespace fovea::inference {
namespace {

constexpr int64_t kFree[] = {1, 4, 16, 64, 224};
constexpr size_t kWarmBytesMax = size_t{8} << 20;
constexpr Nanos kBudget = std::chrono::milliseconds(1500);
constexpr int kRounds = 3;
constexpr double kGuessNs = 1e6, kGuessPerTokenNs = 1e4;

// Nanoseconds of the fastest of a few runs. Errors: of the backend.
Result<double> time_of(const Backend& backend, const Item& item, tensor::Arena& arena, const Clock& clock) {
  double least = 0;
  const Item* items[] = {&item};
  for (int round = 0; round < kRounds; ++round) {
    Answer answer;
    Answer* answers[] = {&answer};
    const Nanos before = clock.steady();
    const Backend::Run run{items, answers, arena, {}, [&, before] { return clock.steady() - before > kBudget; }};
    FOVEA_OK(backend.run(run));
    const auto took = static_cast<double>((clock.steady() - before).count());
    if (round == 0 || took < least) least = took;
  }
  return std::max(least, 1.0);
}

}  // namespace

Result<Feed> feed_of_zeros(const ModelInfo& info, int64_t free) {
  Feed feed;
  size_t bytes = 0;
  for (const TensorSpec& spec : info.inputs) {
    if (spec.optional) continue;
    Tensor tensor{spec.name, spec.datatype, spec.shape, {}};
    for (int64_t& each : tensor.shape)
      if (each < 0) each = free;
    if (info.batch_max > 0 && !tensor.shape.empty()) tensor.shape[0] = 1;
    FOVEA_TRY(const size_t elements, elements_of(tensor.shape, tensor.name));
    // An empty element of BYTES is its length.
    tensor.bytes.assign(
        elements * std::max<size_t>(datatype_bytes(spec.datatype), spec.datatype == Datatype::kBytes ? 4 : 1), '\0');
    bytes += tensor.bytes.size();
    if (bytes > kWarmBytesMax) return fail(Code::kInvalidArgument, "too large to be tried", tensor.name);
    feed.tensors.push_back(std::move(tensor));
  }
  return feed;
}

Result<schedule::CostModel> measure_tensors(const Backend& backend, const Clock& clock) {
  const ModelInfo& info = backend.model().info;
  const bool any_free = std::ranges::any_of(
      info.inputs, [](const TensorSpec& spec) { return std::ranges::find(spec.shape, -1) != spec.shape.end(); });
  tensor::Arena arena;
  std::vector<schedule::CostSample> samples;
  const Nanos begin = clock.steady();
  for (const int64_t free : kFree) {
    if (clock.steady() - begin > kBudget || (!samples.empty() && !any_free)) break;
    auto feed = feed_of_zeros(info, free);
    if (!feed) break;
    auto item = backend.read(std::move(*feed), "warm-up");
    if (!item) continue;
    const auto ns = time_of(backend, *item, arena, clock);
    if (ns) samples.push_back({schedule::GroupWork::of(item->tokens()), *ns});
  }
  if (samples.empty()) return schedule::CostModel(kGuessNs, kGuessPerTokenNs, 0);
  return schedule::CostModel::fit(samples);
}

}  // namespace fovea::inference
