#include "door/assemble/model_rungs.h"

#include "serve/bert_directory_test.h"

namespace fovea::assemble {
namespace {

class ModelRungs : public serve::BertDirectory {
 protected:
  file::Rung rung(const std::string& precision) const {
    file::Rung made;
    made.kind = file::Rung::Kind::kModel;
    made.model = model();
    made.model_is_folder = true;
    made.part = "attention";
    made.precision = precision;
    return made;
  }
  Result<std::unique_ptr<ladder::Rung>> open(const std::string& precision) {
    warnings_.clear();
    file::Sure sure;
    sure.min_probability = 0;  // whatever it says, it is sure
    sure.reject_outside = false;
    FOVEA_TRY(auto rungs, open_model_rungs(rung(precision), sure, warnings_));
    EXPECT_EQ(rungs.size(), 1u);
    return std::move(rungs[0]);
  }
  // Of two items, the second of which is asked in the precision of a decision that was once made.
  std::vector<ladder::Answer> ask(ladder::Rung& rung, const std::string& then) const {
    std::vector<ladder::Item> items(2, {"where is my order", "digest", nullptr, Nanos::max()});
    items[1].precision = then;
    return rung.answer(items, clock_);
  }

  std::vector<file::Warning> warnings_;
};

TEST_F(ModelRungs, AnswersInItsPrecisionAndAgainInThatOfThen) {
  judge({{kernels::Precision::kInt8, true, "", {}}});
  auto int8 = open("int8"), fp32 = open("");
  ASSERT_TRUE(int8 && fp32) << int8.error().text();
  EXPECT_TRUE(warnings_.empty());
  const auto asked = ask(**int8, "fp32"), reference = ask(**fp32, "");
  EXPECT_EQ(asked[0].verdict, ladder::Verdict::kSure);
  EXPECT_EQ(asked[0].prediction.precision, "int8");
  EXPECT_EQ(asked[1].prediction.precision, "fp32");
  EXPECT_EQ(reference[0].prediction.precision, "fp32");
  EXPECT_EQ(asked[1].prediction.scores, reference[1].prediction.scores);
  EXPECT_NE(asked[0].prediction.scores, reference[0].prediction.scores);
  // The gate has changed its mind: what comes is scored in another precision, what was is scored as it was.
  judge({{kernels::Precision::kInt8, false, "label agreement 90.00 % is under 99.50 %", {}}});
  auto bf16 = open("int8");
  ASSERT_TRUE(bf16) << bf16.error().text();
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0].where, model());
  EXPECT_NE(warnings_[0].message.find("90.00 %"), std::string::npos);
  const auto later = ask(**bf16, "int8");
  EXPECT_EQ(later[0].prediction.precision, "bf16");
  EXPECT_EQ(later[1].prediction.scores, asked[0].prediction.scores);
  EXPECT_EQ(ask(**bf16, "int9")[1].verdict, ladder::Verdict::kFailed);
}

TEST_F(ModelRungs, AModelWithoutAnAttentionPartHasNoPrecision) {
  record_.attention_kind.clear();
  ASSERT_TRUE(train::write_record(model(), record_, {"linear.fvl"}));
  file::Rung linear = rung("int8");
  linear.part.clear();
  const auto opened = open_model_rungs(linear, {}, warnings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  linear.precision.clear();
  EXPECT_TRUE(open_model_rungs(linear, {}, warnings_));
}

}  // namespace
}  // namespace fovea::assemble
