#include "serve/registry/model_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "serve/registry/fake_hub_test.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

class ModelCacheTest : public ::testing::Test {
 protected:
  ~ModelCacheTest() override {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  ModelCache cache(const FakeHub& hub) {
    return ModelCache(
        dir_.string(), *http_,
        [&hub](const char* name) -> std::optional<std::string> {
          if (std::string_view(name) == "HF_ENDPOINT") return hub.endpoint();
          if (std::string_view(name) == "HF_TOKEN" && !hub.token.empty()) return hub.token;
          return std::nullopt;
        },
        clock_);
  }
  static std::string read(const std::string& path) { return read_file(path).value_or("(none)"); }

  fs::path dir_ = fs::temp_directory_path() / ("fovea_cache_" + std::to_string(::getpid()));
  std::unique_ptr<fetch::HttpFetch> http_ = fetch::make_curl_fetch();
  VirtualClock clock_{{0}};
  const ModelAddress address_ = parse_address("hf://org/tiny").value();
  const std::string weights_ = std::string(200'000, 'w') + "end";
};

TEST_F(ModelCacheTest, PullsOnceAndKeeps) {
  FakeHub hub(
      {{"config.json", {"{}", false}}, {"sub/model.safetensors", {weights_, true}}, {"empty.json", {"", false}}});
  hub.token = "s3cret";
  ModelCache kept = cache(hub);
  PullProgress last;
  const Pulled first = kept.pull(address_,
                                 [&](const PullProgress& progress) {
                                   EXPECT_GE(progress.bytes, last.bytes);
                                   last = progress;
                                   return true;
                                 })
                           .value();
  EXPECT_EQ(read(first.folder + "/config.json"), "{}");
  EXPECT_EQ(read(first.folder + "/sub/model.safetensors"), weights_);
  EXPECT_EQ(read(first.folder + "/empty.json"), "");
  EXPECT_EQ(first.version, std::string(12, 'a'));
  EXPECT_EQ(first.bytes_fetched, weights_.size() + 2);
  EXPECT_EQ(last.bytes, last.bytes_total);
  const size_t asked = hub.asked();
  const Pulled second = kept.pull(address_).value();
  EXPECT_EQ(second.folder, first.folder);
  EXPECT_EQ(second.bytes_fetched, 0u);
  EXPECT_EQ(hub.asked(), asked + 1) << "what main means is asked again, files are not";
  EXPECT_TRUE(kept.pull(parse_address("hf://org/tiny@" + std::string(40, 'a')).value()));
  EXPECT_EQ(hub.asked(), asked + 1) << "a commit means the same for ever";
}

TEST_F(ModelCacheTest, ANewCommitFetchesWhatIsNew) {
  FakeHub hub({{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}});
  ModelCache kept = cache(hub);
  const Pulled first = kept.pull(address_).value();
  hub.set(std::string(40, 'b'), {{"config.json", {"{\"a\":1}", false}}, {"m.safetensors", {weights_, true}}});
  const size_t stored = hub.store_asked();
  const Pulled second = kept.pull(address_).value();
  EXPECT_NE(second.folder, first.folder);
  EXPECT_EQ(read(second.folder + "/config.json"), "{\"a\":1}");
  EXPECT_EQ(read(first.folder + "/config.json"), "{}");
  EXPECT_EQ(hub.store_asked(), stored) << "the weights are known by their digest";
}

TEST_F(ModelCacheTest, GoesOnWhereItBrokeOff) {
  FakeHub hub({{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}});
  hub.cut_after = 50'000;
  const Pulled pulled = cache(hub).pull(address_).value();
  EXPECT_EQ(read(pulled.folder + "/m.safetensors"), weights_);
  ASSERT_EQ(hub.store_asked(), 2u);
  EXPECT_EQ(hub.store_requests()[1].header("Range"), "bytes=50000-");
}

TEST_F(ModelCacheTest, APullThatWasGivenUpGoesOnLaterAndIsNeverSeenHalf) {
  FakeHub hub({{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}});
  const auto stopped = cache(hub).pull(address_, [&](const PullProgress& progress) { return progress.bytes < 60'000; });
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
  EXPECT_FALSE(fs::exists(dir_ / "snapshots") && !fs::is_empty(dir_ / "snapshots"));
  const Pulled pulled = cache(hub).pull(address_).value();
  EXPECT_EQ(read(pulled.folder + "/m.safetensors"), weights_);
  EXPECT_LT(pulled.bytes_fetched, weights_.size());
  EXPECT_FALSE(fs::exists(dir_ / "partial" / fs::path(pulled.folder).filename()));
}

TEST_F(ModelCacheTest, WhatIsNotWhatWasListedIsNoModel) {
  FakeHub hub({{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}});
  hub.corrupt = true;
  EXPECT_EQ(cache(hub).pull(address_).error().code, Code::kDataLoss);
  EXPECT_FALSE(fs::exists(dir_ / "snapshots") && !fs::is_empty(dir_ / "snapshots"));
  hub.corrupt = false;
  EXPECT_TRUE(cache(hub).pull(address_)) << "nothing of the wrong bytes is left";
}

// Bytes of something else under the name of the partial file: the digest tells, and it begins anew.
TEST_F(ModelCacheTest, AForeignPartialFileIsNoneOfIt) {
  FakeHub hub({{"m.safetensors", {weights_, true}}});
  EXPECT_FALSE(cache(hub).pull(address_, [&](const PullProgress& progress) { return progress.bytes < 60'000; }));
  for (const auto& each : fs::recursive_directory_iterator(dir_ / "partial"))
    if (each.is_regular_file() && each.path().extension() != ".etag") {
      std::fstream file(each.path(), std::ios::in | std::ios::out);
      file << "something else";
    }
  EXPECT_EQ(read(cache(hub).pull(address_).value().folder + "/m.safetensors"), weights_);
}

TEST_F(ModelCacheTest, WithoutTheHubWhatItLastMeantServes) {
  FakeHub hub({{"config.json", {"{}", false}}});
  const Pulled first = cache(hub).pull(address_).value();
  hub.down = true;
  const Pulled second = cache(hub).pull(address_).value();
  EXPECT_TRUE(second.stale);
  EXPECT_EQ(second.folder, first.folder);
  EXPECT_NE(second.why.find("503"), std::string::npos);
  EXPECT_EQ(cache(hub).pull(parse_address("hf://org/tiny@other").value()).error().code, Code::kUnavailable);
}

TEST_F(ModelCacheTest, ManyAtOnceFetchOnce) {
  FakeHub hub({{"config.json", {"{}", false}}, {"m.safetensors", {weights_, true}}});
  SystemClock real;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      ModelCache own(
          dir_.string(), *http_,
          [&](const char* name) -> std::optional<std::string> {
            return std::string_view(name) == "HF_ENDPOINT" ? std::optional(hub.endpoint()) : std::nullopt;
          },
          real);
      good += own.pull(address_).has_value();
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(good, 6);
  EXPECT_EQ(hub.store_asked(), 1u);
}

TEST_F(ModelCacheTest, HostileListingsWriteNothing) {
  FakeHub hub({{"config.json", {"{}", false}}, {"../../escaped.json", {"x", false}}});
  EXPECT_EQ(cache(hub).pull(address_).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(fs::exists(dir_.parent_path() / "escaped.json"));
  EXPECT_FALSE(fs::exists(dir_ / "blobs"));
}

TEST_F(ModelCacheTest, TheDefaultFolderIsWhereCachesLie) {
  const auto with = [](std::map<std::string, std::string> values) {
    return default_cache_folder([values](const char* name) -> std::optional<std::string> {
      const auto found = values.find(name);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    });
  };
  EXPECT_EQ(with({{"HOME", "/h"}}), "/h/.cache/fovea/models");
  EXPECT_EQ(with({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}), "/x/fovea/models");
  EXPECT_EQ(with({{"HOME", "/h"}, {"FOVEA_CACHE", "c"}}), "c/models");
}

}  // namespace
}  // namespace fovea::registry
