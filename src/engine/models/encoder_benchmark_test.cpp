#include "engine/models/encoder_benchmark.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <numeric>

#include "base/digest.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

TEST(EncoderBenchLoad, ReadsACountALine) {
  const TinyBertFolder folder;
  folder.write("lengths", "3\n 12 \r\n1\n\n \n");
  EXPECT_EQ(read_lengths(folder.path() + "/lengths", 32).value(), (std::vector<int32_t>{3, 12, 1}));
  folder.write("lengths", "32");
  EXPECT_EQ(read_lengths(folder.path() + "/lengths", 32).value(), std::vector<int32_t>{32});
}

TEST(EncoderBenchLoad, SaysWhatIsWrongWithAFile) {
  const TinyBertFolder folder;
  const std::string path = folder.path() + "/lengths";
  EXPECT_EQ(read_lengths(path, 32).error().code, Code::kNotFound);
  for (const char* bad : {"3\n33\n", "3\n0\n", "3\n-1\n", "3\n2.5\n", "3\nmany\n", "3\n\n4\n", "3\n99999999999\n"}) {
    folder.write("lengths", bad);
    const auto read = read_lengths(path, 32);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument);
    EXPECT_EQ(read.error().where, path + ":2") << bad;
  }
  for (const char* empty : {"", "\n\n"}) {
    folder.write("lengths", empty);
    EXPECT_EQ(read_lengths(path, 32).error().message, "no token count");
  }
}

TEST(EncoderBenchLoad, TheLimitOfMessagesHolds) {
  const TinyBertFolder folder;
  std::string lines;
  for (size_t i = 0; i < kBenchMessagesMax; ++i) lines += "1\n";
  folder.write("lengths", lines);
  EXPECT_EQ(read_lengths(folder.path() + "/lengths", 32).value().size(), kBenchMessagesMax);
  folder.write("lengths", lines + "1\n");
  EXPECT_EQ(read_lengths(folder.path() + "/lengths", 32).error().code, Code::kResourceExhausted);
}

TEST(EncoderBenchLoad, TheSameCountsGiveTheSameIds) {
  const std::vector<int32_t> counts{3, 1, 2};
  const BenchLoad load = make_load(counts, 30522);
  EXPECT_EQ(load.offsets, (std::vector<int32_t>{0, 3, 4, 6}));
  // By the rule of the header, computed apart from it; bench/engine/messages.py makes the same.
  EXPECT_EQ(load.ids, (std::vector<int32_t>{17726, 23016, 29665, 14118, 14115, 23522}));
  for (const int32_t id : make_load(counts, 10).ids) EXPECT_TRUE(id >= 5 && id < 10) << id;
}

struct Loaded {
  TinyBertFolder folder;
  std::unique_ptr<EncoderModel> model = EncoderModel::create(folder.path()).value();
  BenchLoad load;

  explicit Loaded(size_t messages) {
    std::vector<int32_t> counts(messages);
    Random random(5);
    for (int32_t& count : counts) count = static_cast<int32_t>(1 + random.below(32));
    load = make_load(counts, model->vocabulary_size());
  }
};

TEST(EncoderBenchmark, TellsRatesLatenciesAndAHashThatThreadsDoNotChange) {
  const Loaded loaded(150);
  std::string hash;
  for (const int threads : {1, 3}) {
    const auto found = benchmark_encoder(*loaded.model, loaded.load, {.threads = threads, .rounds = 2});
    ASSERT_TRUE(found.has_value()) << found.error().text();
    EXPECT_EQ(found->threads, threads);
    EXPECT_GT(found->messages_per_s, 0);
    EXPECT_NEAR(found->tokens_per_s / found->messages_per_s, static_cast<double>(loaded.load.tokens()) / 150, 1e-6);
    EXPECT_GT(found->messages_per_s_wall, 0);
    EXPECT_TRUE(found->spread >= 0 && found->spread < 1) << found->spread;
    EXPECT_TRUE(found->p50_ms > 0 && found->p50_ms <= found->p95_ms && found->p95_ms <= found->p99_ms);
    EXPECT_GT(found->first_hit_ms_max, 0);
    EXPECT_GT(found->first_hit_ratio_max, 0);
    EXPECT_EQ(found->answers.size(), 150 * 24u);
    EXPECT_EQ(found->hash.size(), 64u);
    EXPECT_TRUE(hash.empty() || found->hash == hash);
    hash = found->hash;
  }
  const auto rate = benchmark_encoder(*loaded.model, loaded.load, {.threads = 1, .rounds = 1, .rate_only = true});
  EXPECT_EQ(rate.value().hash, hash);
  EXPECT_EQ(rate->p50_ms, 0);
}

TEST(EncoderBenchmark, TheAnswersAreTheModelsOwn) {
  const Loaded loaded(20);
  const auto found = benchmark_encoder(*loaded.model, loaded.load, {.threads = 1, .rounds = 1});
  ASSERT_TRUE(found.has_value());
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix out = arena.matrix(1, loaded.model->width());
  for (size_t i = 0; i < 20; ++i) {
    const auto length = static_cast<int32_t>(loaded.load.length(i));
    const int32_t offsets[] = {0, length};
    ASSERT_TRUE(loaded.model->run({loaded.load.message(i), offsets}, out, arena).has_value());
    EXPECT_EQ(std::memcmp(out.data, found->answers.data() + i * 24, 24 * sizeof(float)), 0) << i;
  }
}

TEST(EncoderBenchmark, OneMessageIsEnough) {
  const Loaded loaded(1);
  const auto found = benchmark_encoder(*loaded.model, loaded.load, {.threads = 1, .rounds = 1});
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(found->first_hit_ratio_max,
            0);  // its length was there in the warm-up
  EXPECT_GT(found->rss_mib, 1);
}

}  // namespace
}  // namespace fovea::models
