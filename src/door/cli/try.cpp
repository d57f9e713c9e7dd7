#include "door/cli/try.h"

#include <fmt/format.h>

#include "door/cli/output.h"
#include "serve/trained_model.h"

namespace fovea::cli {
namespace {

struct Tried {
  serve::Verdict verdict;
  std::string rung;
};

// As the ladder goes: the linear rung where it is sure, else the attention model with the linear one's scores in mind.
Result<Tried> try_text(const serve::TrainedModel& model, const std::string& text) {
  SystemClock clock;
  Nanos deadline = clock.steady() + std::chrono::seconds(60);
  serve::ScoreItem item{text, {}};
  auto linear = model.linear->score({&item, 1}, deadline, clock);
  if (!linear[0]) return std::unexpected(linear[0].error());
  if (linear[0]->sure || !model.attention) return Tried{std::move(*linear[0]), "linear"};
  item.earlier = linear[0]->log_probabilities;
  auto both = model.attention->score({&item, 1}, deadline, clock);
  if (!both[0]) return std::unexpected(both[0].error());
  return Tried{std::move(*both[0]), "attention"};
}

}  // namespace

int run_try(const TryOptions& options) {
  auto model = serve::open_model_dir(options.directory, {}, options.precision);
  if (!model) return report(model.error(), options.json);
  for (const std::string& note : model->notes) say("note: " + note);
  auto tried = try_text(*model, options.text);
  if (!tried) return report(tried.error(), options.json);
  const record::Prediction& p = tried->verdict.prediction;
  say(fmt::format("{} ({:.1f} %{}), by the {} model{}", bold(p.label), p.probability * 100,
                  p.outside ? ", outside" : "", tried->rung,
                  tried->verdict.sure ? "" : "; not sure: " + tried->verdict.why));
  for (const auto& [label, score] : p.scores) say(fmt::format("  {} {:5.1f} %", fit(label, 24), score * 100));
  if (options.json) {
    JsonObject scores;
    for (const auto& [label, score] : p.scores) scores[label] = score;
    answer(JsonObject{{"label", p.label},
                      {"probability", p.probability},
                      {"margin", p.margin},
                      {"outside", p.outside},
                      {"rung", tried->rung},
                      {"precision", p.precision},
                      {"sure", tried->verdict.sure},
                      {"why", tried->verdict.why},
                      {"scores", std::move(scores)}});
  }
  return kDone;
}

}  // namespace fovea::cli
