#include "flow/requests.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "flow/limits.h"
#include "flow/review.h"

namespace fovea::flow {
namespace {

constexpr const char* kAsked = ".request";
constexpr const char* kTaken = ".taken";
constexpr const char* kAnswered = ".answer";

bool cut_suffix(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.resize(name.size() - suffix.size());
  return true;
}

int64_t integer_of(const Json& json, std::string_view name) {
  const Json& value = member(json, name);
  return value.is_int64() ? value.get_int64() : 0;
}

}  // namespace

Json error_json(const Error& error) {
  return JsonObject{{"code", static_cast<int64_t>(error.code)},
                    {"message", error.message},
                    {"where", error.where},
                    {"hint", error.hint}};
}

Error error_from_json(const Json& json) {
  int64_t code = integer_of(json, "code");
  return {code >= 1 && code <= 16 ? static_cast<Code>(code) : Code::kUnknown,
          std::string(text_or(member(json, "message"), "")), std::string(text_or(member(json, "where"), "")),
          std::string(text_or(member(json, "hint"), ""))};
}

void RequestBox::sweep(TimePoint now) {
  auto names = files_.list(dir_);
  if (!names) return;
  for (std::string name : *names) {
    if (cut_suffix(name, kTaken)) {
      (void)files_.remove(path(name, kTaken));
    } else if (cut_suffix(name, kAnswered)) {
      auto text = files_.read(path(name, kAnswered), 0, kRequestBytesMax);
      auto json = text ? parse_json(*text) : Result<Json>(std::unexpected(text.error()));
      bool fresh = json && now - TimePoint{integer_of(*json, "at_ns")} < Nanos(kAnswerKept);
      if (!fresh) (void)files_.remove(path(name, kAnswered));
    }
  }
}

std::vector<Request> RequestBox::take(TimePoint now) {
  std::vector<Request> taken;
  auto names = files_.list(dir_);
  if (!names) return taken;
  for (std::string name : *names) {
    if (!cut_suffix(name, kAsked)) continue;
    if (!files_.rename(path(name, kAsked), path(name, kTaken))) continue;  // withdrawn in this moment
    auto text = files_.read(path(name, kTaken), 0, kRequestBytesMax);
    auto json = text ? parse_json(*text) : Result<Json>(std::unexpected(text.error()));
    if (!json) {
      answer(name, std::unexpected(json.error()), now);
    } else if (TimePoint{integer_of(*json, "expires_ns")} < now) {
      (void)files_.remove(path(name, kTaken));
    } else {
      taken.push_back({name, std::move(*json)});
    }
  }
  return taken;
}

void RequestBox::answer(const std::string& id, const Result<Json>& answer, TimePoint now) {
  JsonObject json{{"at_ns", now.ns}};
  if (answer) {
    json["answer"] = *answer;
  } else {
    json["error"] = error_json(answer.error());
  }
  // An answer that cannot be written is missed by its asker, who then looks at the state.
  (void)files_.write_atomic(path(id, kAnswered), to_text(json));
  (void)files_.remove(path(id, kTaken));
}

Result<std::string> RequestBox::put(const Json& body, TimePoint expires) {
  JsonObject json = body.as_object();
  json["expires_ns"] = expires.ns;
  std::string id = to_hex(random_bytes(8));
  FOVEA_OK(files_.write_atomic(path(id, kAsked), to_text(json)));
  return id;
}

std::optional<Result<Json>> RequestBox::fetch(const std::string& id) {
  auto text = files_.read(path(id, kAnswered), 0, kRequestBytesMax);
  if (!text) return std::nullopt;
  (void)files_.remove(path(id, kAnswered));
  auto json = parse_json(*text);
  if (!json) return json;
  if (const Json& error = member(*json, "error"); !error.is_null()) return std::unexpected(error_from_json(error));
  return member(*json, "answer");
}

bool RequestBox::withdraw(const std::string& id) {
  return files_.remove(path(id, kAsked)).has_value();
}

Json undo_json(const UndoPlan& plan) {
  JsonArray steps;
  for (const UndoStep& step : plan.steps) {
    constexpr std::string_view kWhat[] = {"cancel", "undo", "impossible"};
    steps.push_back(JsonObject{{"effect", step.effect.id},
                               {"name", step.effect.name},
                               {"kind", step.effect.kind},
                               {"step", kWhat[static_cast<size_t>(step.what)]},
                               {"why", step.why}});
  }
  return JsonObject{{"seq", plan.found.seq}, {"event_id", plan.found.decision.event_id}, {"steps", std::move(steps)}};
}

Result<Json> serve(const Desk& desk, const Json& request) {
  auto text = [&](std::string_view name) { return std::string(text_or(member(request, name), "")); };
  std::string what = text("do");
  if (what == "resolve") {
    FOVEA_TRY(Resolved resolved, resolve_review(desk, {text("id"), text("label"), text("by")}));
    return JsonObject{
        {"seq", resolved.seq}, {"event_id", resolved.decision.event_id},          {"label", text("label")},
        {"by", text("by")},    {"outputs", std::move(resolved.decision.outputs)}, {"entry", resolved.leaf}};
  }
  if (what == "undo") {
    FOVEA_TRY(UndoPlan plan, order_undo(desk, text("id"), text("by")));
    return undo_json(plan);
  }
  if (what == "cancel") {
    FOVEA_TRY(record::Effect effect, cancel_hold(desk, integer_of(request, "effect"), text("by")));
    return JsonObject{{"seq", effect.seq}, {"event_id", effect.event_id}, {"effect", effect.id}, {"name", effect.name}};
  }
  return fail(Code::kUnimplemented, "no request '" + what + "'", "", "use the same fovea for both programs");
}

}  // namespace fovea::flow
