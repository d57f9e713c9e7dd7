#include "serve/backends/graph/graph_place.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "serve/backends/graph/limits.h"

namespace fovea::graph {
namespace {

namespace fs = std::filesystem;
constexpr std::array<std::string_view, 2> kBoth = {".xml", ".onnx"};
constexpr std::array<std::string_view, 1> kOnnx = {".onnx"};

class GraphPlaceTest : public ::testing::Test {
 protected:
  GraphPlaceTest() { fs::remove_all(root_); }
  ~GraphPlaceTest() override { fs::remove_all(root_); }
  std::string put(const std::string& name, const std::string& text = "x") {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  const std::string root_ = testing::TempDir() + "/graph_place";
};

TEST_F(GraphPlaceTest, AFileIsItself) {
  const std::string file = put("a.onnx");
  put("b.onnx");
  EXPECT_EQ(find_graph(file, kOnnx)->file, file);
  EXPECT_FALSE(find_graph(file, kOnnx)->texts);
  EXPECT_EQ(find_graph(root_ + "/c.onnx", kOnnx).error().code, Code::kNotFound);
}

TEST_F(GraphPlaceTest, AFolderHasItsUsualFileOrItsOnlyOne) {
  const std::string only = put("silero.onnx");
  EXPECT_EQ(find_graph(root_, kOnnx)->file, only);
  put("other.onnx");
  const Error several = find_graph(root_, kOnnx).error();
  EXPECT_EQ(several.code, Code::kInvalidArgument);
  EXPECT_NE(several.message.find("other.onnx"), std::string::npos);
  const std::string usual = put("model.onnx");
  EXPECT_EQ(find_graph(root_, kOnnx)->file, usual);
  EXPECT_EQ(find_graph(root_, kBoth)->file, usual);
  const std::string ir = put("openvino_model.xml");
  EXPECT_EQ(find_graph(root_, kBoth)->file, ir);
  EXPECT_EQ(find_graph(root_ + "/", kOnnx)->file.ends_with("model.onnx"), true);
}

TEST_F(GraphPlaceTest, ATokenizerMakesItAModelOfTexts) {
  put("onnx/model.onnx");
  put("config.json", "{}");
  EXPECT_FALSE(find_graph(root_, kOnnx)->texts);
  put("tokenizer.json", "{}");
  EXPECT_TRUE(find_graph(root_, kOnnx)->texts);
  EXPECT_EQ(find_graph(root_, kOnnx)->folder, root_);
}

TEST_F(GraphPlaceTest, TritonsConfigurationIsReadBesideTheNumberedVersion) {
  put("vad/1/model.onnx");
  const std::string other = put("vad/1/other.onnx");
  put("vad/config.pbtxt", R"(name: "vad" # a comment { that is none
max_batch_size: 16
platform: "onnxruntime_onnx"
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 3 ] max_batch_size: 99 } ]
dynamic_batching { preferred_batch_size: [ 4, 8 ] }
default_model_filename: "other.onnx"
parameters: { key: "backend" value: { string_value: "no } bracket" } }
)");
  const auto place = find_graph(root_ + "/vad/1", kOnnx);
  ASSERT_TRUE(place) << place.error().text();
  EXPECT_EQ(place->file, other);
  EXPECT_EQ(place->config.max_batch_size, 16);
  EXPECT_EQ(place->config.backend, "onnxruntime");
}

TEST_F(GraphPlaceTest, AWrongConfigurationIsAnError) {
  for (const char* text : {"max_batch_size: -1", "max_batch_size: 65537", "max_batch_size: many", "max_batch_size",
                           "input {", "}", "default_model_filename: \"../x.onnx\"", "backend: onnx", "a 1"})
    EXPECT_EQ(parse_triton_config(text, "c").error().code, Code::kInvalidArgument) << text;
  EXPECT_EQ(parse_triton_config("max_batch_size: 65536", "c")->max_batch_size, kBatchMax);
  EXPECT_EQ(parse_triton_config("", "c")->max_batch_size, 0);
  EXPECT_EQ(parse_triton_config("backend: 'openvino' platform: \"x_y\"", "c")->backend, "openvino");
}

TEST_F(GraphPlaceTest, WhoTakesAPlaceThatSaysNoKind) {
  const std::string file = put("a.onnx");
  EXPECT_TRUE(holds_graph(file, ".onnx", "onnxruntime", true));
  EXPECT_FALSE(holds_graph(file, ".onnx", "openvino", false));
  EXPECT_FALSE(holds_graph(file, ".xml", "openvino", true));
  EXPECT_TRUE(holds_graph(root_, ".onnx", "onnxruntime", true));
  put("config.pbtxt", "backend: \"openvino\"");
  EXPECT_FALSE(holds_graph(root_, ".onnx", "onnxruntime", true));
  EXPECT_TRUE(holds_graph(root_, ".onnx", "openvino", false));
  put("model.safetensors");
  EXPECT_FALSE(holds_graph(root_, ".onnx", "openvino", false));
  EXPECT_FALSE(holds_graph(root_ + "/nowhere", ".onnx", "onnxruntime", true));
}

}  // namespace
}  // namespace fovea::graph
