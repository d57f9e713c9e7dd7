#include "serve/inference/memory_left.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
constexpr double kMostOfWhatIsLeft = 0.9;

int64_t number_in(const char* path) {
  std::ifstream file(path);
  int64_t value = kUnknown;
  return file >> value ? value : kUnknown;  // "max" is no number: no limit
}

int64_t machine_left() {
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    int64_t kib = 0;
    if (name == "MemAvailable:" && file >> kib) return kib * 1024;
  }
  return kUnknown;
}

}  // namespace

int64_t weight_bytes(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string extension = at->path().extension().string();
    if (extension == ".safetensors" || extension == ".fovea") {
      const auto size = at->file_size(error);
      if (!error) bytes += static_cast<int64_t>(size);
    }
  }
  return bytes;
}

int64_t memory_left() {
  int64_t left = machine_left();
  const int64_t limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit != kUnknown && used != kUnknown) left = std::min(left, std::max<int64_t>(limit - used, 0));
  return left;
}

Result<void> check_memory_left(int64_t bytes, const std::string& folder) {
  const int64_t left = memory_left();
  if (left == kUnknown || static_cast<double>(bytes) <= kMostOfWhatIsLeft * static_cast<double>(left)) return {};
  return fail(Code::kResourceExhausted,
              fmt::format("its weights are {} MiB, {} MiB of memory are left", bytes >> 20, left >> 20), folder,
              "unload a model, or pack this one in int8: fovea models import --precision int8");
}

}  // namespace fovea::inference
