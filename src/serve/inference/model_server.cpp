#include "serve/inference/model_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "engine/models/workers.h"
#include "serve/inference/limits.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/null_backend.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kModelNameBytesMax && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; });
}

std::optional<uint64_t> number_of(std::string_view name) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size() || value == 0) return std::nullopt;
  return value;
}

// Of NAME/1, NAME/2, ...: the highest; a folder without numbered ones is version 1 itself.
std::pair<std::string, std::string> newest_version(const std::string& folder) {
  uint64_t best = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_directory(error)) continue;
    if (const auto number = number_of(at->path().filename().string())) best = std::max(best, *number);
  }
  if (best == 0) return {folder, "1"};
  return {(fs::path(folder) / std::to_string(best)).string(), std::to_string(best)};
}

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

ModelServer::ModelServer(ModelServerOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
  schedule::SchedulerOptions schedule = options_.schedule;
  if (schedule.workers <= 0) schedule.workers = models::processors();
  lane_ = std::make_unique<Lane>(schedule, clock_);
}

ModelServer::~ModelServer() = default;

Result<std::unique_ptr<ModelServer>> ModelServer::create(ModelServerOptions options, const Clock& clock) {
  std::unique_ptr<ModelServer> made(new ModelServer(std::move(options), clock));
  for (const ModelPlace& place : made->options_.models) {
    if (!is_name(place.name))
      return fail(Code::kInvalidArgument, fmt::format("'{}' is no name for a model", place.name), "--model",
                  "letters, digits, '.', '_', '-'; the first a letter or a digit");
    if (!made->entries_.try_emplace(place.name, Entry{place.folder, nullptr}).second)
      return fail(Code::kInvalidArgument, fmt::format("'{}' is given twice", place.name), "--model");
  }
  if (made->options_.models_dir.empty()) return made;
  std::error_code error;
  for (fs::directory_iterator at(made->options_.models_dir, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (at->is_directory(error) && is_name(name)) made->entries_.try_emplace(name, Entry{at->path().string(), nullptr});
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
  return lane_->drain(clock_.steady() + grace);
}

void ModelServer::set_state(const std::string& name, std::string state, std::string reason) {
  std::lock_guard lock(mutex_);
  Entry& entry = entries_[name];
  entry.state = std::move(state);
  entry.reason = std::move(reason);
}

// Of a known name, or of one that has come into the models' folder since.
Result<std::string> ModelServer::folder_of(std::string_view name) {
  std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(name); found != entries_.end()) return found->second.folder;
  const std::string folder =
      options_.models_dir.empty() || !is_name(name) ? "" : options_.models_dir + "/" + std::string(name);
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder, error))
    return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model",
                "GET /v1/models lists those that are there");
  entries_.try_emplace(std::string(name), Entry{folder, nullptr});
  return folder;
}

// The kind that `place` begins with, which is taken off it.
const BackendKind* ModelServer::kind_of(std::string_view& place) const {
  for (const BackendKind& each : options_.backends) {
    if (!place.starts_with(each.name + ":")) continue;
    place.remove_prefix(each.name.size() + 1);
    return &each;
  }
  return nullptr;
}

const BackendKind* ModelServer::kind_that_takes(const std::string& place) const {
  const auto found =
      std::ranges::find_if(options_.backends, [&](const BackendKind& each) { return each.takes(place); });
  return found == options_.backends.end() ? nullptr : &*found;
}

Result<std::shared_ptr<LaneModel>> ModelServer::open(const std::string& name, const std::string& folder) {
  std::shared_ptr<const Backend> backend;
  if (folder == "null") {
    backend = make_null_backend(name);
    return lane_->add(std::move(backend), {});
  }
  std::string_view at = folder;
  const BackendKind* kind = kind_of(at);
  const auto [place, version] = newest_version(std::string(at));
  if (!kind) kind = kind_that_takes(place);
  if (kind) {
    FOVEA_TRY(backend, kind->open({place, name, version, options_.load, lane_->workers()}));
  } else {
    FOVEA_TRY(backend, open_native_backend(place, {.name = name, .version = version, .load = options_.load}));
  }
  if (backend->remote()) return lane_->add(std::move(backend), {});  // what it costs is not ours to measure
  FOVEA_TRY(const schedule::CostModel cost, Lane::measure(*backend, clock_));
  return lane_->add(std::move(backend), cost);
}

Result<void> ModelServer::load(std::string_view name) {
  std::lock_guard one(loading_);
  FOVEA_TRY(const std::string folder, folder_of(name));
  const std::string key(name);
  bool serves = false;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    entry.wanted = true;
    serves = entry.active != nullptr;
    if (!serves) entry.state = "LOADING", entry.reason.clear();
  }
  auto opened = open(key, folder);
  if (!opened) {
    if (!serves) set_state(key, "UNAVAILABLE", opened.error().text());
    return std::unexpected(opened.error());
  }
  std::shared_ptr<LaneModel> before = *opened;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    std::swap(entry.active, before);
    entry.state = "READY";
    entry.reason.clear();
  }
  if (before) lane_->retire(before);
  return {};
}

Result<void> ModelServer::unload(std::string_view name) {
  std::lock_guard one(loading_);
  std::shared_ptr<LaneModel> before;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model");
    std::swap(found->second.active, before);
    found->second.state = "UNAVAILABLE";
    found->second.reason = "unloaded";
    found->second.wanted = false;
  }
  if (before) lane_->retire(before);
  return {};
}

Result<std::shared_ptr<LaneModel>> ModelServer::find(std::string_view name, std::string_view version) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model",
                "GET /v1/models lists those that are there");
  const auto& active = found->second.active;
  if (!active)
    return fail(Code::kUnavailable, fmt::format("model '{}' does not serve: {}", name, found->second.reason), "model");
  if (!version.empty() && version != active->backend->model().info.version)
    return fail(Code::kNotFound, fmt::format("model '{}' has no version '{}'", name, version), "version",
                "version " + active->backend->model().info.version + " serves");
  return active;
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
  lane_->submit(running);
  return std::make_unique<LaneTicket>(*lane_, std::move(running));
}

Result<std::shared_ptr<const Model>> ModelServer::model(std::string_view name, std::string_view version) const {
  FOVEA_TRY(auto found, find(name, version));
  return std::shared_ptr<const Model>(found, &found->backend->model());
}

std::vector<ModelState> ModelServer::models() const {
  std::vector<ModelState> states;
  std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_)
    states.push_back(
        {name, entry.active ? entry.active->backend->model().info.version : "1", entry.state, entry.reason});
  return states;
}

Result<Statistics> ModelServer::statistics(std::string_view name, std::string_view version) const {
  FOVEA_TRY(auto found, find(name, version));
  return lane_->statistics(*found);
}

bool ModelServer::ready() const {
  if (draining_) return false;
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(entries_, [](const auto& each) { return each.second.active || !each.second.wanted; });
}

}  // namespace fovea::inference
