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

}  // namespace
}  // namespace fovea::wire
