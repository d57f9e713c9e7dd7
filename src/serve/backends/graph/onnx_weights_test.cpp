#include "serve/backends/graph/onnx_weights.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file_digest.h"
#include "serve/backends/graph/limits.h"
#include "serve/backends/graph/onnx_writer_test.h"

namespace fovea::graph {
namespace {

namespace fs = std::filesystem;
using inference::Datatype;

class OnnxWeightsTest : public testing::Test {
 protected:
  OnnxWeightsTest() { fs::create_directories(folder_); }
  ~OnnxWeightsTest() override { fs::remove_all(folder_); }

  static OnnxWriter model() { return OnnxWriter::identity(Datatype::kFp32, {2}); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }
  std::string write(const OnnxWriter& model) const { return write("m.onnx", model.bytes()); }
  std::string digest_of(const OnnxWriter& model) const {
    const auto files = read_onnx_files(write(model));
    EXPECT_TRUE(files) << files.error().text();
    return files ? files->digest : "";
  }

  const std::string folder_ = testing::TempDir() + "/onnx_weights";
};

TEST_F(OnnxWeightsTest, AModelInOneFileHasThatFilesDigest) {
  const std::string path = write(model());
  const auto files = read_onnx_files(path);
  ASSERT_TRUE(files) << files.error().text();
  EXPECT_EQ(files->digest, to_hex(bytes_of(*sha256_of_file(path))));
  EXPECT_EQ(files->bytes, fs::file_size(path));
  EXPECT_TRUE(onnx_weight_files(path)->empty());
}

TEST_F(OnnxWeightsTest, TensorsOutsideAreFoundWhereverTheyAre) {
  OnnxWriter outer = model();
  outer.external = {{"a", "weights.bin"}, {"b", "more/weights.bin"}, {"c", "weights.bin"}};
  outer.external_in_subgraph = {{"d", "deep.bin"}};
  outer.external_in_attribute = {{"e", "constant.bin"}};
  EXPECT_EQ(*onnx_weight_files(write(outer)),
            (std::vector<std::string>{"constant.bin", "deep.bin", "more/weights.bin", "weights.bin"}));
}

TEST_F(OnnxWeightsTest, OtherWeightsAreAnotherModel) {
  OnnxWriter one = model();
  one.external = {{"a", "w.bin"}};
  write("w.bin", "0123");
  const std::string first = digest_of(one);
  EXPECT_EQ(digest_of(one), first);
  EXPECT_EQ(read_onnx_files(write(one))->bytes, one.bytes().size() + 4);
  write("w.bin", "0124");
  EXPECT_NE(digest_of(one), first);
  write("w.bin", "0123");
  EXPECT_EQ(digest_of(one), first);
  EXPECT_NE(digest_of(model()), first);
}

TEST_F(OnnxWeightsTest, WeightsThatAreNotThereAreSaid) {
  OnnxWriter one = model();
  one.external = {{"a", "gone.bin"}};
  const auto files = read_onnx_files(write(one));
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Code::kNotFound);
  EXPECT_NE(files.error().where.find("gone.bin"), std::string::npos);
}

TEST_F(OnnxWeightsTest, NamesThatLeaveTheFolderAreRefused) {
  for (const std::string& name : {std::string("../w.bin"), std::string("/etc/passwd"), std::string("a/../../w.bin"),
                                  std::string(""), std::string("w\0.bin", 6)}) {
    OnnxWriter one = model();
    one.external = {{"a", name}};
    const auto found = onnx_weight_files(write(one));
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::kInvalidArgument) << name;
  }
  OnnxWriter inside = model();
  inside.external = {{"a", "a/../w.bin"}};
  EXPECT_TRUE(onnx_weight_files(write(inside)));
}

TEST_F(OnnxWeightsTest, NamesAndFilesAreLimited) {
  OnnxWriter one = model();
  one.external = {{"a", std::string(kWeightNameBytesMax, 'w')}};
  EXPECT_TRUE(onnx_weight_files(write(one)));
  one.external = {{"a", std::string(kWeightNameBytesMax + 1, 'w')}};
  EXPECT_EQ(onnx_weight_files(write(one)).error().code, Code::kDataLoss);
  one.external.clear();
  for (size_t i = 0; i < kWeightFilesMax; ++i) one.external.push_back({"a", std::to_string(i)});
  EXPECT_EQ(onnx_weight_files(write(one))->size(), kWeightFilesMax);
  one.external.push_back({"a", "more"});
  EXPECT_EQ(onnx_weight_files(write(one)).error().code, Code::kOutOfRange);
}

TEST_F(OnnxWeightsTest, EveryCutIsDamagedOrAShorterModel) {
  OnnxWriter one = model();
  one.external = {{"a", "w.bin"}};
  one.external_in_subgraph = {{"b", "v.bin"}};
  const std::string whole = one.bytes();
  size_t damaged = 0;
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const auto found = onnx_weight_files(write("cut.onnx", whole.substr(0, bytes)));
    if (found) continue;
    EXPECT_EQ(found.error().code, Code::kDataLoss) << bytes;
    ++damaged;
  }
  EXPECT_GT(damaged, whole.size() - 20);
}

TEST_F(OnnxWeightsTest, GraphsInGraphsEndAtALimit) {
  const auto field = [](char number, const std::string& bytes) {
    std::string length;
    for (size_t value = bytes.size();; value >>= 7) {
      length += static_cast<char>((value & 0x7f) | (value >= 0x80 ? 0x80 : 0));
      if (value < 0x80) break;
    }
    return std::string(1, static_cast<char>(number << 3 | 2)) + length + bytes;
  };
  const auto nested = [&](size_t times) {  // node, attribute, graph
    std::string graph;
    for (size_t i = 0; i < times; ++i) graph = field(1, field(5, field(6, graph)));
    return std::string("\x08\x08") + field(7, graph);
  };
  EXPECT_TRUE(onnx_weight_files(write("deep.onnx", nested(20))));
  EXPECT_EQ(onnx_weight_files(write("deep.onnx", nested(kGraphDepthMax))).error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace fovea::graph
