// What both libraries must do behind the port Graph, with the real library: each one's *_interop_test.cpp runs it.
// `open` opens a file; SKIP where the library is not there. Texts only where `texts`; of INT64 the bytes from
// `int64_bytes` on are 0.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include "serve/backends/graph/graph.h"
#include "serve/backends/graph/graph_backend.h"
#include "serve/backends/graph/onnx_writer_test.h"
#include "serve/inference/stub_tensor_backend_test.h"
#include "serve/inference/tensor_conformance_test.h"

namespace fovea::graph {

using OpenGraph = std::function<Result<std::unique_ptr<const Graph>>(const std::string& file)>;

inline std::string model_file(const OnnxWriter& model) {
  return model.write(testing::TempDir() + "/graph_case.onnx");
}

inline Result<std::vector<inference::Tensor>> run_all(const Graph& graph, const std::vector<inference::Tensor>& feed,
                                                      const Abandoned& abandoned = {}) {
  std::vector<size_t> wanted(graph.outputs().size());
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = i;
  return graph.run(feed, wanted, abandoned);
}

inline void every_datatype_goes_through(const OpenGraph& open, bool texts, size_t int64_bytes = 8) {
  int seen = 0;
  for (int i = 0; i < 14; ++i) {
    const auto datatype = static_cast<inference::Datatype>(i);
    if (datatype == inference::Datatype::kBytes && !texts) continue;
    const std::string name(inference::datatype_name(datatype));
    auto graph = open(model_file(OnnxWriter::identity(datatype, {-1, 3})));
    ASSERT_TRUE(graph) << name << ": " << graph.error().text();
    ASSERT_EQ((*graph)->inputs().size(), 1u);
    EXPECT_EQ((*graph)->inputs()[0].name, "x");
    EXPECT_EQ((*graph)->inputs()[0].datatype, datatype) << name;
    EXPECT_EQ((*graph)->outputs()[0].datatype, datatype) << name;
    EXPECT_EQ((*graph)->inputs()[0].shape, (std::vector<int64_t>{-1, 3}));
    for (const int64_t rows : {0, 1, 2}) {
      inference::Tensor x{"x", datatype, {rows, 3}, {}};
      const size_t width = inference::datatype_bytes(datatype);
      for (size_t e = 0; e < static_cast<size_t>(rows) * 3; ++e) {
        if (datatype == inference::Datatype::kBytes) {
          inference::append_element(std::string(e, '\0') + "\xff", x.bytes);
        } else {
          for (size_t b = 0; b < width; ++b) {
            const bool cut = datatype == inference::Datatype::kInt64 && b >= int64_bytes;
            x.bytes += static_cast<char>(datatype == inference::Datatype::kBool ? e % 2 : cut ? 0 : 16 * e + b);
          }
        }
      }
      const auto y = run_all(**graph, {x});
      ASSERT_TRUE(y) << name << ": " << y.error().text();
      EXPECT_EQ((*y)[0].name, "y");
      EXPECT_EQ((*y)[0].datatype, datatype) << name;
      EXPECT_EQ((*y)[0].shape, x.shape) << name;
      EXPECT_EQ((*y)[0].bytes, x.bytes) << name;
      ++seen;
    }
  }
  EXPECT_GE(seen, 39);
}

inline void not_a_number_goes_through(const OpenGraph& open) {
  const auto graph = open(model_file(OnnxWriter::binary("Add", {-1}, {-1})));
  ASSERT_TRUE(graph) << graph.error().text();
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const auto y = run_all(**graph, {inference::fp32("a", {3}, {nan, inf, 1}), inference::fp32("b", {3}, {1, -inf, 2})});
  ASSERT_TRUE(y) << y.error().text();
  const std::vector<float> values = inference::floats_of((*y)[0]);
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]));
  EXPECT_EQ(values[2], 3);
}

inline void shapes_that_do_not_fit_are_an_error_and_the_next_run_works(const OpenGraph& open) {
  const auto graph = open(model_file(OnnxWriter::binary("MatMul", {-1, -1}, {-1, -1})));
  ASSERT_TRUE(graph) << graph.error().text();
  const inference::Tensor a = inference::fp32("a", {1, 2}, {1, 2});
  const auto bad = run_all(**graph, {a, inference::fp32("b", {3, 1}, {1, 2, 3})});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Code::kInvalidArgument) << bad.error().text();
  const auto good = run_all(**graph, {a, inference::fp32("b", {2, 1}, {3, 4})});
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(inference::floats_of((*good)[0]), std::vector<float>{11});
}

