// With the real library, which FOVEA_ONNXRUNTIME names.
#include <gtest/gtest.h>

#include <cstdlib>

#include "serve/backends/graph/graph_cases_test.h"
#include "serve/backends/onnxruntime/ort_session.h"
#include "serve/inference/limits.h"

namespace fovea::onnxruntime {
namespace {

constexpr size_t kMemoryMax = size_t{64} << 20;

class OrtSessionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("FOVEA_ONNXRUNTIME")) runtime_ = new auto(OrtRuntime::create(kMemoryMax));
  }
  static void TearDownTestSuite() { delete std::exchange(runtime_, nullptr); }
  void SetUp() override {
    if (!runtime_) GTEST_SKIP() << "FOVEA_ONNXRUNTIME names no library";
    ASSERT_TRUE(*runtime_) << runtime_->error().text();
  }
  static Result<std::unique_ptr<const graph::Graph>> open(const std::string& file) {
    return open_session(**runtime_, file);
  }
  inline static Result<std::shared_ptr<const OrtRuntime>>* runtime_ = nullptr;  // a process has one
};

TEST_F(OrtSessionTest, EveryDatatypeGoesThrough) {
  graph::every_datatype_goes_through(open, true);
}
TEST_F(OrtSessionTest, NotANumberGoesThrough) {
  graph::not_a_number_goes_through(open);
}
TEST_F(OrtSessionTest, ShapesThatDoNotFit) {
  graph::shapes_that_do_not_fit_are_an_error_and_the_next_run_works(open);
}
TEST_F(OrtSessionTest, OnlyWhatIsWanted) {
  graph::only_what_is_wanted_comes_back(open);
}
TEST_F(OrtSessionTest, AbandonedRunsEnd) {
  graph::a_run_that_nobody_waits_for_ends(open);
}
TEST_F(OrtSessionTest, ManyThreads) {
  graph::many_threads_run_one_graph(open);
}
TEST_F(OrtSessionTest, Conforms) {
  graph::it_conforms_as_a_model_of_tensors(open);
}
TEST_F(OrtSessionTest, WeightsInAFileOfTheirOwn) {
  graph::weights_in_a_file_of_their_own(open);
}
TEST_F(OrtSessionTest, DamagedFiles) {
  graph::damaged_files_are_errors(open);
}

TEST_F(OrtSessionTest, MemoryIsBoundedAndComesBack) {
  const auto graph = open(graph::model_file(graph::OnnxWriter::binary("MatMul", {-1, -1}, {-1, -1})));
  ASSERT_TRUE(graph) << graph.error().text();
  const auto product = [&](int64_t side) {  // [side, 1] times [1, side]
    const std::vector<float> values(static_cast<size_t>(side), 1);
    return graph::run_all(**graph, {inference::fp32("a", {side, 1}, values), inference::fp32("b", {1, side}, values)});
  };
  ASSERT_TRUE(product(1000));
  for (int i = 0; i < 20; ++i) {  // 40 MB each: what is given back is there for the next
    const auto fits = product(3200);
    ASSERT_TRUE(fits) << fits.error().text();
  }
  const auto large = product(4096);  // 64 MiB and what else is held
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::kResourceExhausted) << large.error().text();
  EXPECT_TRUE(product(3200));
}

TEST_F(OrtSessionTest, AnAnswerBeyondTheLimitIsAnError) {
  const auto graph = open(graph::model_file(graph::OnnxWriter::identity(inference::Datatype::kUint8, {-1})));
  const auto most = static_cast<int64_t>(inference::kElementsMax);
  const auto run = [&](int64_t elements) {
    return graph::run_all(
        **graph, {{"x", inference::Datatype::kUint8, {elements}, std::string(static_cast<size_t>(elements), 'a')}});
  };
  EXPECT_TRUE(run(most));
  EXPECT_EQ(run(most + 1).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::onnxruntime
