// `fovea models cache | prune`: what was pulled from registries and is kept (serve/registry/cache_upkeep.h).
// With --json the last line of standard output is: cache: {"folder","models":[{"address" (null: replaced),"revision",
// "folder","bytes","asked"}],"bytes"}; prune: {"folder","models":[as there],"bytes" (that came free),"dry_run"}.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace fovea::cli {

struct ModelsCacheOptions {
  std::string cache, unused_for;
  std::vector<std::string> addresses;
  bool dry_run = false, json = false;
};

int run_models_cache(const ModelsCacheOptions& options);
int run_models_prune(const ModelsCacheOptions& options);

void add_models_cache(CLI::App& models, std::function<int()>& chosen);

}  // namespace fovea::cli
