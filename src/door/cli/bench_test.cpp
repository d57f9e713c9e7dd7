#include "door/cli/bench.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::cli {
namespace {

TEST(BenchEncoder, GivesARowWithAllThatItPromises) {
  const models::TinyBertFolder folder;
  folder.write("lengths", "3\n12\n3\n30\n7\n");
  const BenchEncoderOptions options{.model = folder.path(),
                                    .lengths = folder.path() + "/lengths",
                                    .answers = folder.path() + "/answers",
                                    .threads = 2,
                                    .rounds = 2};
  const auto row = bench_encoder(options);
  ASSERT_TRUE(row.has_value()) << row.error().text();
  EXPECT_EQ(number_or(member(*row, "messages"), 0), 5);
  EXPECT_EQ(number_or(member(*row, "tokens"), 0), 55);
  for (const char* name : {"messages_per_s", "tokens_per_s", "first_hit_ms_max", "first_hit_ratio_max", "rss_mib"})
    EXPECT_GT(number_or(member(*row, name), 0), 0) << name;
  for (const char* name : {"p50", "p95", "p99"})
    EXPECT_GT(number_or(member(member(*row, "latency_ms"), name), 0), 0) << name;
  EXPECT_FALSE(text_or(member(*row, "isa"), "").empty());
  const std::string hash(text_or(member(*row, "hash"), ""));
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(read_file(options.answers).value().size(), 5 * models::TinyBertFolder::kHidden * sizeof(float));
  const std::string table = bench_table(*row);
  for (const std::string& part : {std::string("5 messages, 55 tokens, fp32"), std::string("2 threads"), hash})
    EXPECT_NE(table.find(part), std::string::npos) << table;
}

TEST(BenchEncoder, NamesWhatIsWrong) {
  const models::TinyBertFolder folder;
  folder.write("lengths", "3\n33\n");
  BenchEncoderOptions options{.model = folder.path(), .lengths = folder.path() + "/lengths", .rounds = 1};
  EXPECT_EQ(bench_encoder(options).error().where, options.lengths + ":2");
  options.lengths = folder.path() + "/absent";
  EXPECT_EQ(bench_encoder(options).error().code, Code::kNotFound);
  folder.write("lengths", "3\n");
  options.lengths = folder.path() + "/lengths";
  options.precision = "fp8";
  EXPECT_EQ(bench_encoder(options).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::cli
