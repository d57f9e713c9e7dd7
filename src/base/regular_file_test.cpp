#include "base/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

namespace fovea {
namespace {

TEST(RegularFile, IsOpenAndKnowsItsSize) {
  const std::string path = testing::TempDir() + "fovea_regular_file";
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(path, "seven 7"));
  auto file = RegularFile::open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 7u);
  const RegularFile moved = std::move(*file);
  char first = 0;
  EXPECT_EQ(::pread(moved.descriptor(), &first, 1, 0), 1);
  EXPECT_EQ(first, 's');
  ASSERT_TRUE(files.remove(path));
}

TEST(RegularFile, NothingElseIsOpened) {
  const std::string pipe = testing::TempDir() + "fovea_regular_file_pipe";
  ::unlink(pipe.c_str());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, std::string("/dev/zero")})
    EXPECT_EQ(RegularFile::open(path).error().message, "not a regular file") << path;
  ::unlink(pipe.c_str());
  EXPECT_EQ(RegularFile::open(testing::TempDir()).error().code, Code::kUnavailable);
  EXPECT_EQ(RegularFile::open("/nonexistent/file").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea
