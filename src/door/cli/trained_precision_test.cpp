// From what `fovea train --base` wrote to a rung that scores in int8: verify, import, open.
#include <gtest/gtest.h>

#include "base/json.h"
#include "door/cli/models_import.h"
#include "door/cli/models_verify.h"
#include "door/cli/output.h"
#include "serve/bert_directory_test.h"
#include "serve/trained_model.h"

namespace fovea::cli {
namespace {

class TrainedPrecision : public serve::BertDirectory {
 protected:
  template <typename Run, typename Options>
  static std::pair<int, Json> outcome(Run run, Options options) {
    options.json = true;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run(options);
    testing::internal::GetCapturedStderr();
    return {status, parse_json(testing::internal::GetCapturedStdout()).value_or(nullptr)};
  }
  std::pair<int, Json> verify(std::optional<double> flips) const {
    ModelsVerifyOptions options;
    options.directory = model();
    options.table = path_ + "/table.jsonl";
    options.text = "text";
    options.label = "label";
    options.limit_agreement = 0;  // weights are random: whatever int8 says may serve, but for its flips
    options.limit_flips = flips;
    return outcome(run_models_verify, options);
  }
  std::string precision() const {
    return std::string(serve::open_model_dir(model(), {}, "int8")->attention->precision());
  }
};

TEST_F(TrainedPrecision, TheVerdictOnADirectoryIsWhatItsRungObeys) {
  EXPECT_EQ(precision(), "bf16");
  const auto [status, verdict] = verify({});
  ASSERT_EQ(status, kDone) << to_text(verdict);
  EXPECT_EQ(text_or(member(verdict, "serves"), ""), "int8");
  EXPECT_TRUE(member(member(member(verdict, "precisions"), "int8"), "accuracy").is_double());
  EXPECT_EQ(precision(), "int8");
}

TEST_F(TrainedPrecision, ItsImportGoesWhereItsRungLooks) {
  ASSERT_EQ(verify({}).first, kDone);
  ModelsImportOptions options{.folder = model(), .out = {}, .precision = "int8"};
  const auto [status, imported] = outcome(run_models_import, options);
  ASSERT_EQ(status, kDone) << to_text(imported);
  EXPECT_EQ(text_or(member(imported, "out"), ""), model() + "/attention-int8");
  EXPECT_TRUE(serve::open_model_dir(model(), {}, "int8")->notes.empty());
  options.folder = attention();  // no directory of `fovea train`: where to is to be said
  EXPECT_EQ(outcome(run_models_import, options).first, kUsage);
}

TEST_F(TrainedPrecision, ADirectoryWithoutAnAttentionModelHasNothingToJudge) {
  record_.attention_kind.clear();
  ASSERT_TRUE(train::write_record(model(), record_, {"linear.fvl"}));
  const auto [status, said] = verify({});
  EXPECT_NE(status, kDone);
  EXPECT_EQ(text_or(member(member(said, "error"), "where"), ""), model());
}

}  // namespace
}  // namespace fovea::cli
