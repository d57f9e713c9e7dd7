#include "door/cli/models_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/progress.h"
#include "door/assemble/model_puller.h"
#include "door/cli/output.h"
#include "serve/registry/limits.h"
#include "serve/registry/model_folder.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> model_folder(const ModelsRegistryOptions& options) {
  if (!registry::is_name(options.name))
    return fail(Code::kInvalidArgument, fmt::format("'{}' is no name for a model", options.name), "NAME",
                "letters, digits, '.', '_', '-'; the first a letter or a digit");
  return options.models_dir + "/" + options.name;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->is_directory(error) && registry::is_name(at->path().filename().string()))
      names.push_back(at->path().filename().string());
  if (error)
    return fail(Code::kNotFound, "cannot be listed: " + error.message(), folder, "--models names a folder of models");
  std::ranges::sort(names);
  return names;
}

JsonObject json_of(const std::string& name, const registry::ModelVersions& versions) {
  JsonArray numbers;
  for (const uint64_t number : versions.numbers) {
    JsonObject one{{"version", number}};
    if (const auto origin = versions.origins.find(number); origin != versions.origins.end()) {
      one["address"] = origin->second.address;
      one["revision"] = origin->second.revision;
      one["pulled"] = origin->second.pulled;
    }
    numbers.push_back(std::move(one));
  }
  JsonObject aliases;
  for (const auto& [alias, to] : versions.aliases) aliases[alias] = to.version;
  return {{"name", name}, {"versions", std::move(numbers)}, {"aliases", std::move(aliases)}};
}

void say_model(const std::string& name, const registry::ModelVersions& versions) {
  if (versions.numbers.empty()) return say(fmt::format("{}  one version, without a number", name));
  say(name);
  for (const uint64_t number : versions.numbers) {
    std::string aliases, from;
    for (const auto& [alias, to] : versions.aliases)
      if (to.version == number) aliases += " " + alias;
    if (const auto origin = versions.origins.find(number); origin != versions.origins.end())
      from =
          fmt::format("{} {} {}", origin->second.address, origin->second.revision.substr(0, 12), origin->second.pulled);
    say(fmt::format("  {:>4} {:<20} {}", number, aliases, from));
  }
}

Result<assemble::PulledModel> pull(const ModelsRegistryOptions& options) {
  const SystemClock clock;
  Progress progress("pulling " + options.address, clock);
  assemble::ModelPuller puller(options.cache);
  FOVEA_TRY(auto pulled, puller.pull(options.address, [&](const registry::PullProgress& so_far) {
    const double all = static_cast<double>(std::max<uint64_t>(so_far.bytes_total, 1));
    progress.update(std::min(1.0, static_cast<double>(so_far.bytes) / all), so_far.file);
    return true;
  }));
  progress.done(fmt::format("{:.1f} MB fetched", static_cast<double>(pulled.bytes_fetched) / 1e6));
  return pulled;
}

Result<JsonObject> pull_into(const ModelsRegistryOptions& options) {
  if (options.name.empty() && !options.models_dir.empty())
    return fail(Code::kInvalidArgument, "the model needs a name there", "--name", "write --name intents");
  if (options.models_dir.empty() && !(options.name.empty() && options.alias.empty()))
    return fail(Code::kInvalidArgument, "into which folder of models?", "--models", "write --models ./models");
  FOVEA_TRY(const assemble::PulledModel pulled, pull(options));
  if (pulled.stale) say("the registry could not be asked, this is what it last said: " + pulled.why);
  JsonObject out{{"address", options.address},
                 {"revision", pulled.revision},
                 {"folder", pulled.folder},
                 {"bytes", pulled.bytes_fetched},
                 {"stale", pulled.stale}};
  say(fmt::format("{} is {} in {}", options.address, pulled.revision, pulled.folder));
  if (options.models_dir.empty()) return out;
  FOVEA_TRY(const std::string folder, model_folder(options));
  FOVEA_TRY(const uint64_t version, assemble::add_pulled(folder, options.address, pulled));
  out["name"] = options.name;
  out["version"] = version;
  out["folder"] = folder + "/" + std::to_string(version);
  say(fmt::format("{} has version {} now", options.name, version));
  if (options.alias.empty()) return out;
  SystemClock clock;
  FOVEA_OK(registry::set_alias(folder, options.alias, version, clock));
  say(fmt::format("{} means version {} now", options.alias, version));
  out["alias"] = options.alias;
  return out;
}

}  // namespace

