#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace fovea {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(dir_); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string dir_ = testing::TempDir() + "files_test";
  RealFiles files_;
};

TEST_F(FilesTest, WritesReadsAndLists) {
  ASSERT_TRUE(files_.write_atomic(dir_ + "/a/b.txt", "hello"));
  EXPECT_EQ(files_.read(dir_ + "/a/b.txt", 0, UINT64_MAX).value(), "hello");
  EXPECT_EQ(files_.read(dir_ + "/a/b.txt", 1, 3).value(), "ell");
  EXPECT_EQ(files_.size(dir_ + "/a/b.txt").value(), 5u);
  ASSERT_TRUE(files_.write_atomic(dir_ + "/a/b.txt", "bye"));
  EXPECT_EQ(files_.read(dir_ + "/a/b.txt", 0, UINT64_MAX).value(), "bye");
  EXPECT_EQ(files_.list(dir_ + "/a").value(), std::vector<std::string>{"b.txt"}) << "no temporary file stays";
}

TEST_F(FilesTest, AppendsAndTruncates) {
  ASSERT_TRUE(files_.append(dir_ + "/log", "one\n"));
  ASSERT_TRUE(files_.append(dir_ + "/log", "two\n"));
  ASSERT_TRUE(files_.truncate(dir_ + "/log", 4));
  EXPECT_EQ(files_.read(dir_ + "/log", 0, UINT64_MAX).value(), "one\n");
}

TEST_F(FilesTest, RenameNeverOverwrites) {
  ASSERT_TRUE(files_.write_atomic(dir_ + "/a", "1"));
  ASSERT_TRUE(files_.write_atomic(dir_ + "/b", "2"));
  auto moved = files_.rename(dir_ + "/a", dir_ + "/b");
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, Code::kAlreadyExists);
  EXPECT_TRUE(files_.rename(dir_ + "/a", dir_ + "/deep/er/a"));
  EXPECT_EQ(files_.read(dir_ + "/b", 0, UINT64_MAX).value(), "2");
}

TEST_F(FilesTest, ErrorsNameThePath) {
  auto missing = files_.read(dir_ + "/nothing", 0, UINT64_MAX);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().where, dir_ + "/nothing");
  EXPECT_FALSE(files_.read("/", 0, UINT64_MAX)) << "a folder is no file";
}

TEST_F(FilesTest, WhatIsNoFileIsRefusedAndNotWaitedFor) {
  const std::string pipe = dir_ + "/pipe", loop = dir_ + "/loop";
  ASSERT_TRUE(files_.append(dir_ + "/a", "1"));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(::symlink("loop", loop.c_str()), 0);
  EXPECT_EQ(read_file(pipe).error().message, "not a regular file");
  EXPECT_EQ(read_file("/dev/zero", 100).error().message, "not a regular file");
  EXPECT_NE(read_file(loop).error().hint.find("leads back to itself"), std::string::npos);
}

TEST_F(FilesTest, AFileOverTheLimitIsNotRead) {
  ASSERT_TRUE(files_.write_atomic(dir_ + "/a", "12345"));
  EXPECT_TRUE(read_file(dir_ + "/a", 5));
  auto over = read_file(dir_ + "/a", 4);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kOutOfRange);
}

}  // namespace
}  // namespace fovea
