#include "serve/inference/model_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "engine/models/workers.h"
#include "serve/inference/all_rows.h"
#include "serve/inference/lane_ticket.h"
#include "serve/inference/limits.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/no_ticket.h"
#include "serve/inference/null_backend.h"
#include "serve/registry/model_address.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;
using registry::is_name;

std::unique_ptr<Ticket> refuse(const Done& done, Error error, bool retry_helps) {
  done(std::unexpected(Failure{std::move(error), Nanos(0), retry_helps}));
  return std::make_unique<NoTicket>();
}

std::vector<std::string> names_of(const std::vector<BackendKind>& kinds) {
  std::vector<std::string> out;
  for (const BackendKind& each : kinds) out.push_back(each.name);
  return out;
}

// Every input of a call, read; `where` counts them.
Result<std::vector<Item>> read_inputs(const Backend& backend, Call& call) {
  std::vector<Item> items;
  const auto take = [&](auto& inputs, auto read) -> Result<void> {
    if (inputs.size() > kInputsMax)
      return fail(Code::kInvalidArgument,
                  fmt::format("{} inputs, at most {} are taken at once", inputs.size(), kInputsMax), "inputs",
                  "send several requests");
    items.reserve(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      FOVEA_TRY(Item item, read(inputs[i], fmt::format("inputs[{}]", i)));
      items.push_back(std::move(item));
    }
    return {};
  };
  if (auto* texts = std::get_if<std::vector<Text>>(&call.inputs)) {
    FOVEA_OK(
        take(*texts, [&](const Text& text, const std::string& where) { return backend.read(text, call.cut, where); }));
  } else if (auto* ids = std::get_if<std::vector<Ids>>(&call.inputs)) {
    FOVEA_OK(take(*ids, [&](Ids& each, const std::string& where) { return backend.read(std::move(each), where); }));
  } else {
    FOVEA_TRY(Item item, backend.read(std::get<Feed>(std::move(call.inputs)), "inputs"));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Statistics& Statistics::operator+=(const Statistics& other) {
  requests += other.requests, failures += other.failures, refused += other.refused, cancelled += other.cancelled;
  groups += other.groups, inferences += other.inferences;
  waited += other.waited, tokenized += other.tokenized, computed += other.computed;
  last_ms = std::max(last_ms, other.last_ms);
  cache_hits += other.cache_hits, cache_misses += other.cache_misses;
  return *this;
}

std::string_view task_name(Task task) {
  switch (task) {
    case Task::kEmbedding:
      return "embedding";
    case Task::kClassification:
      return "classification";
    case Task::kTokenClassification:
      return "token-classification";
    case Task::kScore:
      return "score";
    case Task::kTensors:
      return "tensors";
  }
  return "";
}

ModelServer::ModelServer(ModelServerOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), places_(options_.pull, names_of(options_.backends)) {
  schedule::SchedulerOptions schedule = options_.schedule;
  if (schedule.workers <= 0) schedule.workers = models::processors();
  lane_ = std::make_unique<Lane>(schedule, clock_);
  schedule.workers = 1;
  const bool shadows =
      std::ranges::any_of(options_.models, [](const ModelPlace& each) { return !each.background.empty(); });
  if (shadows) background_ = std::make_unique<Lane>(schedule, clock_, true);
  if (options_.cache_bytes > 0) cache_ = std::make_unique<CachedLane>(options_.cache_bytes);
}

ModelServer::~ModelServer() {
  draining_ = true;
  background_.reset();  // their calls end in the cache
  lane_.reset();
}

Result<std::unique_ptr<ModelServer>> ModelServer::create(ModelServerOptions options, const Clock& clock) {
  std::unique_ptr<ModelServer> made(new ModelServer(std::move(options), clock));
  for (const ModelPlace& place : made->options_.models) {
    if (!is_name(place.name))
      return fail(Code::kInvalidArgument, fmt::format("'{}' is no name for a model", place.name), "--model",
                  "letters, digits, '.', '_', '-'; the first a letter or a digit");
    if (!made->entries_.try_emplace(place.name, Entry{place}).second)
      return fail(Code::kInvalidArgument, fmt::format("'{}' is given twice", place.name), "--model");
  }
  if (made->options_.models_dir.empty()) return made;
  std::error_code error;
  for (fs::directory_iterator at(made->options_.models_dir, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (at->is_directory(error) && is_name(name))
      made->entries_.try_emplace(name, Entry{ModelPlace{name, at->path().string()}});
  }
  if (error)
    return fail(Code::kNotFound, "cannot be listed: " + error.message(), made->options_.models_dir,
                "--models names a folder of models");
  return made;
}

Result<void> ModelServer::load_all() {
  std::vector<std::string> names;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) names.push_back(name);
  }
  for (const std::string& name : names) FOVEA_OK(load(name));
  return {};
}

bool ModelServer::drain(Nanos grace) {
  draining_ = true;
  return lane_->drain(clock_.steady() + grace);  // nobody waits for shadows
}

void ModelServer::end_shadows() {
  draining_ = true;
  if (background_) background_->stop();
}

// Of a known name, or of one that has come into the models' folder since.
Result<ModelPlace> ModelServer::place_of(std::string_view name) {
  std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(name); found != entries_.end()) return found->second.place;
  const std::string folder =
      options_.models_dir.empty() || !is_name(name) ? "" : options_.models_dir + "/" + std::string(name);
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder, error))
    return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model",
                "GET /v1/models lists those that are there");
  return entries_.try_emplace(std::string(name), Entry{ModelPlace{std::string(name), folder}}).first->second.place;
}

