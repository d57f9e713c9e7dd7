// Without the library: what is said where it is missing, is another one, or is too old.
#include "serve/backends/onnxruntime/onnxruntime_kind.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "serve/backends/graph/onnx_writer_test.h"
#include "serve/backends/onnxruntime/ort_session.h"

namespace fovea::onnxruntime {
namespace {

namespace fs = std::filesystem;

class OnnxRuntimeKindTest : public ::testing::Test {
 protected:
  OnnxRuntimeKindTest() {
    if (const char* given = std::getenv(kVariable)) before_ = given;
  }
  ~OnnxRuntimeKindTest() override { before_.empty() ? unsetenv(kVariable) : setenv(kVariable, before_.c_str(), 1); }
  static Error refused(const std::string& library, const std::string& place) {
    setenv(kVariable, library.c_str(), 1);
    const auto opened = onnxruntime_kind().open({place, "m", "1", {}, 1});
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  static std::string identity() {
    return graph::OnnxWriter::identity(inference::Datatype::kFp32, {-1}).write(testing::TempDir() + "/identity.onnx");
  }
  static constexpr const char* kVariable = "FOVEA_ONNXRUNTIME";
  std::string before_;
};

TEST_F(OnnxRuntimeKindTest, ALibraryThatIsNotThereIsSaid) {
  const Error error = refused("/nowhere/libonnxruntime.so", identity());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_EQ(error.where, kVariable);
  EXPECT_NE(error.hint.find("./dev setup --with onnxruntime"), std::string::npos);
}

TEST_F(OnnxRuntimeKindTest, AnotherLibraryIsSaid) {
  const Error error = refused("libm.so.6", identity());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_NE(error.message.find("OrtGetApiBase"), std::string::npos);
}

TEST_F(OnnxRuntimeKindTest, AnOldLibraryIsSaid) {
  const fs::path old = fs::read_symlink("/proc/self/exe").parent_path() / "libfovea_old_onnxruntime.so";
  ASSERT_TRUE(fs::exists(old)) << old;
  const Error error = refused(old.string(), identity());
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_EQ(error.message, "is ONNX Runtime 1.15.1, 1.16 or later is needed");
}

TEST_F(OnnxRuntimeKindTest, AFileThatIsNoModelIsRefusedBeforeTheLibraryIsAsked) {
  const std::string path = testing::TempDir() + "/no_model.onnx";
  std::ofstream(path) << "no model";
  EXPECT_EQ(refused("/nowhere/libonnxruntime.so", path).code, Code::kDataLoss);
  EXPECT_EQ(refused("/nowhere/libonnxruntime.so", "/nowhere/model.onnx").code, Code::kNotFound);
}

TEST_F(OnnxRuntimeKindTest, TakesOnnxFiles) {
  const auto kind = onnxruntime_kind();
  EXPECT_EQ(kind.name, "onnxruntime");
  EXPECT_TRUE(kind.takes(identity()));
  EXPECT_FALSE(kind.takes("/nowhere/model.onnx"));
  EXPECT_FALSE(kind.takes("null"));
}

TEST_F(OnnxRuntimeKindTest, TheRuntimeItselfSaysWhyItIsNotThere) {
  setenv(kVariable, "/nowhere/libonnxruntime.so", 1);
  EXPECT_EQ(OrtRuntime::create(0).error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace fovea::onnxruntime
