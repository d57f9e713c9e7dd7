#include "door/cli/models_cache.h"

#include <fmt/format.h>

#include <memory>

#include "base/clock.h"
#include "base/time_text.h"
#include "door/assemble/model_puller.h"
#include "door/cli/output.h"
#include "serve/registry/cache_upkeep.h"

namespace fovea::cli {
namespace {

using registry::CachedModel;

std::string megabytes(uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

JsonArray json_of(const std::vector<CachedModel>& models) {
  JsonArray out;
  for (const CachedModel& each : models)
    out.push_back(JsonObject{{"address", each.address.empty() ? Json(nullptr) : Json(each.address)},
                             {"revision", each.revision},
                             {"folder", each.folder},
                             {"bytes", each.bytes},
                             {"asked", format_rfc3339(each.asked)}});
  return out;
}

void say_models(const std::vector<CachedModel>& models) {
  for (const CachedModel& each : models)
    say(fmt::format("{:<44} {:<12} {:>11}  {}", each.address.empty() ? "(replaced by a newer one)" : each.address,
                    each.revision.substr(0, 12), megabytes(each.bytes),
                    format_rfc3339({each.asked.ns / 1'000'000'000 * 1'000'000'000})));
}

Result<JsonObject> list(const ModelsCacheOptions& options) {
  const std::string folder = assemble::model_cache_folder(options.cache);
  FOVEA_TRY(const auto models, registry::cached_models(folder));
  uint64_t bytes = 0;
  for (const CachedModel& each : models) bytes += each.bytes;
  say_models(models);
  say(models.empty() ? "nothing was pulled into " + folder
                     : fmt::format("{} models, {} in {}", models.size(), megabytes(bytes), folder));
  return JsonObject{{"folder", folder}, {"models", json_of(models)}, {"bytes", bytes}};
}

Result<JsonObject> prune(const ModelsCacheOptions& options) {
  const std::string folder = assemble::model_cache_folder(options.cache);
  registry::PruneWishes wishes{options.addresses, {}, options.dry_run};
  if (!options.unused_for.empty()) {
    FOVEA_TRY(const Nanos age, parse_duration(options.unused_for));
    if (age < Nanos(0)) return fail(Code::kOutOfRange, "is less than nothing", "--unused-for");
    wishes.unused_for = age;
  }
  SystemClock clock;
  FOVEA_TRY(const registry::Pruned pruned, registry::prune_cache(folder, wishes, clock));
  say_models(pruned.models);
  say(fmt::format("{} models of {} {}, {}", pruned.models.size(), folder, options.dry_run ? "would go" : "are gone",
                  megabytes(pruned.bytes)));
  return JsonObject{
      {"folder", folder}, {"models", json_of(pruned.models)}, {"bytes", pruned.bytes}, {"dry_run", options.dry_run}};
}

}  // namespace

int run_models_cache(const ModelsCacheOptions& options) {
  return answer_or_report(list(options), options.json);
}

int run_models_prune(const ModelsCacheOptions& options) {
  return answer_or_report(prune(options), options.json);
}

void add_models_cache(CLI::App& models, std::function<int()>& chosen) {
  const auto add = [&](const char* name, const char* about, int (*run)(const ModelsCacheOptions&)) {
    const auto options = std::make_shared<ModelsCacheOptions>();
    CLI::App* one = models.add_subcommand(name, about);
    one->add_option("--model-cache", options->cache,
                    "Where what is fetched is kept (default: FOVEA_CACHE, or the user's cache folder)");
    one->add_flag("--json", options->json, "Print one JSON object as the last line of standard output");
    one->callback([options, run, &chosen] { chosen = [options, run] { return run(*options); }; });
    return std::pair(one, options);
  };
  add("cache", "What was pulled from registries and is kept: address, revision, size, when it was last asked for",
      run_models_cache);
  const auto [prune, options] = add(
      "prune", "Take out of the cache what was replaced, and on request more; what is open goes on", run_models_prune);
  prune->add_option("--address", options->addresses, "This one, too; may be given again");
  prune->add_option("--unused-for", options->unused_for, "Those not asked for in this time, too (30d)");
  prune->add_flag("--dry-run", options->dry_run, "Only say what would go");
}

}  // namespace fovea::cli
