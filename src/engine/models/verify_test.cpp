#include "engine/models/verify.h"

#include <gtest/gtest.h>

#include "engine/models/encoder_model.h"
#include "engine/models/packed_import.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::models {
namespace {

VerifySample sample(size_t texts = 40) {
  constexpr std::string_view kWords[] = {"refund", "late", "my order", "where is", "good", "not bad", "安全", "!"};
  VerifySample made{.name = "sample.txt", .digest = "00", .texts = {}, .truth = {}};
  for (size_t i = 0; i < texts; ++i)
    made.texts.push_back(std::string(kWords[i % 8]) + " the " + std::string(kWords[(i / 8 + 3) % 8]));
  return made;
}

const LoadOptions kInt8{.precision = kernels::Precision::kInt8};

TEST(Verify, JudgesEachPrecisionBesideFp32) {
  const TinyBertFolder folder({.labels = 3});
  VerifySample labelled = sample();
  for (size_t i = 0; i < labelled.texts.size(); ++i) labelled.truth.push_back(i % 3);
  const auto verified = verify_model(folder.path(), labelled, {.thresholds = {0.4}, .workers = 2});
  ASSERT_TRUE(verified.has_value()) << verified.error().text();
  ASSERT_EQ(verified->figures.size(), 3u);
  EXPECT_EQ(verified->figures[0].cosine.min, 1);
  const PrecisionFigures &bf16 = verified->figures[1], &int8 = verified->figures[2];
  EXPECT_EQ(int8.precision, kernels::Precision::kInt8);
  EXPECT_GT(bf16.cosine.mean, int8.cosine.mean);
  EXPECT_LT(bf16.cosine.mean, 1);
  ASSERT_TRUE(int8.decisions.has_value());
  EXPECT_TRUE(int8.decisions->ece.has_value());
  EXPECT_GT(int8.decisions->calibration_shift, bf16.decisions->calibration_shift);
  EXPECT_EQ(verified->verdict.rows, 40u);
  EXPECT_EQ(verified->verdict.weights, *weights_digests(folder.path()));
}

TEST(Verify, TheLimitThatIsPassedIsNamedWithItsFigure) {
  PrecisionFigures figures;
  figures.cosine = {0.5, 0.98, 0.999};
  EXPECT_EQ(limit_passed(figures, {}), "the first percentile of cosines 0.98000 is under 0.99");
  figures.cosine = {0.5, 0.991, 0.994};
  EXPECT_EQ(limit_passed(figures, {}), "the mean cosine 0.99400 is under 0.995");
  figures.cosine = {0.5, 0.99, 0.995};
  EXPECT_EQ(limit_passed(figures, {}), "");
  figures.decisions = DecisionFigures{.agreement = 0.987, .flips = {0.01}};
  VerifyOptions options{.thresholds = {0.9}};
  EXPECT_EQ(limit_passed(figures, options), "label agreement 98.70 % is under 99.50 %");
  figures.decisions->agreement = 0.995;
  EXPECT_EQ(limit_passed(figures, options), "");
  options.limits.flips_max = 0.005;
  EXPECT_EQ(limit_passed(figures, options), "1.00 % of the decisions at 0.9 flip, 0.50 % may");
}

TEST(Verify, ARefusedPrecisionIsNotLoadedAndTheFastestIsAnother) {
  const TinyBertFolder folder({.labels = 3});
  VerifyOptions strict;
  strict.thresholds = {0.5};
  strict.limits.agreement_min = 1.1;  // nothing keeps to it
  auto verified = verify_model(folder.path(), sample(), strict);
  ASSERT_TRUE(verified.has_value());
  RealFiles files;
  ASSERT_TRUE(write_verdict(files, folder.path(), verified->verdict).has_value());
  const auto refused = EncoderModel::create(folder.path(), kInt8);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_NE(refused.error().message.find("is under 110.00 %"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().hint.find("--precision auto"), std::string::npos);
  EXPECT_TRUE(EncoderModel::create(folder.path()).has_value());
  EXPECT_EQ(EncoderModel::create(folder.path(), {.fastest = true}).value()->precision(), kernels::Precision::kFp32);
  EXPECT_TRUE(EncoderModel::create(folder.path(), {.precision = kernels::Precision::kInt8, .ignore_verdict = true}));

  // Other weights, or another config.json: the verdict is about none of them.
  folder.write("config.json", *read_file(folder.path() + "/config.json") + " ");
  EXPECT_TRUE(EncoderModel::create(folder.path(), kInt8).has_value());
}

TEST(Verify, TheFastestIsInt8WhereTheVerdictAllowsIt) {
  const TinyBertFolder folder({.labels = 3});
  VerifyOptions lax;
  lax.limits.agreement_min = 0;
  const auto verified = verify_model(folder.path(), sample(), lax);
  EXPECT_NE(EncoderModel::create(folder.path(), {.fastest = true}).value()->precision(), kernels::Precision::kInt8);
  RealFiles files;
  ASSERT_TRUE(write_verdict(files, folder.path(), verified->verdict).has_value());
  EXPECT_EQ(EncoderModel::create(folder.path(), {.fastest = true}).value()->precision(), kernels::Precision::kInt8);
}

TEST(Verify, APackedFolderIsJudgedBesideTheFolderItWasMadeFrom) {
  const TinyBertFolder folder({.labels = 3}), other({.labels = 4});
  const std::string out = folder.path() + "/packed";
  RealFiles files;
  ASSERT_TRUE(import_model(files, {.folder = folder.path(), .out = out, .precision = kernels::Precision::kInt8}));
  VerifyOptions options;
  EXPECT_EQ(verify_model(out, sample(), options).error().code, Code::kInvalidArgument);
  options.reference = other.path();
  EXPECT_EQ(verify_model(out, sample(), options).error().where, other.path());
  options.reference = folder.path();
  options.limits.agreement_min = 0;
  const auto verified = verify_model(out, sample(), options);
  ASSERT_TRUE(verified.has_value()) << verified.error().text();
  ASSERT_EQ(verified->verdict.precisions.size(), 1u);
  EXPECT_EQ(EncoderModel::create(out, {.fastest = true}).error().code, Code::kFailedPrecondition);  // not verified yet
  ASSERT_TRUE(write_verdict(files, out, verified->verdict).has_value());
  EXPECT_TRUE(EncoderModel::create(out, {.fastest = true}).has_value());
}

TEST(Verify, SamplesThatSayNothingAreRefused) {
  const TinyBertFolder folder;
  EXPECT_EQ(verify_model(folder.path(), sample(kVerifyRowsMin - 1), {}).error().code, Code::kInvalidArgument);
  const auto verified = verify_model(folder.path(), sample(kVerifyRowsMin), {});
  ASSERT_TRUE(verified.has_value());
  EXPECT_FALSE(verified->figures[2].decisions.has_value());  // embeddings have no labels
}

TEST(VerifyVerdict, AMalformedOneIsRefusedWithItsField) {
  const TinyBertFolder folder;
  EXPECT_EQ(read_verdict(folder.path())->has_value(), false);
  const auto error = [&](const char* text) {
    folder.write("quality.json", text);
    const auto read = read_verdict(folder.path());
    EXPECT_FALSE(read.has_value()) << text;
    return read ? Error{} : read.error();
  };
  EXPECT_TRUE(error(R"({"format":"x"})").where.ends_with("quality.json: format"));
  EXPECT_EQ(error(R"({"format":"fovea-quality","version":2})").code, Code::kUnimplemented);
  EXPECT_TRUE(error(R"({"format":"fovea-quality","version":1})").where.ends_with(": weights"));
  EXPECT_TRUE(error(R"({"format":"fovea-quality","version":1,"weights":{}})").where.ends_with(": precisions"));
  EXPECT_TRUE(error(R"({"format":"fovea-quality","version":1,"weights":{},"precisions":{"int8":{}}})")
                  .where.ends_with(": precisions"));
  EXPECT_TRUE(error(R"({"format":"fovea-quality","version":1,"weights":{},"precisions":{"int4":{"allowed":true}}})")
                  .where.ends_with(": precisions"));
}

}  // namespace
}  // namespace fovea::models
