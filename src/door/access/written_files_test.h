// A folder of files that a test writes, gone with it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fovea::access {

class WrittenFiles : public ::testing::Test {
 protected:
  WrittenFiles() {
    std::string name = ::testing::TempDir() + "access-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~WrittenFiles() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
    return path;
  }

  std::string folder_;
};

}  // namespace fovea::access
