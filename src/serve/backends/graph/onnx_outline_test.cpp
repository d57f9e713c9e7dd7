#include "serve/backends/graph/onnx_outline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "serve/backends/graph/limits.h"

namespace fovea::graph {
namespace {

// ir_version 8, a producer "p", a graph of 3 bytes, an import.
const std::string kWhole("\x08\x08\x12\x01p\x3a\x03\x0a\x01g\x42\x04\x0a\x00\x10\x12", 16);

std::string file_of(const std::string& bytes) {
  const std::string path = testing::TempDir() + "/outline.onnx";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(OnnxOutlineTest, ReadsTheFieldsOfAModel) {
  const auto outline = read_onnx_outline(file_of(kWhole));
  ASSERT_TRUE(outline) << outline.error().text();
  EXPECT_EQ(outline->ir_version, 8u);
  EXPECT_EQ(outline->bytes, kWhole.size());
}

TEST(OnnxOutlineTest, EveryCutIsSeenOrStillAModel) {
  for (size_t bytes = 0; bytes < kWhole.size(); ++bytes) {
    const bool whole = bytes == 10;  // the import may be missing
    EXPECT_EQ(read_onnx_outline(file_of(kWhole.substr(0, bytes))).has_value(), whole) << bytes;
  }
}

TEST(OnnxOutlineTest, WhatIsNoModelIsRefused) {
  const std::string long_length = std::string("\x08\x08\x3a") + std::string(9, '\xff') + "\x01";
  for (const std::string& bytes :
       {std::string("<?xml version=\"1.0\"?>"), std::string(40, '\xff'), std::string(40, '\0'),
        std::string("\x7f"
                    "ELF"),
        long_length, std::string("\x08\x08"), kWhole.substr(2), kWhole + "\x0f",
        std::string("\x08\xff\xff\xff\x7f\x3a\x01x")}) {
    const auto outline = read_onnx_outline(file_of(bytes));
    ASSERT_FALSE(outline) << testing::PrintToString(bytes);
    EXPECT_EQ(outline.error().code, Code::kDataLoss);
  }
  EXPECT_EQ(read_onnx_outline("/nowhere.onnx").error().code, Code::kNotFound);
  EXPECT_FALSE(read_onnx_outline(testing::TempDir()));
}

TEST(OnnxOutlineTest, ALargerFileThanTheLibrariesReadIsRefusedUnread) {
  const std::string path = file_of(kWhole);
  std::filesystem::resize_file(path, kGraphBytesMax + 1);  // sparse
  EXPECT_EQ(read_onnx_outline(path).error().code, Code::kOutOfRange);
  std::filesystem::resize_file(path, kGraphBytesMax);
  EXPECT_EQ(read_onnx_outline(path).error().code, Code::kDataLoss);  // a field 0 follows
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace fovea::graph
