#include "door/cli/kept_state.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/time_text.h"
#include "door/assemble/state_dir.h"
#include "door/cli/output.h"

namespace fovea::cli {
namespace {
namespace fs = std::filesystem;
constexpr size_t kOpeningBytes = 240;
}  // namespace

std::string StateOptions::dir() const {
  return assemble::state_dir(state, flow);
}

std::string StateOptions::options() const {
  return dir() == assemble::state_dir("", "") ? "" : " --state " + shell_word(dir());
}

std::string StateOptions::flow_or_guess() const {
  if (!flow.empty()) return shell_word(flow);
  fs::path beside = fs::path(dir()).parent_path() / "flow.yaml";
  std::error_code error;
  return fs::exists(beside, error) ? shell_word(beside.string()) : "FLOW";
}

Result<std::unique_ptr<store::Store>> open_kept(const StateOptions& options) {
  return store::Store::create({options.dir(), true, "", ""});
}

Result<store::Found> find_decision(store::Store& store, const StateOptions& options, const std::string& id) {
  FOVEA_TRY(auto found, store.find(id));
  if (found) return std::move(*found);
  return fail(Code::kNotFound, "no decision '" + id + "'", options.dir(),
              "give an event's id, its first 6 letters, its file or #NUMBER: see 'fovea decisions" + options.options() +
                  "'; what could not be decided: 'fovea dead list" + options.options() + "'");
}

Label label_of(const record::Decision& decision) {
  if (decision.scored.empty()) return {};
  const record::Scored& last = decision.scored.back();
  if (!decision.for_human) return {last.prediction.label, last.prediction.probability};
  Label best;
  for (const record::RungAttempt& attempt : last.attempts) {
    if (!attempt.label.empty() && attempt.probability >= best.probability) best = {attempt.label, attempt.probability};
  }
  return best;
}

std::string rung_of(const record::Decision& decision) {
  return decision.scored.empty() ? "" : decision.scored.back().rung;
}

std::string short_name(const store::Found& found) {
  std::string name = fs::path(found.original).filename().string();
  return name.empty() || name.find(':') != std::string::npos ? found.decision.event_id : name;
}

std::string opening(store::Store& store, const store::Found& found) {
  auto payload = store.payload(found.payload_digest);
  if (!payload || !*payload) return "";
  auto json = parse_json(**payload);
  if (!json) return "";
  const Json& event = member(*json, "event");
  for (std::string_view name : {"subject", "text", "body", "title", "message"}) {
    std::string_view text = text_or(member(event, name), "");
    if (!text.empty()) return std::string(text.substr(0, kOpeningBytes));
  }
  return "";
}

std::string shell_word(const std::string& text) {
  bool plain = !text.empty() && text.find_first_not_of(
                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "_-./:@%+=,") == std::string::npos;
  if (plain) return text;
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string ago(Nanos duration) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7'200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3'600);
  return fmt::format("{} days", seconds / 86'400);
}

Json effect_json(const record::Effect& effect) {
  return JsonObject{{"effect", effect.id},
                    {"seq", effect.seq},
                    {"event_id", effect.event_id},
                    {"name", effect.name},
                    {"kind", effect.kind},
                    {"key", effect.key},
                    {"state", record::state_name(effect.state)},
                    {"attempts", effect.attempts},
                    {"last_error", effect.last_error},
                    {"not_before", format_rfc3339(effect.not_before)}};
}

void say_effects(const std::vector<record::Effect>& effects) {
  for (const record::Effect& effect : effects) {
    std::string state(record::state_name(effect.state));
    say(fmt::format("  {:>6}  {} {} {}{}", effect.id, fit(effect.name, 16), fit(effect.kind, 7), state,
                    effect.last_error.empty() ? "" : ": " + effect.last_error));
  }
}

std::string user_name() {
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* value = std::getenv(name); value && *value) return value;
  }
  const passwd* entry = getpwuid(geteuid());
  return entry ? entry->pw_name : "operator";
}

void flow_first(std::string& flow, std::string& id) {
  std::error_code error;
  if (!fs::is_regular_file(flow, error) && fs::is_regular_file(id, error)) std::swap(flow, id);
}

}  // namespace fovea::cli
