#include "door/cli/dead.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/time_text.h"
#include "door/cli/output.h"

namespace fovea::cli {
namespace {

Json letter_json(const record::DeadLetter& letter) {
  return JsonObject{{"letter", letter.id},         {"stage", letter.stage},       {"source", letter.source},
                    {"event_id", letter.event_id}, {"cause", letter.cause},       {"hint", letter.hint},
                    {"attempts", letter.attempts}, {"original", letter.original}, {"at", format_rfc3339(letter.at)}};
}

}  // namespace

int list_dead(const DeadOptions& options) {
  auto store = open_kept(options);
  if (!store) return report(store.error(), options.json);
  size_t most = options.limit > 0 ? static_cast<size_t>(options.limit) : SIZE_MAX - 1;
  auto letters = (*store)->dead_letters(std::min<size_t>(most + 1, INT64_MAX));
  if (!letters) return report(letters.error(), options.json);
  bool more = letters->size() > most;
  if (more) letters->pop_back();
  JsonArray list;
  for (const record::DeadLetter& letter : *letters) {
    list.push_back(letter_json(letter));
    std::string from = std::filesystem::path(letter.original).filename().string();
    say(fmt::format("{:>6}  {} {} {}", letter.id, fit(from.empty() ? letter.event_id : from, 24),
                    tint(fit(letter.stage, 7), 203), letter.cause));
  }
  if (letters->empty()) say("no dead letters");
  if (more) say(dim("more: --limit 0 shows all"));
  if (!letters->empty() && !options.json)
    say(dim(fmt::format("one of them with its text: fovea dead show {}{}", letters->front().id, options.options())));
  if (options.json) answer(JsonObject{{"dead_letters", std::move(list)}, {"more", more}});
  return kDone;
}

int show_dead(const DeadOptions& options) {
  auto store = open_kept(options);
  if (!store) return report(store.error(), options.json);
  auto letters = (*store)->dead_letters(INT64_MAX);
  if (!letters) return report(letters.error(), options.json);
  auto letter = std::ranges::find(*letters, options.letter, &record::DeadLetter::id);
  if (letter == letters->end()) {
    return report({Code::kNotFound, fmt::format("no dead letter {}", options.letter), options.dir(),
                   "see 'fovea dead list" + options.options() + "'"},
                  options.json);
  }
  std::optional<std::string> payload;
  if (!letter->payload.empty()) {
    auto kept = (*store)->payload(letter->payload);
    if (!kept) return report(kept.error(), options.json);
    payload = std::move(*kept);
  }
  say(bold(fmt::format("dead letter {}", letter->id)));
  auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) say(fmt::format("  {:<10} {}", name, value));
  };
  line("cause", letter->cause);
  line("hint", letter->hint);
  line("stage", letter->stage);
  line("event", letter->event_id);
  line("source", letter->source);
  line("original", letter->original);
  line("attempts", std::to_string(letter->attempts));
  line("at", format_rfc3339(letter->at));
  line("kept", payload ? *payload : "");
  if (options.json) {
    Json json = letter_json(*letter);
    auto kept = payload ? parse_json(*payload) : Result<Json>(Json());
    json.as_object()["kept"] = kept ? *kept : Json();
    answer(json);
  }
  return kDone;
}

}  // namespace fovea::cli
