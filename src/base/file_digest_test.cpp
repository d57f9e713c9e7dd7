#include "base/file_digest.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"

namespace fovea {
namespace {

TEST(FileDigest, IsThatOfItsBytesWhateverTheirNumber) {
  const std::string path = testing::TempDir() + "fovea_file_digest";
  RealFiles files;
  for (size_t size : {size_t{0}, size_t{1}, (size_t{1} << 20) - 1, size_t{1} << 20, (size_t{2} << 20) + 7}) {
    std::string bytes(size, 'x');
    if (size > 0) bytes.back() = 'y';
    ASSERT_TRUE(files.write_atomic(path, bytes));
    EXPECT_EQ(sha256_of_file(path).value(), sha256(bytes)) << size;
  }
  std::filesystem::remove(path);
}

TEST(FileDigest, WhatCannotBeReadIsNamed) {
  const auto none = sha256_of_file("/nonexistent/file");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_EQ(none.error().where, "/nonexistent/file");
  EXPECT_EQ(sha256_of_file(testing::TempDir()).error().code, Code::kUnavailable);  // a folder
  EXPECT_EQ(sha256_of_file("/dev/zero").error().message, "not a regular file");
}

}  // namespace
}  // namespace fovea
