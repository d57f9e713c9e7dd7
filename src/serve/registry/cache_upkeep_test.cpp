#include "serve/registry/cache_upkeep.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "serve/registry/fake_hub_test.h"
#include "serve/registry/folder_lock.h"
#include "serve/registry/model_cache.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

class CacheUpkeepTest : public ::testing::Test {
 protected:
  CacheUpkeepTest() { fs::remove_all(dir_); }
  ~CacheUpkeepTest() override { fs::remove_all(dir_); }
  Pulled pull(const std::string& address) {
    ModelCache cache(
        dir_, *http_,
        [this](const char* name) -> std::optional<std::string> {
          return std::string_view(name) == "HF_ENDPOINT" ? std::optional(hub_.endpoint()) : std::nullopt;
        },
        clock_);
    auto pulled = cache.pull(parse_address(address).value());
    EXPECT_TRUE(pulled) << pulled.error().text();
    return pulled.value_or(Pulled{});
  }
  Result<Pruned> prune(const PruneWishes& wishes) { return prune_cache(dir_, wishes, clock_); }
  std::vector<CachedModel> kept() const { return cached_models(dir_).value(); }
  size_t blobs() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(dir_ + "/blobs"), fs::directory_iterator()));
  }
  // The address was last asked for so long ago.
  void age(Nanos by) {
    for (const auto& each : fs::directory_iterator(dir_ + "/refs"))
      fs::last_write_time(each.path(), fs::file_time_type::clock::now() - by);
  }
  void next_commit() {
    hub_.set(std::string(40, 'b'), {{"config.json", {"{\"b\":1}", false}}, {"m.safetensors", {weights_, true}}});
  }

  const std::string dir_ = ::testing::TempDir() + "/cache_upkeep";
  const std::string weights_ = std::string(5000, 'w');
  FakeHub hub_{{{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}}};
  std::unique_ptr<fetch::HttpFetch> http_ = fetch::make_curl_fetch();
  SystemClock clock_;
};

TEST_F(CacheUpkeepTest, AnEmptyCacheIsEmpty) {
  EXPECT_TRUE(kept().empty());
  EXPECT_TRUE(prune({})->models.empty());
  EXPECT_FALSE(fs::exists(dir_));
  EXPECT_EQ(prune({{"hf://org/tiny"}, {}, false}).error().code, Code::kNotFound);
}

TEST_F(CacheUpkeepTest, ListsWhatWasPulled) {
  const Pulled pulled = pull("hf://org/tiny");
  const auto models = kept();
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].address, "hf://org/tiny");
  EXPECT_EQ(models[0].revision, std::string(40, 'a'));
  EXPECT_EQ(models[0].folder, pulled.folder);
  EXPECT_EQ(models[0].bytes, weights_.size() + 2);
  EXPECT_LT(clock_.now() - models[0].asked, std::chrono::minutes(1));
}

TEST_F(CacheUpkeepTest, ReplacedModelsGoAndWhatTheyShareStays) {
  const Pulled old = pull("hf://org/tiny");
  next_commit();
  const Pulled now = pull("hf://org/tiny");
  ASSERT_EQ(kept().size(), 2u);
  EXPECT_EQ(kept()[0].address, "");
  EXPECT_EQ(kept()[0].revision, std::string(40, 'a'));
  EXPECT_EQ(blobs(), 3u);
  const Pruned said = prune({{}, {}, true}).value();
  EXPECT_EQ(said.models.size(), 1u);
  EXPECT_EQ(blobs(), 3u) << "only said";
  const Pruned pruned = prune({}).value();
  ASSERT_EQ(pruned.models.size(), 1u);
  EXPECT_EQ(pruned.models[0].folder, old.folder);
  EXPECT_EQ(pruned.bytes, 2u) << "the weights are the new one's, too";
  EXPECT_FALSE(fs::exists(old.folder));
  EXPECT_FALSE(fs::exists(old.folder + ".json"));
  EXPECT_EQ(read_file(now.folder + "/m.safetensors").value(), weights_);
  EXPECT_EQ(pull("hf://org/tiny").bytes_fetched, 0u);
}

TEST_F(CacheUpkeepTest, WhatNobodyAsksForGoes) {
  pull("hf://org/tiny");
  age(std::chrono::hours(48));
  EXPECT_TRUE(prune({{}, std::chrono::hours(49), false})->models.empty());
  pull("hf://org/tiny");  // asked for again
  EXPECT_TRUE(prune({{}, std::chrono::hours(47), false})->models.empty());
  age(std::chrono::hours(48));
  const Pruned pruned = prune({{}, std::chrono::hours(47), false}).value();
  EXPECT_EQ(pruned.models.size(), 1u);
  EXPECT_EQ(pruned.bytes, weights_.size() + 2);
  EXPECT_TRUE(kept().empty());
  EXPECT_EQ(blobs(), 0u);
  EXPECT_EQ(pull("hf://org/tiny").bytes_fetched, weights_.size() + 2) << "and comes again";
}

TEST_F(CacheUpkeepTest, AModelOfTwoAddressesStaysForTheOther) {
  const std::string commit = "hf://org/tiny@" + std::string(40, 'a');
  const Pulled pulled = pull("hf://org/tiny");
  EXPECT_EQ(pull(commit).folder, pulled.folder);
  EXPECT_EQ(prune({{"hf://org/tiny"}, {}, false})->bytes, 0u);
  EXPECT_TRUE(fs::exists(pulled.folder));
  ASSERT_EQ(kept().size(), 1u);
  EXPECT_EQ(kept()[0].address, commit);
  EXPECT_EQ(prune({{commit}, {}, false})->bytes, weights_.size() + 2);
}

TEST_F(CacheUpkeepTest, AnAddressThatIsNotThereRemovesNothing) {
  pull("hf://org/tiny");
  EXPECT_EQ(prune({{"hf://org/tiny", "hf://org/other"}, {}, false}).error().code, Code::kNotFound);
  EXPECT_EQ(kept().size(), 1u);
}

TEST_F(CacheUpkeepTest, WhatAPullLeftGoesUnlessItIsUnderWay) {
  pull("hf://org/tiny");
  fs::create_directories(dir_ + "/partial/key");
  std::ofstream(dir_ + "/partial/key/0") << "half of it";
  VirtualClock clock({0});
  {
    const auto pulling = FolderLock::share(upkeep_lock(dir_), Nanos(0), clock);
    EXPECT_EQ(prune_cache(dir_, {}, clock).error().code, Code::kUnavailable);
  }
  EXPECT_EQ(prune({})->bytes, 10u);
  EXPECT_FALSE(fs::exists(dir_ + "/partial"));
  EXPECT_EQ(kept().size(), 1u);
}

TEST_F(CacheUpkeepTest, DamagedNotesLoseNoModelInUse) {
  const Pulled pulled = pull("hf://org/tiny");
  std::ofstream(dir_ + "/refs/strange.json") << R"({"address":"hf://x/y","snapshot":"../../etc"})";
  std::ofstream(dir_ + "/refs/broken.json") << "{";
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_TRUE(prune({}));
  EXPECT_TRUE(fs::exists(pulled.folder));
}

}  // namespace
}  // namespace fovea::registry
