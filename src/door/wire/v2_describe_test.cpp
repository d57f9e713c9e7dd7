#include "door/wire/v2_describe.h"

#include <gtest/gtest.h>

#include "door/wire/stub_inference_test.h"

namespace fovea::wire {
namespace {

TEST(V2Describe, ModelsSayWhatTheyTakeAndGive) {
  StubInference stub;
  const auto model = *stub.model("sentiment", "");
  const Json metadata = model_metadata(*model, stub.models());
  EXPECT_EQ(to_text(member(metadata, "inputs")), R"([{"name":"text","datatype":"BYTES","shape":[-1]}])");
  EXPECT_EQ(to_text(member(metadata, "versions")), R"(["1"])");
  const Json config = model_config(*model);
  EXPECT_EQ(text_or(member(member(config, "input").as_array()[0], "data_type"), ""), "TYPE_STRING");
  const Json counts = model_statistics(model->info, *stub.statistics("sentiment", ""));
  EXPECT_EQ(number_or(member(member(member(counts, "inference_stats"), "success"), "count"), 0), 4);
  EXPECT_EQ(repository_index(stub.models(), false).size(), repository_index(stub.models(), true).size() + 1);
}

TEST(V2Describe, ShadowsAndCanariesShowInTheStatistics) {
  inference::Statistics counts;
  EXPECT_TRUE(member(model_statistics({}, counts), "rollout").is_null());
  auto rollout = std::make_shared<inference::RolloutState>();
  rollout->shadow = inference::ShadowState{.version = "2", .share = 0.5, .copies = 7, .dropped = 3};
  rollout->canary = inference::CanaryState{.version = "candidate", .state = "running", .step = 2, .events = {"begun"}};
  counts.rollout = rollout;
  const Json shown = member(model_statistics({}, counts), "rollout");
  EXPECT_EQ(number_or(member(member(shown, "shadow"), "dropped"), 0), 3);
  EXPECT_EQ(text_or(member(member(shown, "canary"), "state"), ""), "running");
  EXPECT_EQ(to_text(member(member(shown, "canary"), "events")), R"(["begun"])");
}

}  // namespace
}  // namespace fovea::wire
