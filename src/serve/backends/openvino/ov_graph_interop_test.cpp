// With the real library, which FOVEA_OPENVINO names.
#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>

#include "serve/backends/graph/graph_cases_test.h"
#include "serve/backends/openvino/ov_graph.h"

namespace fovea::openvino {
namespace {

class OvGraphTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("FOVEA_OPENVINO")) runtime_ = new auto(OvRuntime::create());
  }
  static void TearDownTestSuite() { delete std::exchange(runtime_, nullptr); }
  void SetUp() override {
    if (!runtime_) GTEST_SKIP() << "FOVEA_OPENVINO names no library";
    ASSERT_TRUE(*runtime_) << runtime_->error().text();
  }
  static Result<std::unique_ptr<const graph::Graph>> open(const std::string& file) {
    return open_graph(**runtime_, file, 2);
  }
  inline static Result<std::shared_ptr<const OvRuntime>>* runtime_ = nullptr;
};

TEST_F(OvGraphTest, EveryDatatypeGoesThrough) {
  graph::every_datatype_goes_through(open, false, 4);
}
TEST_F(OvGraphTest, NotANumberGoesThrough) {
  graph::not_a_number_goes_through(open);
}
TEST_F(OvGraphTest, ShapesThatDoNotFit) {
  graph::shapes_that_do_not_fit_are_an_error_and_the_next_run_works(open);
}
TEST_F(OvGraphTest, OnlyWhatIsWanted) {
  graph::only_what_is_wanted_comes_back(open);
}
TEST_F(OvGraphTest, AbandonedRunsEnd) {
  graph::a_run_that_nobody_waits_for_ends(open);
}
TEST_F(OvGraphTest, ManyThreads) {
  graph::many_threads_run_one_graph(open);
}
TEST_F(OvGraphTest, Conforms) {
  graph::it_conforms_as_a_model_of_tensors(open);
}
TEST_F(OvGraphTest, WeightsInAFileOfTheirOwn) {
  graph::weights_in_a_file_of_their_own(open);
}
TEST_F(OvGraphTest, DamagedFiles) {
  graph::damaged_files_are_errors(open);
}

TEST_F(OvGraphTest, WholeNumbersThatItWouldCutAreRefused) {
  const auto graph = open(graph::model_file(graph::OnnxWriter::identity(inference::Datatype::kInt64, {1})));
  ASSERT_TRUE(graph) << graph.error().text();
  const auto run = [&](int64_t value) {
    return graph::run_all(
        **graph, {{"x", inference::Datatype::kInt64, {1}, std::string(reinterpret_cast<const char*>(&value), 8)}});
  };
  EXPECT_TRUE(run(INT32_MAX));
  EXPECT_TRUE(run(INT32_MIN));
  EXPECT_EQ(run(int64_t{INT32_MAX} + 1).error().code, Code::kInvalidArgument);
  EXPECT_EQ(run(int64_t{INT32_MIN} - 1).error().where, "x");
}

TEST_F(OvGraphTest, TextsAreNotServed) {
  const auto graph = open(graph::model_file(graph::OnnxWriter::identity(inference::Datatype::kBytes, {-1})));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace fovea::openvino
