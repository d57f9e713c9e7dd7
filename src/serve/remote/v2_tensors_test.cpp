#include "serve/remote/v2_tensors.h"

#include <gtest/gtest.h>

namespace fovea::remote {
namespace {

TEST(V2Tensors, TheOutputIsTheDeclaredOneOrThatOfTheTask) {
  RemoteOptions options;
  options.task = inference::Task::kEmbedding;
  EXPECT_EQ(v2_output(options), "embedding");
  options.task = inference::Task::kClassification;
  options.probabilities = false;
  EXPECT_EQ(v2_output(options), "logits");
  options.probabilities = true;
  EXPECT_EQ(v2_output(options), "probabilities");
  options.tensors.output = "scores";
  EXPECT_EQ(v2_output(options), "scores");
}

}  // namespace
}  // namespace fovea::remote
