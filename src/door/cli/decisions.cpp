#include "door/cli/decisions.h"

#include <fmt/format.h>

#include "door/cli/decision_line.h"
#include "door/cli/output.h"

namespace fovea::cli {
namespace {

constexpr int64_t kDecisionsShown = 200;
constexpr size_t kPage = 500;

Json decision_json(store::Store& store, const store::Found& found) {
  const record::Decision& d = found.decision;
  Label label = label_of(d);
  JsonObject json{{"seq", found.seq},
                  {"event_id", d.event_id},
                  {"original", found.original},
                  {"outputs", d.outputs},
                  {"rung", rung_of(d)},
                  {"label", label.text},
                  {"probability", label.probability},
                  {"for_human", d.for_human},
                  {"deadline_met", d.deadline_met},
                  {"latency_us", d.latency_us}};
  if (!d.for_human) return json;
  if (auto reviewed = store.reviewed(found.seq); reviewed && *reviewed)
    json["review"] = JsonObject{{"label", label_of(**reviewed).text}, {"outputs", (*reviewed)->outputs}};
  return json;
}

std::string line_for_people(store::Store& store, const store::Found& found) {
  store::Kept kept;
  kept.seq = found.seq;
  kept.event.id = found.decision.event_id, kept.event.original = short_name(found);
  kept.decision = found.decision;
  if (auto payload = store.payload(found.payload_digest); payload && *payload) kept.payload = std::move(**payload);
  return decision_line(kept);
}

}  // namespace

int list_decisions(const DecisionsOptions& options) {
  auto store = open_kept(options);
  if (!store) return report(store.error(), options.json);
  int64_t limit = options.limit >= 0 ? options.limit : options.json ? 0 : kDecisionsShown;
  int64_t next = options.from, shown = 0;
  bool more = false;
  while (!more) {
    auto page = (*store)->decisions(next, kPage);
    if (!page) return report(page.error(), options.json);
    if (page->empty()) break;
    for (const store::Found& found : *page) {
      if (limit > 0 && shown == limit) {
        more = true;
        break;
      }
      ++shown;
      if (options.json) {
        answer(decision_json(**store, found));
      } else {
        say(line_for_people(**store, found));
      }
      next = found.seq + 1;
    }
  }
  if (options.json) return kDone;
  if (shown == 0) say("no decisions" + std::string(options.from > 1 ? " from there on" : " yet"));
  if (more) say(dim(fmt::format("more: fovea decisions{} --from {}", options.options(), next)));
  return kDone;
}

}  // namespace fovea::cli
