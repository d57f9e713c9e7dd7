// ModelServer's other half: what it loads, replaces and lets go.
#include <fmt/format.h>

#include <algorithm>

#include "serve/inference/model_server.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/null_backend.h"

namespace fovea::inference {

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

// Opened, its cost estimated, and from then on what calls of its version are given.
Result<void> ModelServer::load_version(const std::string& name, const FoundVersion& found, bool background) {
  const auto opened = [&]() -> Result<std::shared_ptr<LaneModel>> {
    FOVEA_TRY(auto backend, open(name, found));
    schedule::CostModel cost;
    if (!backend->remote() && found.folder != "null") {
      FOVEA_TRY(cost, Lane::estimate(*backend, clock_));
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
  if (found.folder != "null") lane_for(**opened).learn(**opened);
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

}  // namespace fovea::inference
