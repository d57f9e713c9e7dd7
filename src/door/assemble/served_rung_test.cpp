#include "door/assemble/served_rung.h"

#include <gtest/gtest.h>

namespace fovea::assemble {
namespace {

// One classifier of two labels, which answers as it is told to.
class TwoLabels final : public inference::Inference {
 public:
  TwoLabels() {
    auto model = std::make_shared<inference::Model>();
    model->info.task = inference::Task::kClassification;
    model->info.labels = {"refund", "other"};
    model->info.digest = "d1";
    model->info.precision = "int8";
    model_ = model;
  }
  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override {
    last = std::move(call);
    if (failure) {
      done(std::unexpected(inference::Failure{*failure, Nanos(0), true}));
      return nullptr;
    }
    inference::Reply reply{model_, {}, {}, {}, {}};
    for (size_t i = 0; i < std::get<std::vector<inference::Text>>(last.inputs).size(); ++i) {
      reply.answers.push_back({logits, 3, {}, false});
    }
    done(std::move(reply));
    return nullptr;
  }
  Result<std::shared_ptr<const inference::Model>> model(std::string_view, std::string_view) const override {
    return model_;
  }
  std::vector<inference::ModelState> models() const override { return {}; }
  Result<inference::Statistics> statistics(std::string_view, std::string_view) const override { return {}; }
  Result<void> load(std::string_view, std::string_view = {}) override { return {}; }
  Result<void> unload(std::string_view) override { return {}; }
  bool ready() const override { return true; }

  std::vector<float> logits{3.0F, 0.0F};
  std::optional<Error> failure;
  inference::Call last;

 private:
  std::shared_ptr<const inference::Model> model_;
};

class ServedRungTest : public ::testing::Test {
 protected:
  Result<std::vector<std::unique_ptr<ladder::Rung>>> open(const std::string& model, file::Sure sure) {
    file::Rung rung;
    rung.kind = file::Rung::Kind::kModel;
    rung.model = model;
    return open_served_rung(rung, sure, models_);
  }
  static file::Sure sure_at(double probability) {
    file::Sure sure;
    sure.min_probability = probability;
    return sure;
  }
  std::vector<ladder::Answer> ask(ladder::Rung& rung, Nanos deadline = Nanos::max()) {
    ladder::Item item;
    item.text = "money back";
    item.deadline = deadline;
    const std::vector<ladder::Item> items{item, item};
    return rung.answer(items, clock_);
  }
  VirtualClock clock_{TimePoint{1}};
  TwoLabels models_;
};

TEST_F(ServedRungTest, AnswersWithTheServedModelAsSurelyAsTheFlowAsksFor) {
  const auto rungs = open("intents@3", sure_at(0.9));
  ASSERT_TRUE(rungs) << rungs.error().text();
  const auto answers = ask(*rungs->front(), Nanos(500));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].verdict, ladder::Verdict::kSure);
  EXPECT_EQ(answers[0].prediction.label, "refund");
  EXPECT_NEAR(answers[0].prediction.probability, 0.9526, 1e-3);
  EXPECT_NEAR(answers[0].prediction.margin, 0.9051, 1e-3);
  EXPECT_EQ(answers[0].prediction.model, "d1");
  EXPECT_EQ(models_.last.model, "intents");
  EXPECT_EQ(models_.last.version, "3");
  EXPECT_EQ(models_.last.deadline, Nanos(500));
  models_.logits = {0.5F, 0.0F};
  EXPECT_EQ(ask(*rungs->front())[0].verdict, ladder::Verdict::kUnsure);
  EXPECT_EQ(models_.last.deadline, Nanos(0)) << "without a deadline the server's own counts";
}

TEST_F(ServedRungTest, FailuresAreHandedToTheNextRung) {
  const auto rungs = open("intents@latest", sure_at(0.5));
  ASSERT_TRUE(rungs);
  models_.failure = Error{Code::kDeadlineExceeded, "too late", {}, {}};
  EXPECT_EQ(ask(*rungs->front())[0].verdict, ladder::Verdict::kLate);
  models_.failure = Error{Code::kNotFound, "there is no model 'intents'", {}, {}};
  EXPECT_EQ(ask(*rungs->front())[1].verdict, ladder::Verdict::kFailed);
  models_.failure.reset();
  models_.logits = {1.0F, 2.0F, 3.0F};
  EXPECT_EQ(ask(*rungs->front())[0].verdict, ladder::Verdict::kFailed) << "no classifier of these labels";
  EXPECT_EQ(models_.last.version, "");
}

TEST_F(ServedRungTest, TheFlowSaysWhenItIsSure) {
  EXPECT_EQ(open("intents@1", {}).error().code, Code::kInvalidArgument);
  file::Sure budget = sure_at(0.5);
  budget.error_budget = 0.02;
  EXPECT_FALSE(open("intents@1", budget).error().hint.empty());
  EXPECT_FALSE(open("@1", sure_at(0.5)));
}

}  // namespace
}  // namespace fovea::assemble
