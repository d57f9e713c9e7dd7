#include "serve/backends/openvino/ir_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace fovea::openvino {
namespace {

namespace fs = std::filesystem;

class IrFilesTest : public ::testing::Test {
 protected:
  IrFilesTest() {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~IrFilesTest() override { fs::remove_all(root_); }
  std::string put(const std::string& name, const std::string& text) {
    std::ofstream(root_ + "/" + name) << text;
    return root_ + "/" + name;
  }
  const std::string root_ = testing::TempDir() + "/ir_files";
};

TEST_F(IrFilesTest, BothFilesAreCounted) {
  const std::string xml = put("m.xml", "<?xml version=\"1.0\"?>\n<!-- made -->\n<net name=\"g\" version=\"11\"></net>");
  EXPECT_EQ(ir_bytes(xml).error().code, Code::kNotFound);
  put("m.bin", "1234");
  EXPECT_EQ(ir_bytes(xml).value(), static_cast<int64_t>(fs::file_size(xml)) + 4);
}

TEST_F(IrFilesTest, OtherXmlAndOtherFilesAreRefused) {
  put("m.bin", "1234");
  for (const char* text : {"", "<?xml", "<html><net></net></html>", "<network>", "\x08\x08", "<!-- <net> "})
    EXPECT_EQ(ir_bytes(put("m.xml", text)).error().code, Code::kDataLoss) << text;
  const std::string large = put("m.xml", "<net >");
  fs::resize_file(large, kXmlBytesMax);
  EXPECT_TRUE(ir_bytes(large));
  fs::resize_file(large, kXmlBytesMax + 1);
  EXPECT_EQ(ir_bytes(large).error().code, Code::kOutOfRange);
  EXPECT_EQ(ir_bytes(root_ + "/n.xml").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::openvino
