#include "door/cli/store.h"

#include <fmt/format.h>

#include "door/cli/output.h"

namespace fovea::cli {

int check_store(const StateOptions& options) {
  auto store = open_kept(options);
  if (!store) return report(store.error(), options.json);
  auto faults = (*store)->check();
  if (!faults) {
    // A file so damaged that it cannot be read through is a fault found, not a failure to look.
    if (faults.error().code != Code::kDataLoss) return report(faults.error(), options.json);
    faults = std::vector{faults.error().text()};
  }
  auto totals = (*store)->totals();
  for (const std::string& fault : *faults) say("fovea: " + fault);
  if (faults->empty() && totals) {
    say(fmt::format("sound: {} events taken in = {} decided + {} dead letters + {} late + {} dropped", totals->ingested,
                    totals->decided, totals->dead, totals->late, totals->dropped));
    say(dim(
        fmt::format("  {} audit entries, {} reviews open, effects: {} committed, {} failed, {} undone, {} cancelled, "
                    "{} open",
                    totals->leaves, totals->reviews_open, totals->effects_committed, totals->effects_failed,
                    totals->effects_undone, totals->effects_cancelled, totals->effects_open)));
  }
  if (options.json) {
    JsonArray list;
    for (const std::string& fault : *faults) list.push_back(Json(fault));
    JsonObject json{{"ok", faults->empty()}, {"faults", std::move(list)}};
    if (totals) {
      json["ingested"] = totals->ingested, json["decided"] = totals->decided, json["dead_lettered"] = totals->dead;
      json["late"] = totals->late, json["dropped"] = totals->dropped, json["duplicates"] = totals->duplicates;
      json["entries"] = totals->leaves, json["reviews_open"] = totals->reviews_open;
      json["effects"] = JsonObject{{"open", totals->effects_open},
                                   {"committed", totals->effects_committed},
                                   {"failed", totals->effects_failed},
                                   {"undone", totals->effects_undone},
                                   {"cancelled", totals->effects_cancelled}};
    }
    answer(json);
  }
  return faults->empty() ? kDone : kFailed;
}

}  // namespace fovea::cli
