#include "serve/registry/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace fovea::registry {
namespace {

TEST(FolderLock, IsHeldByOneAtATime) {
  const auto dir = std::filesystem::temp_directory_path() / ("fovea_lock_" + std::to_string(::getpid()));
  const std::string path = (dir / "deep" / "lock").string();
  VirtualClock clock({0});
  {
    const auto first = FolderLock::take(path, Nanos(0), clock);
    ASSERT_TRUE(first) << first.error().text();
    const auto second = FolderLock::take(path, std::chrono::seconds(1), clock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kUnavailable);
  }
  EXPECT_TRUE(FolderLock::take(path, Nanos(0), clock));
  EXPECT_FALSE(FolderLock::take("/proc/none/lock", Nanos(0), clock));
  std::filesystem::remove_all(dir);
}

TEST(FolderLock, SharedOnesExcludeTheOneThatIsNot) {
  const auto dir = std::filesystem::temp_directory_path() / ("fovea_shared_" + std::to_string(::getpid()));
  const std::string path = (dir / "lock").string();
  VirtualClock clock({0});
  {
    const auto first = FolderLock::share(path, Nanos(0), clock), second = FolderLock::share(path, Nanos(0), clock);
    EXPECT_TRUE(first && second);
    EXPECT_EQ(FolderLock::take(path, Nanos(0), clock).error().code, Code::kUnavailable);
  }
  const auto alone = FolderLock::take(path, Nanos(0), clock);
  EXPECT_TRUE(alone);
  EXPECT_EQ(FolderLock::share(path, Nanos(0), clock).error().code, Code::kUnavailable);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace fovea::registry
