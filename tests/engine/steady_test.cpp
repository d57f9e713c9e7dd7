// A running engine stays as it is: requests of random lengths allocate nothing after the warm-up, memory stays flat,
// and a length that was never seen before costs what it costs later. FOVEA_STEADY_REQUESTS: how many of each precision
// (default 3,000).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "base/cpu_time.h"
#include "base/random.h"
#include "counted_memory.h"
#include "engine/models/encoder_model.h"
#include "engine/models/limits.h"
#include "random_encoder.h"

namespace fovea {
namespace {

using kernels::Precision;
constexpr int kTokensMax = RandomEncoder::kTokensMax;
constexpr int kProcesses = 3, kLaterRuns = 5;

size_t requests() {
  const char* wanted = std::getenv("FOVEA_STEADY_REQUESTS");
  return wanted == nullptr ? 3000 : std::strtoull(wanted, nullptr, 10);
}

// One worker as serve has it: a model, an arena, room for the largest group; it allocates nothing by itself.
class Worker {
 public:
  Worker(const std::string& folder, Precision precision)
      : model_(models::EncoderModel::create(folder, {.precision = precision}).value()),
        out_(kGroup * static_cast<size_t>(model_->width())) {
    for (int32_t& id : ids_) id = static_cast<int32_t>(random_.below(RandomEncoder::kVocabulary));
  }

  // Messages of these lengths as one group; false where the model gives an error.
  bool run(std::span<const int> lengths) {
    offsets_[0] = 0;
    for (size_t i = 0; i < lengths.size(); ++i) offsets_[i + 1] = offsets_[i] + lengths[i];
    const tensor::Matrix out(out_.data(), static_cast<int64_t>(lengths.size()), model_->width());
    const auto ids = std::span<const int32_t>(ids_).first(static_cast<size_t>(offsets_[lengths.size()]));
    return model_->run({ids, std::span<const int32_t>(offsets_).first(lengths.size() + 1)}, out, arena_).has_value();
  }
  bool run(int length) { return run({&length, 1}); }

  bool warm_up() {
    std::array<int, kGroup> group{};
    group.fill(kRows / static_cast<int>(kGroup));
    return run(kTokensMax) && run(group) && run(kTokensMax);
  }

  // Mostly one message (short ones more often), sometimes a group of neighbours.
  bool run_random(Random& random) {
    std::array<int, kGroup> lengths{};
    const size_t messages = random.below(4) == 0 ? 1 + random.below(kGroup) : 1;
    for (size_t i = 0; i < messages; ++i) {
      const double share = random.uniform();
      const int most = messages == 1 ? kTokensMax : kRows / static_cast<int>(kGroup);
      lengths[i] = std::min(most, 1 + static_cast<int>(share * share * share * most));
    }
    return run(std::span(lengths).first(messages));
  }

 private:
  static constexpr size_t kGroup = 8;
  static constexpr int kRows = static_cast<int>(models::kGroupRows);

  Random random_{3};
  std::unique_ptr<models::EncoderModel> model_;
  tensor::Arena arena_;
  std::array<int32_t, std::max(kTokensMax, kRows)> ids_;
  std::array<int32_t, kGroup + 1> offsets_{};
  std::vector<float> out_;
};

struct Times {
  double first = 0, later = 0;  // CPU seconds; later: the median
};
using TimesByLength = std::array<Times, kTokensMax>;  // [length - 1]

TimesByLength measure_lengths(const std::string& folder, Precision precision, uint64_t seed) {
  Worker worker(folder, precision);
  if (!worker.warm_up()) ::_exit(1);
  std::array<int, kTokensMax> order{};
  std::iota(order.begin(), order.end(), 1);
  Random random(seed);
  for (size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  TimesByLength times{};
  std::array<std::array<double, kLaterRuns + 1>, kTokensMax> runs{};
  for (size_t pass = 0; pass <= kLaterRuns; ++pass) {
    for (const int length : order) {
      const double begin = thread_cpu_seconds();
      if (!worker.run(length)) ::_exit(1);
      runs[static_cast<size_t>(length) - 1][pass] = thread_cpu_seconds() - begin;
    }
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    std::sort(runs[i].begin() + 1, runs[i].end());
    times[i] = {runs[i][0], runs[i][1 + kLaterRuns / 2]};
  }
  return times;
}

// The same in a process that has run no model before.
TimesByLength measure_in_new_process(const std::string& folder, Precision precision, uint64_t seed) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const TimesByLength times = measure_lengths(folder, precision, seed);
    ::_exit(::write(ends[1], &times, sizeof times) == static_cast<ssize_t>(sizeof times) ? 0 : 1);
  }
  ::close(ends[1]);
  TimesByLength times{};
  for (size_t got = 0; got < sizeof times;) {
    const ssize_t more = ::read(ends[0], reinterpret_cast<char*>(&times) + got, sizeof times - got);
    if (more <= 0) break;
    got += static_cast<size_t>(more);
  }
  ::close(ends[0]);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return times;
}

constexpr std::array kPrecisions = {Precision::kFp32, Precision::kBf16, Precision::kInt8};

// Stands first: this process must not have run a model when it starts the others.
TEST(Steady, ANewLengthCostsNoMoreThanTwiceItsLaterTime) {
  if (!kCountsAllocations) GTEST_SKIP() << "programs with sanitizers are not timed";
  const RandomEncoder folder;
  for (const Precision precision : kPrecisions) {
    TimesByLength best{};
    for (uint64_t process = 0; process < kProcesses; ++process) {
      const TimesByLength times = measure_in_new_process(folder.path(), precision, process);
      for (size_t i = 0; i < best.size(); ++i) {  // the least: what other programs on the machine add is not its cost
        best[i].first = process == 0 ? times[i].first : std::min(best[i].first, times[i].first);
        best[i].later = process == 0 ? times[i].later : std::min(best[i].later, times[i].later);
      }
    }
    double worst = 0;
    for (size_t i = 0; i < best.size(); ++i) {
      ASSERT_GT(best[i].later, 0);
      const double ratio = best[i].first / best[i].later;
      EXPECT_LE(ratio, 2) << precision_name(precision) << ", " << i + 1 << " tokens: " << 1e6 * best[i].first
                          << " us at first, " << 1e6 * best[i].later << " later";
      worst = std::max(worst, ratio);
    }
    fmt::print("{}: the first message of a length takes at most {:.2f} times a later one\n", precision_name(precision),
               worst);
  }
}

TEST(Steady, NothingIsAllocatedAndMemoryStaysFlat) {
  const RandomEncoder folder;
  for (const Precision precision : kPrecisions) {
    Worker worker(folder.path(), precision);
    ASSERT_TRUE(worker.warm_up());
    Random random(17);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(worker.run_random(random));  // pages of the embeddings come in
    const uint64_t allocated = allocations();
    const double resident = resident_bytes();
    size_t failed = 0;
    const size_t count = requests();
    const uint64_t before = allocations();
    for (size_t i = 0; i < count; ++i) failed += !worker.run_random(random);
    const uint64_t during = allocations() - before;
    EXPECT_EQ(failed, 0u);
    EXPECT_GT(count, 0u);
    EXPECT_TRUE(!kCountsAllocations || allocated > 0) << "nothing is counted";
    EXPECT_EQ(during, 0u) << precision_name(precision);
    const double grown = resident_bytes() - resident;
    EXPECT_LT(grown, 256 * 1024) << precision_name(precision);
    fmt::print("{}: {} requests, {} allocations, memory grew by {} KiB\n", precision_name(precision), count, during,
               grown / 1024);
  }
}

}  // namespace
}  // namespace fovea
