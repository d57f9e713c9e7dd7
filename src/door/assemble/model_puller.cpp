#include "door/assemble/model_puller.h"

#include <cstdlib>

#include "base/time_text.h"
#include "serve/registry/model_folder.h"

namespace fovea::assemble {
namespace {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

std::string model_cache_folder(std::string given) {
  return given.empty() ? registry::default_cache_folder(environment) : std::move(given);
}

ModelPuller::ModelPuller(std::string cache_folder)
    : http_(fetch::make_curl_fetch()),
      cache_(model_cache_folder(std::move(cache_folder)), *http_, environment, clock_) {}

Result<PulledModel> ModelPuller::pull(const std::string& address, const registry::OnProgress& progress) {
  FOVEA_TRY(const registry::ModelAddress parsed, registry::parse_address(address));
  return cache_.pull(parsed, progress);
}

Result<uint64_t> add_pulled(const std::string& folder, const std::string& address, const PulledModel& pulled) {
  SystemClock clock;
  return registry::add_version(folder, pulled.folder, {address, pulled.revision, format_rfc3339(clock.now())}, clock);
}

}  // namespace fovea::assemble
