#include "door/access/callers_models.h"

#include <gtest/gtest.h>

namespace fovea::access {
namespace {

// Two models; answers three tokens at once.
class Both final : public inference::Inference {
 public:
  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override {
    last = std::move(call);
    inference::Reply reply;
    reply.answers.resize(2);
    reply.answers[0].tokens = 1;
    reply.answers[1].tokens = 2;
    done(std::move(reply));
    return nullptr;
  }
  Result<std::shared_ptr<const inference::Model>> model(std::string_view, std::string_view) const override {
    return std::make_shared<const inference::Model>();
  }
  std::vector<inference::ModelState> models() const override {
    return {{"mine", "1", "READY", ""}, {"theirs", "1", "READY", ""}};
  }
  Result<inference::Statistics> statistics(std::string_view, std::string_view) const override { return {}; }
  Result<void> load(std::string_view name, std::string_view = {}) override {
    loaded = name;
    return {};
  }
  Result<void> unload(std::string_view) override { return {}; }
  bool ready() const override { return true; }

  inference::Call last;
  std::string loaded;
};

class CallersModelsTest : public ::testing::Test {
 protected:
  CallersModelsTest() {
    caller_.tenant = "acme";
    caller_.models = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"mine"});
  }
  // "": answered; else the code's name.
  std::string submit(const std::string& model, schedule::Priority priority = schedule::Priority::kStandard) {
    CallersModels models(all_, clock_, caller_);
    inference::Call call;
    call.model = model;
    call.tenant = "somebody";
    call.priority = priority;
    std::string out = "not answered";
    models.submit(std::move(call),
                  [&](auto reply) { out = reply ? "" : std::string(code_name(reply.error().error.code)); });
    return out;
  }

  VirtualClock clock_{TimePoint{1}};
  Both all_;
  Caller caller_;
};

TEST_F(CallersModelsTest, OthersAreNotThere) {
  CallersModels models(all_, clock_, caller_);
  EXPECT_EQ(models.models().size(), 1u);
  EXPECT_TRUE(models.model("mine", ""));
  EXPECT_EQ(models.model("theirs", "").error().code, Code::kNotFound);
  EXPECT_EQ(models.statistics("theirs", "").error().code, Code::kNotFound);
  EXPECT_EQ(models.load("theirs").error().code, Code::kNotFound);
  EXPECT_EQ(models.unload("theirs").error().code, Code::kNotFound);
  EXPECT_EQ(all_.loaded, "");
  EXPECT_TRUE(models.load("mine"));
  EXPECT_EQ(submit("theirs"), "NOT_FOUND");
  EXPECT_EQ(submit("mine"), "");
}

TEST_F(CallersModelsTest, TenantAndPriorityAreTheKeys) {
  EXPECT_EQ(submit("mine", schedule::Priority::kInteractive), "");
  EXPECT_EQ(all_.last.tenant, "acme");
  EXPECT_EQ(all_.last.priority, schedule::Priority::kInteractive);
  caller_.priority_best = schedule::Priority::kBatch;
  submit("mine", schedule::Priority::kInteractive);
  EXPECT_EQ(all_.last.priority, schedule::Priority::kBatch);
}

TEST_F(CallersModelsTest, TokensAreCharged) {
  caller_.quota = std::make_shared<Quota>(QuotaLimits{0, 3, 0});
  EXPECT_EQ(caller_.quota->begin(clock_.steady()).spent, Quota::Spent::kNothing);
  EXPECT_EQ(submit("mine"), "");
  EXPECT_EQ(caller_.quota->begin(clock_.steady()).spent, Quota::Spent::kTokens);
}

}  // namespace
}  // namespace fovea::access
