#include "engine/tensor/storage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fovea::tensor {
namespace {

TEST(Storage, MapsAFile) {
  const auto path = std::filesystem::temp_directory_path() / ("fovea_map_" + std::to_string(::getpid()));
  std::ofstream(path) << "abc";
  const auto mapped = Storage::map_file(path.string());
  ASSERT_TRUE(mapped.has_value());
  EXPECT_EQ((*mapped)->bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>((*mapped)->bytes()[2]), 'c');
  (*mapped)->read_ahead(1, 3);
  (*mapped)->read_ahead(0, 1 << 30);  // beyond the file: no advice is given
  EXPECT_EQ(static_cast<char>((*mapped)->bytes()[2]), 'c');
  std::ofstream(path, std::ios::trunc).close();
  const auto empty = Storage::map_file(path.string());
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE((*empty)->bytes().empty());
  std::filesystem::remove(path);
  EXPECT_EQ(Storage::map_file(path).error().code, Code::kNotFound);
  EXPECT_EQ(Storage::map_file("/").error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace fovea::tensor
