#include "engine/weights/weight_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "engine/weights/safetensors_writer.h"

namespace fovea::weights {
namespace {

class Folder {
 public:
  Folder() {
    static std::atomic<int> made{0};
    path_ = std::filesystem::temp_directory_path() /
            ("fovea_weight_files_" + std::to_string(::getpid()) + "_" + std::to_string(made++));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  // One tensor a name: [2], the values `first` and first + 1.
  void shard(const std::string& file, const std::vector<std::string>& names, float first) {
    std::vector<std::vector<float>> values;
    std::vector<NamedValues> tensors;
    for (size_t i = 0; i < names.size(); ++i) values.push_back({first, first + 1});
    for (size_t i = 0; i < names.size(); ++i) tensors.push_back({names[i], {2}, values[i]});
    RealFiles files;
    EXPECT_TRUE(write_safetensors(files, path_ + "/" + file, tensors).has_value());
  }
  void index(std::string_view map) {
    std::ofstream(path_ + "/model.safetensors.index.json") << "{\"weight_map\":{" << map << "}}";
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Error refused(const Folder& folder) {
  const auto files = WeightFiles::open(folder.path());
  EXPECT_FALSE(files.has_value());
  return files ? Error{} : files.error();
}

constexpr const char* kMap = R"("a":"1.safetensors","b":"1.safetensors","c":"2.safetensors")";

TEST(WeightFiles, ShardsAreOneSet) {
  Folder folder;
  folder.shard("1.safetensors", {"a", "b"}, 1);
  folder.shard("2.safetensors", {"c"}, 5);
  folder.index(kMap);
  const auto files = WeightFiles::open(folder.path());
  ASSERT_TRUE(files.has_value()) << files.error().text();
  EXPECT_TRUE(files->has("b") && !files->has("d"));
  EXPECT_EQ(files->load("c", {2})->values()[1], 6.0f);
  float row[2];
  files->load_rows("a", 1, 2)->read(0, row);
  EXPECT_EQ(row[1], 2.0f);
  EXPECT_EQ(files->load("c", {3}).error().where, folder.path() + "/2.safetensors: c");
  EXPECT_EQ(files->load("d", {2}).error().where, folder.path() + "/model.safetensors.index.json: d");
  EXPECT_EQ(files->paths().size(), 3u);
}

TEST(WeightFiles, OneFileGoesBeforeTheIndex) {
  Folder folder;
  folder.shard("model.safetensors", {"a"}, 1);
  folder.index("\"a\":\"../../else.safetensors\"");
  const auto files = WeightFiles::open(folder.path());
  ASSERT_TRUE(files.has_value()) << files.error().text();
  EXPECT_EQ(files->paths(), std::vector<std::string>{folder.path() + "/model.safetensors"});
}

TEST(WeightFiles, RefusesShardsThatDoNotFit) {
  Folder folder;
  EXPECT_EQ(refused(folder).code, Code::kNotFound);
  folder.shard("1.safetensors", {"a", "b"}, 1);
  folder.index(kMap);
  EXPECT_EQ(refused(folder).code, Code::kNotFound);  // the second is missing
  EXPECT_EQ(refused(folder).where, folder.path() + "/2.safetensors");
  folder.shard("2.safetensors", {"c", "b"}, 5);
  EXPECT_EQ(refused(folder).where, folder.path() + "/2.safetensors: b");
  EXPECT_NE(refused(folder).message.find("1.safetensors too"), std::string::npos);
  folder.shard("2.safetensors", {"d"}, 5);
  EXPECT_EQ(refused(folder).where, folder.path() + "/model.safetensors.index.json: c");
  folder.shard("2.safetensors", {"c"}, 5);
  EXPECT_TRUE(WeightFiles::open(folder.path()).has_value());
  folder.index(R"("a":"1.safetensors","b":"2.safetensors","c":"2.safetensors")");
  EXPECT_EQ(refused(folder).where, folder.path() + "/model.safetensors.index.json: b");
}

TEST(WeightFiles, ATruncatedShardIsNamed) {
  Folder folder;
  folder.shard("1.safetensors", {"a", "b"}, 1);
  folder.shard("2.safetensors", {"c"}, 5);
  folder.index(kMap);
  const std::string path = folder.path() + "/2.safetensors";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(refused(folder).code, Code::kInvalidArgument);
  EXPECT_EQ(refused(folder).where, path + ": c");
  std::filesystem::resize_file(path, 5);
  EXPECT_EQ(refused(folder).where, path);
}

}  // namespace
}  // namespace fovea::weights