Result<ModelServer::Serving> ModelServer::find(std::string_view name, std::string_view version) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model",
                "GET /v1/models lists those that are there");
  const Entry& entry = found->second;
  if (entry.active.empty())
    return fail(Code::kUnavailable, fmt::format("model '{}' does not serve: {}", name, entry.reason), "model");
  const auto alias = entry.aliases.find(version);
  const std::string& wanted = version.empty()                ? entry.active
                              : alias != entry.aliases.end() ? alias->second
                                                             : std::string(version);
  if (const auto served = entry.versions.find(wanted); served != entry.versions.end()) return Serving(served->second);
  if (const auto failed = entry.failed.find(wanted); failed != entry.failed.end())
    return fail(Code::kUnavailable, fmt::format("version {} could not be loaded: {}", wanted, failed->second.reason),
                "version");
  std::string serving;
  for (const auto& [each, served] : entry.versions) serving += (serving.empty() ? "" : ", ") + each;
  return fail(Code::kNotFound, fmt::format("model '{}' has no version '{}'", name, version), "version",
              fmt::format("version {} serves", serving));
}

std::unique_ptr<Ticket> ModelServer::submit(Call call, Done done) {
  if (draining_) return refuse(done, {Code::kUnavailable, "the server stops", "", "try another one"}, true);
  auto found = find(call.model, call.version);
  if (!found) return refuse(done, std::move(found.error()), false);
  auto running = std::make_shared<LaneCall>();
  running->model = call.background && found->background ? found->background : found->model();
  const Nanos begun = clock_.steady();
  auto items = read_inputs(*running->model->backend, call);
  if (!items) return refuse(done, std::move(items.error()), false);
  if (call.all_rows) {
    const auto wanted = want_all_rows(running->model->backend->model().info, *items);
    if (!wanted) return refuse(done, wanted.error(), false);
  }
  running->items = std::move(*items);
  running->tokenized = clock_.steady() - begun;
  running->deadline = call.deadline.count() > 0 ? call.deadline : begun + options_.deadline;
  running->tenant = std::move(call.tenant);
  running->region = std::move(call.region);
  running->priority = call.priority;
  running->done = std::move(done);
  Lane& lane = lane_for(*running->model);
  if (cache_ && !running->model->background) return cache_->submit(lane, std::move(running));
  lane.submit(running);
  return std::make_unique<LaneTicket>(lane, std::move(running));
}

Result<std::shared_ptr<const Model>> ModelServer::model(std::string_view name, std::string_view version) const {
  FOVEA_TRY(const Serving found, find(name, version));
  return std::shared_ptr<const Model>(found.model(), &found.model()->backend->model());
}

std::vector<ModelState> ModelServer::models() const {
  std::vector<ModelState> states;
  std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (entry.versions.empty() && entry.failed.empty()) states.push_back({name, "1", entry.state, entry.reason});
    for (const auto& [version, served] : entry.versions) states.push_back({name, version, "READY", served.reason});
    for (const auto& [version, failed] : entry.failed) states.push_back({name, version, "UNAVAILABLE", failed.reason});
  }
  return states;
}

Result<Statistics> ModelServer::statistics(std::string_view name, std::string_view version) const {
  FOVEA_TRY(const Serving found, find(name, version));
  Statistics out;
  if (found.main) {
    out = lane_->statistics(*found.main);
    out.requests += found.main->cached_calls;
    out.cache_hits += found.main->cache_hits;
    out.cache_misses += found.main->cache_misses;
  }
  if (found.background) out += background_->statistics(*found.background);
  return out;
}

bool ModelServer::ready() const {
  if (draining_) return false;
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(entries_,
                             [](const auto& each) { return !each.second.active.empty() || !each.second.wanted; });
}

}  // namespace fovea::inference
