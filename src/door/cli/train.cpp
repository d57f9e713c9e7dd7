#include "door/cli/train.h"

#include <fmt/format.h>

#include <csignal>

#include "base/progress.h"
#include "door/cli/output.h"
#include "engine/train/train_run.h"

namespace fovea::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void say_warning(const std::string& table, const train::Warning& warning) {
  say(warning.line ? fmt::format("warning: {}:{}: {}", table, warning.line, warning.text)
                   : fmt::format("warning: {}", warning.text));
}

void say_rung(const char* name, const train::Metrics& m) {
  say(fmt::format(
      "  {:<10} accuracy {:5.1f} %   macro F1 {:5.1f} %   sure of {:5.1f} %, of those right {:5.1f} %   "
      "{:.0f} us a message",
      name, m.accuracy * 100, m.macro_f1 * 100, m.coverage * 100, m.accuracy_when_sure * 100, m.us_per_message));
}

void say_story(const train::TrainStory& story, const std::string& out) {
  const train::ModelRecord& r = story.record;
  say(fmt::format("{} rows, {} labels; measured on {} rows held out:", r.rows, r.labels.size(), r.held_out_rows));
  say_rung("linear", r.linear);
  if (r.has_attention()) {
    say_rung("attention", r.attention);
    say_rung("cascade", r.cascade);
  }
  say(fmt::format("the report: {}/report.html", out));
}

}  // namespace

int run_train(const TrainOptions& options) {
  train::TrainOptions how;
  how.table = options.table;
  how.text_column = options.text;
  how.label_column = options.label;
  how.out = options.out;
  how.base = options.base;
  how.outside_label = options.outside;
  how.seed = options.seed;
  how.error_budget = options.error_budget;
  how.linear_only = options.linear_only;
  how.threads = options.threads;
  if (options.epochs > 0) how.epochs = options.epochs;
  if (options.rate > 0) how.rate = options.rate;
  SystemClock clock;
  Progress progress("train", clock);
  train::TrainWatch watch;
  watch.progress = [&](double fraction, const std::string& note) {
    progress.update(fraction, note);
    return interrupted == 0;
  };
  watch.warn = [&](const train::Warning& warning) { say_warning(options.table, warning); };
  auto before = std::signal(SIGINT, [](int) { interrupted = 1; });
  auto story = train::train_model(how, watch, clock);
  std::signal(SIGINT, before);
  if (!story) {
    int code = report(story.error(), options.json);
    return story.error().code == Code::kCancelled ? 130 : code;
  }
  progress.done("");
  say_story(*story, options.out);
  if (options.json) {
    const train::ModelRecord& r = story->record;
    JsonObject out{{"rows", r.rows},
                   {"labels", r.labels.size()},
                   {"held_out", r.held_out_rows},
                   {"linear", train::metrics_json(r.linear, true)},
                   {"attention", nullptr},
                   {"cascade", nullptr}};
    if (r.has_attention()) {
      out["attention"] = train::metrics_json(r.attention, true);
      out["cascade"] = train::metrics_json(r.cascade, true);
    }
    answer(Json(std::move(out)));
  }
  return kDone;
}

}  // namespace fovea::cli
