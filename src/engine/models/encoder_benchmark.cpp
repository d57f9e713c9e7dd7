#include "engine/models/encoder_benchmark.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>

#include "base/digest.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"
#include "engine/models/limits.h"
#include "engine/models/workers.h"

namespace fovea::models {
namespace {

constexpr int kWarmUps = 3;

double seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double percentile(std::vector<double> values, double share) {  // values in any order, at least one
  const auto at = std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

// First messages of groups: neighbours up to kGroupRows tokens; a longer message is a group of its own.
std::vector<size_t> group_bounds(const BenchLoad& load) {
  std::vector<size_t> bounds{0};
  size_t rows = 0;
  for (size_t i = 0; i < load.messages(); ++i) {
    if (rows > 0 && rows + load.length(i) > static_cast<size_t>(kGroupRows)) {
      bounds.push_back(i);
      rows = 0;
    }
    rows += load.length(i);
  }
  bounds.push_back(load.messages());
  return bounds;
}

struct Lap {  // seconds
  double wall = 0, cpu = 0;
};

class Run {
 public:
  Run(const EncoderModel& model, const BenchLoad& load, std::unique_ptr<Workers> workers)
      : model_(model),
        load_(load),
        bounds_(group_bounds(load)),
        workers_(std::move(workers)),
        arenas_(static_cast<size_t>(workers_->count())),
        answers_(place(load.messages())) {}

  const std::vector<float>& answers() const { return answers_; }
  int threads() const { return workers_->count(); }

  // Messages [first, last) as one batch, into their places of answers().
  Result<void> run(size_t first, size_t last, size_t worker) {
    tensor::Arena& arena = arenas_[worker];
    const tensor::Arena::Scope scope(arena);
    const auto offsets = arena.take<int32_t>(last - first + 1);
    const int32_t begin = load_.offsets[first];
    for (size_t i = 0; i < offsets.size(); ++i) offsets[i] = load_.offsets[first + i] - begin;
    const auto ids = std::span(load_.ids).subspan(static_cast<size_t>(begin), static_cast<size_t>(offsets.back()));
    const RaggedBatch batch{ids, offsets};
    const tensor::Matrix out(answers_.data() + place(first), model_.output_rows(batch), model_.width());
    return model_.run(batch, out, arena);
  }

  Result<Lap> grouped() {
    std::mutex mutex;
    Result<void> worst;
    const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    workers_->run(bounds_.size() - 1, [&](size_t group, size_t worker) {
      auto done = run(bounds_[group], bounds_[group + 1], worker);
      if (done) return;
      const std::lock_guard lock(mutex);
      worst = std::move(done);
    });
    const Lap lap{seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
    FOVEA_OK(worst);
    return lap;
  }

  // Each message by itself, in order, on the calling thread.
  Result<std::vector<Lap>> alone() {
    std::vector<Lap> laps(load_.messages());
    for (size_t i = 0; i < laps.size(); ++i) {
      const double cpu = seconds(CLOCK_THREAD_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
      FOVEA_OK(run(i, i + 1, 0));
      laps[i] = {seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_THREAD_CPUTIME_ID) - cpu};
    }
    return laps;
  }

  // An error for the first message whose answer is not, bit for bit, what it was in `before`.
  Result<void> expect_same(const std::vector<float>& before, const char* how) const {
    for (size_t i = 0; i < load_.messages(); ++i) {
      const size_t at = place(i), bytes = (place(i + 1) - at) * sizeof(float);
      if (std::memcmp(before.data() + at, answers_.data() + at, bytes) != 0)
        return fail(Code::kInternal, fmt::format("message {} of {} tokens has other bits {}", i, load_.length(i), how),
                    "benchmark", "please report it, with the model and what FOVEA_ISA is set to");
    }
    return {};
  }

 private:
  // Where a message's answer begins: a row a message, or a row a token.
  size_t place(size_t message) const {
    const size_t rows = model_.per_token() ? static_cast<size_t>(load_.offsets[message]) : message;
    return rows * static_cast<size_t>(model_.width());
  }

  const EncoderModel& model_;
  const BenchLoad& load_;
  std::vector<size_t> bounds_;
  std::unique_ptr<Workers> workers_;
  std::vector<tensor::Arena> arenas_;  // [threads]
  std::vector<float> answers_;         // [messages or tokens, width]
};

size_t longest(const BenchLoad& load) {
  size_t at = 0;
  for (size_t i = 1; i < load.messages(); ++i)
    if (load.length(i) > load.length(at)) at = i;
  return at;
}

void fill_first_hits(const BenchLoad& load, const std::vector<Lap>& first, const std::vector<Lap>& second,
                     const std::vector<Lap>& third, EncoderBenchmark& found) {
  std::map<size_t, std::vector<double>> later;
  for (size_t i = 0; i < load.messages(); ++i) {
    later[load.length(i)].push_back(second[i].cpu);
    later[load.length(i)].push_back(third[i].cpu);
  }
  later.erase(load.length(longest(load)));  // it was there in the warm-up
  for (size_t i = 0; i < load.messages(); ++i) {
    const auto hits = later.find(load.length(i));
    if (hits == later.end()) continue;
    found.first_hit_ms_max = std::max(found.first_hit_ms_max, 1000 * first[i].wall);
    found.first_hit_ratio_max = std::max(found.first_hit_ratio_max, first[i].cpu / percentile(hits->second, 0.5));
    later.erase(hits);
  }
}

Result<void> run_rounds(Run& run, const BenchLoad& load, int rounds, EncoderBenchmark& found) {
  double best = 0, worst = 0, wall = 0;
  for (int round = 0; round < rounds; ++round) {
    FOVEA_TRY(const Lap lap, run.grouped());
    best = round == 0 ? lap.cpu : std::min(best, lap.cpu);
    worst = std::max(worst, lap.cpu);
    wall = round == 0 ? lap.wall : std::min(wall, lap.wall);
  }
  found.messages_per_s = static_cast<double>(load.messages()) / best;
  found.tokens_per_s = static_cast<double>(load.tokens()) / best;
  found.messages_per_s_wall = static_cast<double>(load.messages()) / wall;
  found.spread = 1 - best / worst;
  return {};
}

// Of this process; 0 where the system does not tell.
double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  if (!(file >> all >> resident)) return 0;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

Result<EncoderBenchmark> benchmark_encoder(const EncoderModel& model, const BenchLoad& load,
                                           const EncoderBenchmarkOptions& options) {
  EncoderBenchmark found;
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  found.isa = isa->name;
  found.messages = load.messages();
  found.tokens = load.tokens();
  FOVEA_TRY(auto workers, Workers::create(options.threads));
  Run run(model, load, std::move(workers));
  found.threads = run.threads();
  const size_t largest = longest(load);
  for (int i = 0; i < kWarmUps; ++i) FOVEA_OK(run.run(largest, largest + 1, 0));
  std::vector<Lap> first;
  if (!options.rate_only) {
    FOVEA_TRY(first, run.alone());
  } else {
    FOVEA_OK(run.grouped());
  }
  found.answers = run.answers();
  FOVEA_OK(run_rounds(run, load, options.rounds, found));
  FOVEA_OK(run.expect_same(found.answers, options.rate_only ? "in another round" : "in a group than alone"));
  if (!options.rate_only) {
    FOVEA_TRY(const auto second, run.alone());
    FOVEA_TRY(const auto third, run.alone());
    FOVEA_OK(run.expect_same(found.answers, "the third time"));
    std::vector<double> wall_ms;
    for (size_t i = 0; i < load.messages(); ++i) wall_ms.push_back(1000 * std::min(second[i].wall, third[i].wall));
    found.p50_ms = percentile(wall_ms, 0.50);
    found.p95_ms = percentile(wall_ms, 0.95);
    found.p99_ms = percentile(wall_ms, 0.99);
    fill_first_hits(load, first, second, third, found);
    FOVEA_TRY(auto one_more, Workers::create(run.threads() + 1));
    Run other(model, load, std::move(one_more));
    FOVEA_OK(other.grouped());
    FOVEA_OK(other.expect_same(found.answers, fmt::format("on {} threads", other.threads()).c_str()));
  }
  found.rss_mib = resident_mib();
  found.hash = to_hex(
      bytes_of(sha256({reinterpret_cast<const char*>(found.answers.data()), found.answers.size() * sizeof(float)})));
  return found;
}

Result<EncoderBenchmark> benchmark_folder(const std::string& folder, const std::string& precision,
                                          const std::string& lengths, const EncoderBenchmarkOptions& options) {
  FOVEA_TRY(const kernels::Precision parsed, kernels::parse_precision(precision));
  FOVEA_TRY(const auto model, EncoderModel::create(folder, {.precision = parsed, .ignore_verdict = true}));
  FOVEA_TRY(const auto counts, read_lengths(lengths, model->tokens_max()));
  return benchmark_encoder(*model, make_load(counts, model->vocabulary_size()), options);
}

}  // namespace fovea::models