int run_models_list(const ModelsRegistryOptions& options) {
  const auto listed = [&]() -> Result<JsonObject> {
    FOVEA_TRY(const auto names, names_in(options.models_dir));
    JsonArray models;
    for (const std::string& name : names) {
      FOVEA_TRY(const auto versions, registry::read_versions(options.models_dir + "/" + name));
      say_model(name, versions);
      models.push_back(json_of(name, versions));
    }
    if (names.empty())
      say(options.models_dir + " has no model yet: fovea models pull ADDRESS --models DIR --name NAME");
    return JsonObject{{"models", std::move(models)}};
  };
  return answer_or_report(listed(), options.json);
}

int run_models_pull(const ModelsRegistryOptions& options) {
  return answer_or_report(pull_into(options), options.json);
}

int run_models_alias(const ModelsRegistryOptions& options) {
  const auto set = [&]() -> Result<JsonObject> {
    FOVEA_TRY(const std::string folder, model_folder(options));
    SystemClock clock;
    FOVEA_OK(registry::set_alias(folder, options.alias, options.version, clock));
    say(fmt::format("{} of {} means version {} now", options.alias, options.name, options.version));
    return JsonObject{{"name", options.name}, {"alias", options.alias}, {"version", options.version}};
  };
  return answer_or_report(set(), options.json);
}

int run_models_rollback(const ModelsRegistryOptions& options) {
  const auto back = [&]() -> Result<JsonObject> {
    FOVEA_TRY(const std::string folder, model_folder(options));
    SystemClock clock;
    FOVEA_TRY(const uint64_t version, registry::roll_back(folder, options.alias, clock));
    say(fmt::format("{} of {} means version {} again", options.alias, options.name, version));
    return JsonObject{{"name", options.name}, {"alias", options.alias}, {"version", version}};
  };
  return answer_or_report(back(), options.json);
}

namespace {

using Run = int (*)(const ModelsRegistryOptions& options);

CLI::App* add_one(CLI::App& models, std::function<int()>& chosen, const char* name, const char* about,
                  const std::shared_ptr<ModelsRegistryOptions>& options, Run run) {
  CLI::App* one = models.add_subcommand(name, about);
  one->add_flag("--json", options->json, "Print one JSON object as the last line of standard output");
  one->callback([options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
  return one;
}

}  // namespace

void add_models_registry(CLI::App& models, std::function<int()>& chosen) {
  constexpr const char* kModels = "The folder of models: DIR/NAME/1, DIR/NAME/2, ...";
  {
    const auto options = std::make_shared<ModelsRegistryOptions>();
    CLI::App* list =
        add_one(models, chosen, "list", "Models of a folder, their versions and aliases", options, run_models_list);
    list->add_option("--models", options->models_dir, kModels)->required();
  }
  {
    const auto options = std::make_shared<ModelsRegistryOptions>();
    CLI::App* pull = add_one(models, chosen, "pull",
                             "Fetch a model of a registry, and make it the next version of a model in a folder",
                             options, run_models_pull);
    pull->add_option("address", options->address,
                     "hf://ORG/NAME[@REVISION], mlflow://MODEL@ALIAS, mlflow://MODEL/VERSION or s3://BUCKET/PREFIX")
        ->required();
    pull->add_option("--models", options->models_dir, kModels);
    pull->add_option("--name", options->name, "Of the model there");
    pull->add_option("--alias", options->alias, "That is to mean this version (candidate, prod)");
    pull->add_option("--model-cache", options->cache,
                     "Where what is fetched is kept (default: FOVEA_CACHE, or the "
                     "user's cache folder)");
  }
  {
    const auto options = std::make_shared<ModelsRegistryOptions>();
    CLI::App* alias = add_one(models, chosen, "alias", "Have an alias mean a version", options, run_models_alias);
    alias->add_option("name", options->name, "The model")->required();
    alias->add_option("alias", options->alias, "prod (what calls mean that name no version), candidate, ...")
        ->required();
    alias->add_option("version", options->version, "Its number")->required()->check(CLI::PositiveNumber);
    alias->add_option("--models", options->models_dir, kModels)->required();
  }
  {
    const auto options = std::make_shared<ModelsRegistryOptions>();
    options->alias = "prod";
    CLI::App* back =
        add_one(models, chosen, "rollback", "Have an alias mean what it meant before", options, run_models_rollback);
    back->add_option("name", options->name, "The model")->required();
    back->add_option("alias", options->alias, "The alias")->capture_default_str();
    back->add_option("--models", options->models_dir, kModels)->required();
  }
}

}  // namespace fovea::cli
