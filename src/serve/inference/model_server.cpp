#include "serve/inference/model_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "engine/models/workers.h"
#include "serve/inference/limits.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/null_backend.h"
#include "serve/registry/model_address.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;
using registry::is_name;

class LaneTicket final : public Ticket {
 public:
  LaneTicket(Lane& lane, std::shared_ptr<LaneCall> call) : lane_(lane), call_(std::move(call)) {}
  void cancel() override { lane_.cancel(call_); }

 private:
  Lane& lane_;
  std::shared_ptr<LaneCall> call_;
};

class NoTicket final : public Ticket {
 public:
  void cancel() override {}
};

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
  const Nanos until = clock_.steady() + grace;
  return lane_->drain(until);  // nobody waits for shadows
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

// The kind that is asked for, or the first that takes the place; null: the engine.
const BackendKind* ModelServer::kind_for(const FoundVersion& found) const {
  const auto kind = std::ranges::find_if(options_.backends, [&](const BackendKind& each) {
    return found.kind.empty() ? each.takes(found.folder) : each.name == found.kind;
  });
  return kind == options_.backends.end() ? nullptr : &*kind;
}

Result<std::shared_ptr<const Backend>> ModelServer::open(const std::string& name, const FoundVersion& found) {
  if (found.folder == "null") return std::shared_ptr<const Backend>(make_null_backend(name));
  if (const BackendKind* kind = kind_for(found)) {
    FOVEA_TRY(auto backend, kind->open({found.folder, name, found.version, options_.load, lane_->workers()}));
    return std::shared_ptr<const Backend>(std::move(backend));
  }
  FOVEA_TRY(auto native,
            open_native_backend(found.folder, {.name = name, .version = found.version, .load = options_.load}));
  return std::shared_ptr<const Backend>(std::move(native));
}

// Opened, measured, and from then on what calls of its version are given.
Result<void> ModelServer::load_version(const std::string& name, const FoundVersion& found, bool background) {
  const auto opened = [&]() -> Result<std::shared_ptr<LaneModel>> {
    FOVEA_TRY(auto backend, open(name, found));
    schedule::CostModel cost;
    if (!backend->remote() && found.folder != "null") {
      FOVEA_TRY(cost, Lane::measure(*backend, clock_));
    }
    auto model = (background ? *background_ : *lane_).add(std::move(backend), cost);
    model->background = background;
    return model;
  }();
  if (!opened) {
    note_failed(name, found, opened.error());
    return std::unexpected(opened.error());
  }
  put(name, found, *opened);
  return {};
}

void ModelServer::put(const std::string& name, const FoundVersion& found, std::shared_ptr<LaneModel> model) {
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    Served& served = entry.versions[found.version];
    std::swap(served.model, model);
    served.folder = found.folder;
    served.reason.clear();
    entry.failed.erase(found.version);
  }
  if (model) retire(model);
}

void ModelServer::note_failed(const std::string& name, const FoundVersion& found, const Error& error) {
  const bool again = error.code == Code::kResourceExhausted || error.code == Code::kUnavailable ||
                     error.code == Code::kDeadlineExceeded;
  std::lock_guard lock(mutex_);
  Entry& entry = entries_[name];
  if (const auto serves = entry.versions.find(found.version); serves != entry.versions.end()) {
    serves->second.reason = "it could not be loaded again: " + error.text();
  } else {
    entry.failed[found.version] = {found.folder, error.text(), again};
  }
}

void ModelServer::retire(const std::shared_ptr<LaneModel>& model) {
  lane_for(*model).retire(model);
  if (!cache_) return;
  const std::string digest = model->backend->model().info.digest;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_)
      for (const auto& [version, served] : entry.versions)
        if (served.model->backend->model().info.digest == digest) return;
  }
  cache_->forget(digest);
}

// Or is known not to load.
bool ModelServer::serves_from(const std::string& name, const FoundVersion& found, bool background) const {
  std::lock_guard lock(mutex_);
  const Entry& entry = entries_.find(name)->second;
  const auto serves = entry.versions.find(found.version);
  if (serves != entry.versions.end())
    return serves->second.folder == found.folder && serves->second.model->background == background;
  const auto failed = entry.failed.find(found.version);
  return failed != entry.failed.end() && failed->second.folder == found.folder && !failed->second.again;
}

