#include "door/wire/infer_request.h"

#include <gtest/gtest.h>

#include "door/wire/infer_inputs.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/limits.h"
#include "door/wire/stub_inference_test.h"

namespace fovea::wire {
namespace {

Tensor text(std::vector<std::string> texts) {
  return {"text", Datatype::kBytes, {static_cast<int64_t>(texts.size())}, std::move(texts)};
}

TEST(InferRequest, WhatParametersMean) {
  InferRequest request;
  ASSERT_TRUE(take_parameter("priority", int64_t{1}, request));
  ASSERT_TRUE(take_parameter("timeout", uint64_t{5}, request));
  ASSERT_TRUE(take_parameter("truncate", false, request));
  ASSERT_TRUE(take_parameter("sequence_id", std::string("s"), request));
  ASSERT_TRUE(take_parameter("mine", 0.5, request));
  EXPECT_EQ(request.timeout, Nanos(5000));
  EXPECT_FALSE(request.cut);
  EXPECT_EQ(priority_of(request.priority, schedule::Priority::kBatch), schedule::Priority::kInteractive);
  EXPECT_EQ(priority_of(0, schedule::Priority::kBatch), schedule::Priority::kBatch);
  EXPECT_EQ(priority_of(9, schedule::Priority::kStandard), schedule::Priority::kBatch);
  ASSERT_TRUE(take_parameter("timeout", UINT64_MAX, request));
  EXPECT_EQ(request.timeout, Nanos(kTimeoutMax));
  EXPECT_FALSE(take_parameter("timeout", int64_t{-1}, request));
  EXPECT_FALSE(take_parameter("timeout", std::string("1"), request));
  EXPECT_FALSE(take_parameter("truncate", int64_t{1}, request));
  EXPECT_FALSE(take_parameter("triton_final_response", true, request));
  EXPECT_FALSE(check_input_parameter("shared_memory_region", "text"));
  WantedOutput output;
  ASSERT_TRUE(take_output_parameter("classification", int64_t{2}, output));
  EXPECT_EQ(output.classes, 2);
  EXPECT_FALSE(take_output_parameter("shared_memory_region", std::string("a"), output));
}

TEST(InferRequest, NamesOnce) {
  InferRequest request;
  EXPECT_EQ(check_names(request).error().message, "the request has no inputs");
  request.inputs = {text({"a"})};
  EXPECT_TRUE(check_names(request));
  request.outputs = {{"label", {}, 0}, {"label", {}, 0}};
  EXPECT_FALSE(check_names(request));
}

TEST(InferRequest, BecomesInputsAndItsReplyTensors) {
  StubInference stub;
  const auto model = *stub.model("sentiment", "");
  InferRequest request;
  request.inputs = {text({"a b", "c"})};
  auto inputs = inputs_of(request, *model);
  ASSERT_TRUE(inputs) << inputs.error().text();
  const auto& texts = std::get<std::vector<inference::Text>>(inputs->inputs);
  EXPECT_EQ(texts[0].first, "a b");
  inference::Reply reply{model,
                         {{StubInference::row({1}, 3), 3, {}, false}, {StubInference::row({2}, 3), 3, {}, false}},
                         Nanos(0),
                         Nanos(0),
                         Nanos(0)};
  const auto tensors = output_tensors({{"logits", {}, 0}, {"label", {}, 0}}, reply, 0);
  ASSERT_TRUE(tensors) << tensors.error().text();
  EXPECT_EQ((*tensors)[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(std::get<std::vector<float>>((*tensors)[0].values)[3], StubInference::row({2}, 3)[0]);
  EXPECT_EQ((*tensors)[1].shape, (std::vector<int64_t>{2}));
  EXPECT_FALSE(check_outputs({{"embedding", {}, 0}}, model->info));
  EXPECT_FALSE(check_outputs({{"label", {}, 2}}, model->info));
}

}  // namespace
}  // namespace fovea::wire
