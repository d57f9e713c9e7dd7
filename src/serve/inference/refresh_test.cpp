#include "serve/inference/refresh.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "engine/models/tiny_bert_folder.h"
#include "serve/registry/model_folder.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;

TEST(Refresh, FollowsAnAliasByItself) {
  const models::TinyBertFolder folder;
  const fs::path dir = fs::temp_directory_path() / ("fovea_refresh_" + std::to_string(::getpid()));
  const std::string m = (dir / "m").string();
  SystemClock clock;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(registry::add_version(m, folder.path(), {}, clock));
  ASSERT_TRUE(registry::set_alias(m, "prod", 1, clock));
  ModelServerOptions options;
  options.models_dir = dir.string();
  options.schedule.workers = 1;
  auto server = std::move(*ModelServer::create(std::move(options), clock));
  ASSERT_TRUE(server->load_all());
  {
    const Refresh refresh(*server, std::chrono::milliseconds(5));
    ASSERT_TRUE(registry::set_alias(m, "prod", 2, clock));
    for (int i = 0; i < 5000 && server->model("m", "").value()->info.version != "2"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(server->model("m", "").value()->info.version, "2");
  fs::remove_all(dir);
}

}  // namespace
}  // namespace fovea::inference
