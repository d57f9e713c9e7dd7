#include "serve/attention_part.h"

#include "serve/bert_directory_test.h"
#include "serve/trained_model.h"

namespace fovea::serve {
namespace {

using kernels::Precision;

class AttentionPartTest : public BertDirectory {
 protected:
  Result<AttentionPart> part(const std::string& precision, Obey obey = Obey::kVerdict) {
    return open_attention(model(), record_, precision, obey);
  }
  std::vector<float> logits(const AttentionPart& part) const {
    train::AttentionScratch scratch;
    const std::string_view text = "where is my order late refund";
    return part.model->score({&text, 1}, scratch).value();
  }
};

TEST_F(AttentionPartTest, Int8WithoutAVerdictIsBf16AndSaysSo) {
  const auto fp32 = part("fp32"), int8 = part("int8");
  ASSERT_TRUE(fp32 && int8);
  EXPECT_TRUE(fp32->notes.empty());
  EXPECT_EQ(fp32->model->precision(), "fp32");
  EXPECT_EQ(int8->model->precision(), "bf16");
  ASSERT_EQ(int8->notes.size(), 1u);
  EXPECT_EQ(int8->notes[0],
            "int8 has not been verified for this model, so the attention model scores in bf16; `fovea "
            "models verify " +
                model() + " TABLE` judges it on texts of yours");
  EXPECT_NE(logits(*fp32), logits(*int8));
  EXPECT_TRUE(part("bf16")->notes.empty());
  EXPECT_EQ(logits(*part("bf16")), logits(*int8));
  EXPECT_EQ(part("int4").error().code, Code::kInvalidArgument);
  EXPECT_EQ(part("auto").error().code, Code::kInvalidArgument);
}

TEST_F(AttentionPartTest, TheVerdictDecides) {
  judge({{Precision::kFp32, true, "", JsonObject{{"texts_per_s", 100}}},
         {Precision::kInt8, true, "", JsonObject{{"texts_per_s", 400}}}});
  auto int8 = part("int8");
  ASSERT_TRUE(int8) << int8.error().text();
  EXPECT_EQ(int8->model->precision(), "int8");
  EXPECT_EQ(int8->speed, 4);
  EXPECT_TRUE(int8->notes.empty());
  judge({{Precision::kInt8, false, "label agreement 98.70 % is under 99.50 %", {}}});
  const auto bf16 = part("int8");
  EXPECT_EQ(bf16->model->precision(), "bf16");
  EXPECT_NE(bf16->notes[0].find("int8 is refused for this model: label agreement 98.70 %"), std::string::npos);
  judge({{Precision::kInt8, false, "bad", {}}, {Precision::kBf16, false, "worse", {}}});
  EXPECT_EQ(part("int8")->model->precision(), "fp32");
  EXPECT_EQ(part("bf16")->model->precision(), "fp32");
  // A replay repeats what was, whatever the verdict is now.
  const auto again = part("int8", Obey::kTheCaller);
  EXPECT_EQ(logits(*again), logits(*int8));
  EXPECT_TRUE(again->notes.empty());
  ASSERT_TRUE(files_.write_atomic(attention() + "/quality.json", "{"));
  EXPECT_EQ(part("int8").error().where.find(attention() + "/quality.json"), 0u);
  EXPECT_TRUE(part("fp32"));  // needs none
}

TEST_F(AttentionPartTest, AVerdictOnOtherWeightsIsNone) {
  judge({{Precision::kInt8, true, "", {}}});
  ASSERT_EQ(part("int8")->model->precision(), "int8");
  add_attention(models::TinyBert{.prefixed = true, .labels = 3});
  EXPECT_EQ(part("int8")->model->precision(), "bf16");
}

TEST_F(AttentionPartTest, PackedWeightsAreTakenWhereTheyFit) {
  judge({{Precision::kInt8, true, "", {}}});
  const auto want = logits(*part("int8"));
  import_int8();
  auto packed = part("int8");
  ASSERT_TRUE(packed) << packed.error().text();
  EXPECT_TRUE(packed->notes.empty());
  EXPECT_EQ(logits(*packed), want);
  // Damage is an error, as in every part of the directory.
  const std::string file = packed_attention_path(model(), "int8") + "/model.fovea";
  const std::string whole = *read_file(file);
  std::string bytes = whole;
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(files_.write_atomic(file, bytes));
  EXPECT_EQ(part("int8").error().code, Code::kDataLoss);
  EXPECT_EQ(part("int8").error().where, file);
  EXPECT_TRUE(part("bf16"));
  ASSERT_TRUE(files_.write_atomic(file, whole));
  // What was packed from other weights is left alone, with a word.
  add_attention(models::TinyBert{.prefixed = true, .labels = 3});
  judge({{Precision::kInt8, true, "", {}}});
  packed = part("int8");
  ASSERT_TRUE(packed) << packed.error().text();
  ASSERT_EQ(packed->notes.size(), 1u);
  EXPECT_NE(packed->notes[0].find("attention-int8 is not taken: it was made from other weights"), std::string::npos);
}

TEST_F(AttentionPartTest, APredictionSaysInWhichPrecisionItWasMade) {
  judge({{Precision::kInt8, true, "", {}}});
  const auto model = open_model_dir(this->model(), {}, "int8");
  ASSERT_TRUE(model.has_value()) << model.error().text();
  const ScoreItem item{"where is my order", {}};
  const Nanos soon = clock_.steady() + std::chrono::seconds(5);
  EXPECT_EQ(model->attention->precision(), "int8");
  const auto scored = model->attention->score({&item, 1}, soon, clock_);
  EXPECT_EQ(scored[0]->prediction.precision, "int8");
  EXPECT_EQ(model->linear->score({&item, 1}, soon, clock_)[0]->prediction.precision, "");
  const auto as = open_attention_as(this->model(), {}, "fp32");
  ASSERT_TRUE(as.has_value()) << as.error().text();
  const auto other = (*as)->score({&item, 1}, soon, clock_);
  EXPECT_EQ(other[0]->prediction.precision, "fp32");
  EXPECT_EQ(other[0]->prediction.model, scored[0]->prediction.model);
  EXPECT_NE(other[0]->log_probabilities, scored[0]->log_probabilities);
}

}  // namespace
}  // namespace fovea::serve
