#include "engine/models/packed_fit.h"

#include <gtest/gtest.h>

#include "engine/models/packed_import.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

using kernels::Precision;

TEST(PackedFit, OnlyAWholeImportOfTheseWeightsInThisPrecisionFits) {
  const TinyBertFolder folder({.labels = 3});
  const std::string out = folder.path() + "/packed";
  const auto digests = *source_digests(folder.path());
  const auto fit = [&](Precision precision = Precision::kInt8) { return packed_fits(out, precision, digests); };
  EXPECT_FALSE(fit()->fits);
  EXPECT_EQ(fit()->why, "");  // there is none
  RealFiles files;
  ASSERT_TRUE(import_model(files, {.folder = folder.path(), .out = out, .precision = Precision::kInt8}));
  EXPECT_TRUE(fit()->fits) << fit()->why;
  EXPECT_EQ(fit(Precision::kBf16)->why, "it holds int8 weights");
  auto others = digests;
  others["config.json"] = "00";
  EXPECT_EQ(packed_fits(out, Precision::kInt8, others)->why, "it was made from other weights");

  const std::string manifest = *read_file(out + "/manifest.json"), weights = *read_file(out + "/model.fovea");
  std::string bytes = weights;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ASSERT_TRUE(files.write_atomic(out + "/model.fovea", bytes));
  EXPECT_EQ(fit().error().code, Code::kDataLoss);
  EXPECT_EQ(fit().error().where, out + "/model.fovea");
  ASSERT_TRUE(files.write_atomic(out + "/model.fovea", weights));
  ASSERT_TRUE(files.write_atomic(out + "/manifest.json", "{}"));
  EXPECT_EQ(fit().error().code, Code::kDataLoss);
  std::filesystem::remove(out + "/manifest.json");
  EXPECT_EQ(fit()->why, "its import was cut off");
  ASSERT_TRUE(files.write_atomic(out + "/manifest.json", manifest));
  EXPECT_TRUE(fit()->fits);
}

}  // namespace
}  // namespace fovea::models
