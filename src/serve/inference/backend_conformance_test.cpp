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
  expect_conforms(**backend);
}

TEST(BackendConformance, Null) {
  expect_conforms(*make_null_backend("null"), {.computes = false});
}

}  // namespace
}  // namespace fovea::inference
