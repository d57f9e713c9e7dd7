#include "serve/inference/backend_conformance_test.h"

#include "engine/models/tiny_bert_folder.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/null_backend.h"

namespace fovea::inference {
namespace {

TEST(BackendConformance, Native) {
  const models::TinyBertFolder folder;
  const auto backend = open_native_backend(folder.path(), {.name = "tiny"});
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->model().info.token_width, models::TinyBertFolder::kHidden);
  expect_conforms(**backend);
}

// The last layer computes the first rows alone, but where all are wanted.
TEST(BackendConformance, NativeThatReadsFirstRows) {
  const models::TinyBertFolder folder;
  folder.write("modules.json", R"([{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"p"}])");
  folder.write("p/config.json", R"({"pooling_mode":"cls"})");
  const auto backend = open_native_backend(folder.path(), {.name = "tiny"});
  ASSERT_TRUE(backend) << backend.error().text();
  expect_conforms(**backend);
}

TEST(BackendConformance, NativeClassifier) {
  const models::TinyBertFolder folder({.labels = 3});
  const auto backend = open_native_backend(folder.path(), {.name = "tiny"});
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->model().info.token_width, 0);
  expect_conforms(**backend);
}

TEST(BackendConformance, Null) {
  expect_conforms(*make_null_backend("null"), {.computes = false});
}

}  // namespace
}  // namespace fovea::inference
