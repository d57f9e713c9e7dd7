// ModelServer's other half: what it loads, replaces and lets go.
#include <fmt/format.h>

#include <algorithm>

#include "serve/inference/detachable_backend.h"
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

// One backend, in as many lanes as it has roles. What is behind all others may hang and hold up nobody.
Result<ModelServer::Served> ModelServer::open_in(const std::string& name, const FoundVersion& found, Lanes lanes) {
  FOVEA_TRY(auto backend, open(name, found));
  auto behind = backend;
  if (lanes.background && !backend->remote())
    behind = std::make_shared<DetachableBackend>(backend, left_behind_, draining_);
  schedule::CostModel cost;
  if (!backend->remote() && found.folder != "null") {
    FOVEA_TRY(cost, Lane::estimate(*behind, clock_));
  }
  Served served;
  served.folder = found.folder;
  if (lanes.background) {
    served.background = background_->add(std::move(behind), cost);
    served.background->background = true;
  }
  if (lanes.main) served.main = lane_->add(std::move(backend), cost);
  return served;
}

// Opened, its cost estimated, and from then on what calls of its version are given.
Result<void> ModelServer::load_version(const std::string& name, const FoundVersion& found, Lanes lanes) {
  const auto opened = open_in(name, found, lanes);
  if (!opened) {
    note_failed(name, found, opened.error());
    return std::unexpected(opened.error());
  }
  put(name, found, *opened);
  if (opened->main && found.folder != "null") lane_->learn(*opened->main);
  return {};
}

void ModelServer::put(const std::string& name, const FoundVersion& found, Served served) {
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    std::swap(entry.versions[found.version], served);
    entry.failed.erase(found.version);
  }
  retire(served);
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

void ModelServer::retire(const Served& served) {
  if (served.main) lane_->retire(served.main);
  if (served.background) background_->retire(served.background);
  if (!cache_ || !served.main) return;
  const std::string digest = served.main->backend->model().info.digest;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_)
      for (const auto& [version, other] : entry.versions)
        if (other.model()->backend->model().info.digest == digest) return;
  }
  cache_->forget(digest);
}

// Or is known not to load.
bool ModelServer::serves_from(const std::string& name, const FoundVersion& found, Lanes lanes) const {
  std::lock_guard lock(mutex_);
  const Entry& entry = entries_.find(name)->second;
  const auto serves = entry.versions.find(found.version);
  if (serves != entry.versions.end())
    return serves->second.folder == found.folder && (serves->second.main || !lanes.main) &&
           (serves->second.background || !lanes.background);
  const auto failed = entry.failed.find(found.version);
  return failed != entry.failed.end() && failed->second.folder == found.folder && !failed->second.again;
}

// Versions that aliases name serve beside the one that serves; one that can't be loaded keeps nothing else from it.
void ModelServer::load_aliases(const std::string& name, const ModelPlace& place, bool changed_only) {
  Aliases aliases;
  std::map<std::string, FoundVersion> versions;
  auto names = places_.aliases(place).value_or(std::vector<std::string>());
  names.insert(names.end(), place.background.begin(), place.background.end());
  names.insert(names.end(), place.canaries.begin(), place.canaries.end());
  for (const std::string& alias : names) {
    if (aliases.contains(alias)) continue;
    const auto found = places_.find(place, alias);
    if (!found) {
      note_failed(name, {alias, ""}, found.error());
      continue;
    }
    aliases[alias] = found->version;
    versions.try_emplace(found->version, *found);
  }
  std::string active;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    active = entry.active;
    for (const auto& [alias, version] : aliases)
      if (alias != version) entry.failed.erase(alias);  // it could not be found once
  }
  for (const auto& [version, found] : versions) {
    if (version == active) continue;
    const Lanes lanes = lanes_of(place, aliases, version);
    if (changed_only && serves_from(name, found, lanes)) continue;
    (void)load_version(name, found, lanes);  // why is kept in `failed`
  }
  std::lock_guard lock(mutex_);
  entries_[name].aliases = std::move(aliases);
}

// By its number and by every alias that means it.
ModelServer::Lanes ModelServer::lanes_of(const ModelPlace& place, const Aliases& aliases, const std::string& version) {
  const auto means = [&](const std::string& each) {
    const auto alias = aliases.find(each);
    return each == version || (alias != aliases.end() && alias->second == version);
  };
  const bool background = std::ranges::any_of(place.background, means);
  return {.main = !background || std::ranges::any_of(place.canaries, means), .background = background};
}

// What nothing names any more goes.
void ModelServer::let_go(const std::string& name) {
  std::vector<Served> gone;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    for (auto at = entry.versions.begin(); at != entry.versions.end();) {
      const bool named = at->first == entry.active || entry.asked.contains(at->first) ||
                         std::ranges::any_of(entry.aliases, [&](const auto& each) { return each.second == at->first; });
      if (named) {
        ++at;
      } else {
        gone.push_back(std::move(at->second));
        at = entry.versions.erase(at);
      }
    }
  }
  for (const Served& served : gone) retire(served);
}

Result<void> ModelServer::load(std::string_view name, std::string_view version) {
  std::lock_guard one(loading_);
  FOVEA_TRY(const ModelPlace place, place_of(name));
  const std::string key(name);
  Aliases aliases;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    entry.wanted = true;
    if (entry.active.empty()) entry.state = "LOADING", entry.reason.clear();
    aliases = entry.aliases;
  }
  const auto done = [&]() -> Result<void> {
    FOVEA_TRY(const FoundVersion found, places_.find(place, version));
    const Lanes lanes = version.empty() ? Lanes{} : lanes_of(place, aliases, found.version);
    FOVEA_OK(load_version(key, found, lanes));
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    if (version.empty() || entry.active.empty()) {
      if (lanes.main) entry.active = found.version;
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
  if (!serves_from(name, *found, {}) && !load_version(name, *found, {})) return;  // the one before serves on
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
  for (const auto& [version, served] : gone) retire(served);
  return {};
}

}  // namespace fovea::inference
