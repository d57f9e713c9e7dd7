// Without the library: what is said where it is missing or another one.
#include "serve/backends/openvino/openvino_kind.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "serve/backends/graph/onnx_writer_test.h"
#include "serve/backends/openvino/ov_graph.h"

namespace fovea::openvino {
namespace {

class OpenvinoKindTest : public ::testing::Test {
 protected:
  OpenvinoKindTest() {
    if (const char* given = std::getenv(kVariable)) before_ = given;
  }
  ~OpenvinoKindTest() override { before_.empty() ? unsetenv(kVariable) : setenv(kVariable, before_.c_str(), 1); }
  static Error refused(const std::string& library, const std::string& place) {
    setenv(kVariable, library.c_str(), 1);
    const auto opened = openvino_kind().open({place, "m", "1", {}, 1});
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  static std::string identity() {
    return graph::OnnxWriter::identity(inference::Datatype::kFp32, {-1})
        .write(testing::TempDir() + "/ov_identity.onnx");
  }
  static constexpr const char* kVariable = "FOVEA_OPENVINO";
  std::string before_;
};

TEST_F(OpenvinoKindTest, ALibraryThatIsNotThereIsSaid) {
  const Error error = refused("/nowhere/libopenvino_c.so", identity());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_EQ(error.where, kVariable);
  EXPECT_NE(error.hint.find("./dev setup --with openvino"), std::string::npos);
}

TEST_F(OpenvinoKindTest, AnotherLibraryIsSaid) {
  const Error error = refused("libm.so.6", identity());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_NE(error.message.find("ov_"), std::string::npos);
}

TEST_F(OpenvinoKindTest, FilesAreCheckedBeforeTheLibraryIsAsked) {
  const std::string path = testing::TempDir() + "/no_ir.xml";
  std::ofstream(path) << "<html>";
  EXPECT_EQ(refused("/nowhere/libopenvino_c.so", path).code, Code::kDataLoss);
  EXPECT_EQ(refused("/nowhere/libopenvino_c.so", "/nowhere/model.xml").code, Code::kNotFound);
}

TEST_F(OpenvinoKindTest, TakesIrOnly) {
  const auto kind = openvino_kind();
  EXPECT_EQ(kind.name, "openvino");
  EXPECT_FALSE(kind.takes(identity()));
  const std::string xml = testing::TempDir() + "/takes.xml";
  std::ofstream(xml) << "<net>";
  EXPECT_TRUE(kind.takes(xml));
}

TEST_F(OpenvinoKindTest, TheRuntimeItselfSaysWhyItIsNotThere) {
  setenv(kVariable, "/nowhere/libopenvino_c.so", 1);
  EXPECT_EQ(OvRuntime::create().error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace fovea::openvino