inline void only_what_is_wanted_comes_back(const OpenGraph& open) {
  OnnxWriter model = OnnxWriter::binary("Add", {-1}, {-1});
  model.outputs.push_back({"z", inference::Datatype::kFp32, {-1}, false});
  model.nodes.push_back({"Mul", {"a", "b"}, {"z"}});
  const auto graph = open(model_file(model));
  ASSERT_TRUE(graph) << graph.error().text();
  const auto named = [&](const char* name) {
    size_t at = 0;
    while ((*graph)->outputs().at(at).name != name) ++at;
    return at;
  };
  const std::vector<inference::Tensor> feed{inference::fp32("b", {1}, {5}), inference::fp32("a", {1}, {2})};
  const size_t z[] = {named("z")}, both[] = {named("z"), named("y")};
  const auto one = (*graph)->run(feed, z, {});
  ASSERT_TRUE(one) << one.error().text();
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(inference::floats_of((*one)[0]), std::vector<float>{10});
  const auto two = (*graph)->run(feed, both, {});
  ASSERT_TRUE(two);
  EXPECT_EQ(inference::floats_of((*two)[1]), std::vector<float>{7});
}

inline void a_run_that_nobody_waits_for_ends(const OpenGraph& open) {
  constexpr int64_t kSide = 700;
  const auto graph = open(model_file(OnnxWriter::powers(kSide, 400)));
  ASSERT_TRUE(graph) << graph.error().text();
  const std::vector<float> values(kSide * kSide, 0.001f);
  const auto begin = std::chrono::steady_clock::now();
  const Abandoned soon = [begin] { return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(100); };
  const auto ended = run_all(**graph, {inference::fp32("x", {kSide, kSide}, values)}, soon);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kCancelled) << ended.error().text();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(took, std::chrono::milliseconds(1000));  // one product takes some 10 ms, all of them seconds
  const auto small = open(model_file(OnnxWriter::powers(2, 2)));
  ASSERT_TRUE(small) << small.error().text();
  EXPECT_EQ(inference::floats_of(run_all(**small, {inference::fp32("x", {2, 2}, {1, 1, 0, 1})}).value()[0]),
            (std::vector<float>{1, 3, 0, 1}));
}

inline void many_threads_run_one_graph(const OpenGraph& open) {
  const auto graph = open(model_file(OnnxWriter::powers(32, 8)));
  ASSERT_TRUE(graph) << graph.error().text();
  const inference::Tensor x = inference::fp32("x", {32, 32}, std::vector<float>(1024, 0.03f));
  const std::string want = run_all(**graph, {x}).value()[0].bytes;
  std::atomic<int> equal{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) equal += run_all(**graph, {x}).value()[0].bytes == want;
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(equal, 200);
}

inline void it_conforms_as_a_model_of_tensors(const OpenGraph& open) {
  OnnxWriter model = OnnxWriter::binary("Add", {-1, 2}, {-1, 2});
  model.outputs.push_back({"z", inference::Datatype::kFp32, {-1, 2}, false});
  model.nodes.push_back({"Mul", {"a", "b"}, {"z"}});
  const auto feed = [](std::vector<float> a, std::vector<float> b) {
    const auto rows = static_cast<int64_t>(a.size() / 2);
    return inference::Feed{{inference::fp32("a", {rows, 2}, a), inference::fp32("b", {rows, 2}, b)}, {}};
  };
  for (const int64_t batch_max : {0, 16}) {
    auto graph = open(model_file(model));
    ASSERT_TRUE(graph) << graph.error().text();
    const auto backend = make_graph_backend(std::move(*graph), {"m", "1", "real", "d", 1, batch_max});
    ASSERT_TRUE(backend) << backend.error().text();
    inference::TensorConformance(**backend, {feed({1, 2}, {3, 4}), feed({5, 6, 7, 8}, {0, 0.5, -1, 1e30f})}).run_all();
  }
}

inline void weights_in_a_file_of_their_own(const OpenGraph& open) {
  OnnxWriter model = OnnxWriter::binary("Add", {2}, {2});
  model.inputs.pop_back();
  model.external = {{"b", "graph_case_weights.bin"}};
  const float weights[] = {1.5f, -2};
  std::ofstream(testing::TempDir() + "/graph_case_weights.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(weights), sizeof weights);
  const auto graph = open(model_file(model));
  ASSERT_TRUE(graph) << graph.error().text();
  const auto y = run_all(**graph, {inference::fp32("a", {2}, {1, 1})});
  ASSERT_TRUE(y) << y.error().text();
  EXPECT_EQ(inference::floats_of((*y)[0]), (std::vector<float>{2.5f, -1}));
}

// Cuts and changed bytes: an error or a graph that runs, never a crash.
inline void damaged_files_are_errors(const OpenGraph& open) {
  const std::string whole = OnnxWriter::powers(4, 6).bytes();
  const std::string path = testing::TempDir() + "/graph_damaged.onnx";
  int refused = 0;
  const auto try_bytes = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    const auto graph = open(path);
    if (!graph) ++refused;
    if (graph && (*graph)->inputs().size() == 1 && (*graph)->inputs()[0].shape == std::vector<int64_t>{4, 4})
      (void)run_all(**graph, {inference::fp32((*graph)->inputs()[0].name, {4, 4}, std::vector<float>(16, 0.5f))});
  };
  for (size_t cut = 0; cut < whole.size(); cut += 7) try_bytes(whole.substr(0, cut));
  for (size_t at = 0; at < whole.size(); at += 5) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    try_bytes(changed);
  }
  EXPECT_GT(refused, 40);
}

}  // namespace fovea::graph