// Versions that aliases name serve beside the one that serves; one that can't be loaded keeps nothing else from it.
void ModelServer::load_aliases(const std::string& name, const ModelPlace& place, bool changed_only) {
  std::map<std::string, std::string, std::less<>> aliases;
  const auto names = places_.aliases(place);
  for (const std::string& alias : names.value_or(std::vector<std::string>())) {
    const auto found = places_.find(place, alias);
    if (!found) {
      note_failed(name, {alias, ""}, found.error());
      continue;
    }
    aliases[alias] = found->version;
    const bool background = std::ranges::find(place.background, alias) != place.background.end() ||
                            std::ranges::find(place.background, found->version) != place.background.end();
    {
      std::lock_guard lock(mutex_);
      if (entries_[name].active == found->version) continue;
    }
    if (changed_only && serves_from(name, *found, background)) continue;
    (void)load_version(name, *found, background);  // why is kept in `failed`
  }
  std::lock_guard lock(mutex_);
  entries_[name].aliases = std::move(aliases);
}

// What nothing names any more goes.
void ModelServer::let_go(const std::string& name) {
  std::vector<std::shared_ptr<LaneModel>> gone;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    for (auto at = entry.versions.begin(); at != entry.versions.end();) {
      const bool named = at->first == entry.active || entry.asked.contains(at->first) ||
                         std::ranges::any_of(entry.aliases, [&](const auto& each) { return each.second == at->first; });
      if (named) {
        ++at;
      } else {
        gone.push_back(std::move(at->second.model));
        at = entry.versions.erase(at);
      }
    }
  }
  for (const auto& model : gone) retire(model);
}

Result<void> ModelServer::load(std::string_view name, std::string_view version) {
  std::lock_guard one(loading_);
  FOVEA_TRY(const ModelPlace place, place_of(name));
  const std::string key(name);
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    entry.wanted = true;
    if (entry.active.empty()) entry.state = "LOADING", entry.reason.clear();
  }
  const auto done = [&]() -> Result<void> {
    FOVEA_TRY(const FoundVersion found, places_.find(place, version));
    const bool background = std::ranges::find(place.background, version) != place.background.end();
    FOVEA_OK(load_version(key, found, background));
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    if (version.empty() || entry.active.empty()) {
      if (!background) entry.active = found.version;
    } else {
      entry.asked.insert(found.version);
    }
    return {};
  }();
  if (!done) {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    if (entry.active.empty()) {
      entry.state = "UNAVAILABLE", entry.reason = done.error().text();
      return done;
    }
    Served& active = entry.versions[entry.active];  // goes on serving
    if (active.reason.empty()) active.reason = "a load failed: " + done.error().text();
    return done;
  }
  if (!version.empty()) return {};
  load_aliases(key, place, false);
  let_go(key);
  return {};
}

void ModelServer::refresh() {
  std::vector<std::string> names;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_)
      if (entry.wanted) names.push_back(name);
  }
  for (const std::string& name : names) refresh_one(name);
}

void ModelServer::refresh_one(const std::string& name) {
  std::lock_guard one(loading_);
  const auto place = place_of(name);
  if (!place) return;
  const auto found = places_.find(*place, "");
  if (!found) {
    note_failed(name, {"?", ""}, found.error());
    return;
  }
  {
    std::lock_guard lock(mutex_);
    entries_[name].failed.erase("?");
  }
  if (!serves_from(name, *found, false) && !load_version(name, *found, false)) return;  // the one before serves on
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    if (entry.versions.contains(found->version)) entry.active = found->version;
  }
  load_aliases(name, *place, true);
  let_go(name);
}

Result<void> ModelServer::unload(std::string_view name) {
  std::lock_guard one(loading_);
  std::map<std::string, Served> gone;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model");
    Entry& entry = found->second;
    std::swap(entry.versions, gone);
    entry.failed.clear();
    entry.aliases.clear();
    entry.asked.clear();
    entry.active.clear();
    entry.state = "UNAVAILABLE";
    entry.reason = "unloaded";
    entry.wanted = false;
  }
  for (const auto& [version, served] : gone) retire(served.model);
  return {};
}

Result<std::shared_ptr<LaneModel>> ModelServer::find(std::string_view name, std::string_view version) const {
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
  if (const auto served = entry.versions.find(wanted); served != entry.versions.end()) return served->second.model;
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
  running->model = std::move(*found);
  const Nanos begun = clock_.steady();
  auto items = read_inputs(*running->model->backend, call);
  if (!items) return refuse(done, std::move(items.error()), false);
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
  FOVEA_TRY(auto found, find(name, version));
  return std::shared_ptr<const Model>(found, &found->backend->model());
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
  FOVEA_TRY(auto found, find(name, version));
  Statistics out = (found->background ? *background_ : *lane_).statistics(*found);
  out.requests += found->cached_calls;
  out.cache_hits += found->cache_hits;
  out.cache_misses += found->cache_misses;
  return out;
}

bool ModelServer::ready() const {
  if (draining_) return false;
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(entries_,
                             [](const auto& each) { return !each.second.active.empty() || !each.second.wanted; });
}

}  // namespace fovea::inference
