// `fovea models list | pull | alias | rollback`: versions and aliases in a folder of models (serve/registry).
// With --json the last line of standard output is: list: {"models":[{"name","versions":[{"version","address",
// "revision","pulled"}],"aliases":{ALIAS: VERSION}}]}; pull: {"address","revision","folder","bytes","stale"} and, into
// a folder of models, {"name","version"}; alias and rollback: {"name","alias","version"}.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace fovea::cli {

struct ModelsRegistryOptions {
  std::string models_dir, name, alias, address, cache;
  uint64_t version = 0;
  bool json = false;
};

int run_models_list(const ModelsRegistryOptions& options);
int run_models_pull(const ModelsRegistryOptions& options);
int run_models_alias(const ModelsRegistryOptions& options);
int run_models_rollback(const ModelsRegistryOptions& options);

void add_models_registry(CLI::App& models, std::function<int()>& chosen);

}  // namespace fovea::cli
