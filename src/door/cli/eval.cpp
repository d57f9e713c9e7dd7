#include "door/cli/eval.h"

#include <fmt/format.h>

#include <array>

#include "base/progress.h"
#include "base/suggest.h"
#include "door/cli/output.h"
#include "engine/train/evaluate.h"
#include "engine/train/model_record.h"

namespace fovea::cli {
namespace {

using train::Rung;

constexpr std::array<std::string_view, 3> kRungs{"linear", "attention", "cascade"};

Result<Rung> rung_of(const std::string& name) {
  if (name.empty()) return Rung::kAll;
  if (name == "linear") return Rung::kLinear;
  if (name == "attention") return Rung::kAttention;
  if (name == "cascade") return Rung::kCascade;
  return fail(Code::kInvalidArgument, "no rung '" + name + "'", "--rung", suggest(name, kRungs));
}

void say_rung(const char* name, const train::Metrics& m) {
  say(fmt::format(
      "  {:<10} accuracy {:6.2f} %   macro F1 {:6.2f} %   ECE {:.3f}   sure of {:5.1f} %, of those right "
      "{:6.2f} %   {:.0f} us a message",
      name, m.accuracy * 100, m.macro_f1 * 100, m.ece, m.coverage * 100, m.accuracy_when_sure * 100, m.us_per_message));
}

}  // namespace

int run_models_eval(const EvalOptions& options) {
  auto rung = rung_of(options.rung);
  if (!rung) return report(rung.error(), options.json);
  SystemClock clock;
  Progress progress("eval", clock);
  auto seen = train::evaluate_model(
      {options.directory, options.table, options.text, options.label, *rung, options.precision}, [&](double fraction) {
        progress.update(fraction, "");
        return true;
      });
  if (!seen) return report(seen.error(), options.json);
  for (const train::Warning& warning : seen->warnings) {
    say(warning.line ? fmt::format("warning: {}:{}: {}", options.table, warning.line, warning.text)
                     : fmt::format("warning: {}", warning.text));
  }
  say(fmt::format("{} rows, {} labels:", seen->rows, seen->labels));
  JsonObject out{{"rows", seen->rows}, {"labels", seen->labels}};
  auto add = [&](Rung each, const char* name, const train::Metrics& m) {
    if (*rung != Rung::kAll && *rung != each) return;
    if (each != Rung::kLinear && !seen->has_attention) return;
    say_rung(name, m);
    out[name] = train::metrics_json(m, true);
  };
  add(Rung::kLinear, "linear", seen->linear);
  add(Rung::kAttention, "attention", seen->attention);
  add(Rung::kCascade, "cascade", seen->cascade);
  const train::Metrics& top = *rung == Rung::kLinear || !seen->has_attention ? seen->linear
                              : *rung == Rung::kAttention                    ? seen->attention
                                                                             : seen->cascade;
  for (const auto& each : train::metrics_json(top, true)) out[each.key()] = each.value();
  if (options.json) answer(Json(std::move(out)));
  return kDone;
}

}  // namespace fovea::cli
