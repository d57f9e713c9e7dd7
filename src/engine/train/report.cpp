#include "engine/train/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/utf8.h"
#include "engine/train/report_plot.h"
#include "engine/train/report_style.h"

namespace fovea::train {
namespace {

constexpr size_t kPairsShown = 8, kExamplesShown = 2, kOutsideShown = 8, kLabelsShown = 100, kExcerpt = 180;

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}
std::string cost(double us) {
  return us >= 1000 ? fmt::format("{:.1f} ms", us / 1000) : fmt::format("{:.0f} µs", us);
}

std::string excerpt(const std::string& text) {
  std::string out;
  size_t at = 0, shown = 0;
  while (at < text.size() && shown < kExcerpt) {
    char32_t c = next_code_point(text, at);
    append_utf8(c == '\n' || c == '\r' || c == '\t' ? U' ' : c, out);
    ++shown;
  }
  if (at < text.size()) out += "…";
  return escape_html(out);
}

class Page {
 public:
  explicit Page(const TrainStory& story) : story_(story), r_(story.record) {}

  std::string make() {
    out_ = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>fovea: {}</title><style>{}</style></head>"
        "<body><main>\n",
        escape_html(r_.table_name), kStyle);
    head();
    thresholds();
    plots();
    labels();
    confused();
    outside();
    warnings();
    method();
    out_ += "</main></body></html>\n";
    return std::move(out_);
  }

 private:
  void head();
  void card(const char* css, const char* name, const char* what, const Metrics& m);
  void thresholds();
  void plots();
  void figure(const std::string& svg, const std::string& caption) {
    out_ += "<figure>" + svg + "<figcaption>" + caption + "</figcaption></figure>\n";
  }
  void risk_plot();
  void reliability_plot();
  void cost_plot();
  void training_plot();
  void labels();
  void confused();
  void outside();
  void warnings();
  void method();
  // What the whole model answers: the cascade, or the linear model where it is alone.
  const std::vector<Answer>& answers() const {
    return r_.has_attention() ? story_.judged.cascade : story_.judged.linear;
  }
  std::string label(uint32_t index) const { return escape_html(r_.labels[index]); }

  const TrainStory& story_;
  const ModelRecord& r_;
  std::string out_;
};

void Page::card(const char* css, const char* name, const char* what, const Metrics& m) {
  out_ += fmt::format(
      R"(<div class="card {}"><h3>{}</h3><div class="dim" style="font-size:13px">{}</div><b>{}</b> right<dl>)"
      "<dt>macro F1</dt><dd>{}</dd><dt>calibration error (ECE)</dt><dd>{:.3f}</dd><dt>sure of</dt><dd>{}</dd>"
      "<dt>right when sure</dt><dd>{}</dd><dt>cost of a message</dt><dd>{}</dd></dl></div>\n",
      css, name, what, percent(m.accuracy), percent(m.macro_f1), m.ece, percent(m.coverage),
      m.coverage > 0 ? percent(m.accuracy_when_sure) : "–", cost(m.us_per_message));
}

void Page::head() {
  out_ += fmt::format(
      "<h1>What the models learnt from {}</h1>\n<p class=\"dim\">{} messages, {} labels, seed {}. "
      "Measured on {} messages that were held out. Trained in {:.0f} s.</p>\n<div class=\"cards\">\n",
      escape_html(r_.table_name), r_.rows, r_.labels.size(), r_.seed, r_.held_out_rows, story_.seconds);
  card("linear", "Linear", "words and their pieces, hashed", r_.linear);
  if (r_.has_attention()) {
    card("attention", "Attention",
         r_.attention_kind == "bert" ? "fine-tuned from a pretrained base" : "trained from scratch", r_.attention);
    card("cascade", "Cascade", "linear where it knows, else both together", r_.cascade);
  }
  out_ += "</div>\n";
}

void Page::thresholds() {
  out_ += fmt::format("<h2>When the models answer by themselves</h2>\n<div class=\"says\">");
  auto rows = r_.budget_rows;
  double budget = r_.error_budget;
  const Judge& j = r_.judge;
  if (!std::isfinite(j.linear_min)) {
    out_ += fmt::format(
        "<p><b>The linear model never answers alone</b> under an error budget of {}: on {} messages that it "
        "had not learnt from, no threshold shows so few errors with 90 % confidence.</p>",
        percent(budget), rows.linear.size());
  } else {
    size_t sure = 0, wrong = 0;
    for (const HeldOut& row : rows.linear) {
      sure += row.probability >= j.linear_min;
      wrong += row.probability >= j.linear_min && !row.right;
    }
    double share = static_cast<double>(sure) / static_cast<double>(rows.linear.size());
    out_ += fmt::format(
        "<p><b>The linear model answers alone from a probability of {:.2f}.</b> Of {} messages that it had "
        "not learnt from, {} are that sure, and {} of those were wrong ({}; the error budget is {}).</p>",
        j.linear_min, rows.linear.size(), percent(share), wrong,
        percent(sure ? static_cast<double>(wrong) / static_cast<double>(sure) : 0), percent(budget));
  }
  if (r_.has_attention()) {
    if (std::isfinite(j.both_min)) {
      out_ += fmt::format(
          "<p><b>What it hands on is asked of the attention model, which answers from {:.2f}.</b> Both "
          "models' probabilities are mixed ({:.0f} % linear) and calibrated again. Together they answer "
          "{} of the held-out messages, {} of them rightly.</p>",
          j.both_min, j.mixture.first_weight * 100, percent(r_.cascade.coverage),
          r_.cascade.coverage > 0 ? percent(r_.cascade.accuracy_when_sure) : "–");
    } else {
      out_ +=
          "<p><b>The attention model never answers alone</b> under this budget; more labelled messages, or a larger "
          "budget, would let it.</p>";
    }
  }
  out_ +=
      "<p class=\"dim\">Everything else goes on to rules or to a person. A flow may ask for another budget "
      "(<code>sure: { error_budget: 5% }</code>); the thresholds are then chosen anew from the same "
      "messages.</p></div>\n";
}

void Page::risk_plot() {
  std::vector<PlotSeries> series;
  double worst = r_.error_budget * 1.5;
  auto add = [&](const char* name, const char* css, const std::vector<Answer>& answers) {
    PlotSeries s{name, css, {}, true, false, false};
    for (const RiskPoint& p : risk_coverage(answers, story_.truth, 120)) {
      s.points.emplace_back(p.coverage, p.risk);
      if (p.coverage > 0.05) worst = std::max(worst, p.risk);
    }
    series.push_back(std::move(s));
  };
  add("linear", "linear", story_.judged.linear);
  if (r_.has_attention()) {
    add("attention", "attention", story_.judged.attention);
    add("cascade", "cascade", story_.judged.cascade);
  }
  series.push_back({"error budget", "budget", {{0, r_.error_budget}, {1, r_.error_budget}}, true, false, false});
  figure(
      plot_svg("Risk against coverage", {"messages answered, the surest first", 0, 1, false, true},
               {"of those, wrong", 0, std::ceil(worst * 20) / 20, false, true}, series),
      "How many errors there are if the models answer only the surest part. Lower is better; where a line crosses the "
      "budget is how far that model could go.");
}

void Page::reliability_plot() {
  PlotSeries bars{"messages right", r_.has_attention() ? "cascade" : "linear", {}, false, false, true};
  int bin = 0;
  for (const ReliabilityBin& b : reliability(answers(), story_.truth, 10)) {
    bars.points.emplace_back((bin++ + 0.5) / 10, b.count >= 3 ? b.accuracy : 0);
  }
  PlotSeries ideal{"what the probability promises", "ideal", {{0, 0}, {1, 1}}, true, false, false};
  figure(plot_svg("Calibration", {"probability that the model gave", 0, 1, false, true},
                  {"share that was right", 0, 1, false, true}, {bars, ideal}),
         "Bars on the diagonal mean that 80 % is right four times in five. Bars above it: the model is better than it "
         "says. Bins with fewer than three messages are left out.");
}

void Page::cost_plot() {
  double low = 1, high = 10, worst = 1, best = 0;
  std::vector<PlotSeries> series;
  auto add = [&](const char* name, const char* css, const Metrics& m) {
    series.push_back({name, css, {{m.us_per_message, m.accuracy}}, false, true, false});
    while (high < m.us_per_message * 1.2) high *= 10;
    worst = std::min(worst, m.accuracy);
    best = std::max(best, m.accuracy);
  };
  add("linear", "linear", r_.linear);
  if (r_.has_attention()) {
    add("attention", "attention", r_.attention);
    add("cascade", "cascade", r_.cascade);
  }
  worst = std::max(0.0, std::floor(worst * 50 - 1) / 50);
  best = std::min(1.0, std::ceil(best * 50 + 0.5) / 50);
  figure(plot_svg("Cost against accuracy", {"processor time of a message", low, high, true, false},
                  {"right", worst, best, false, true}, series),
         "Up and to the left is better. The cascade pays for the attention model only where the linear one is unsure.");
}

void Page::training_plot() {
  if (story_.epochs.empty()) return;
  PlotSeries line{"right on the held-out part", "attention", {}, true, false, false};
  PlotSeries chosen{"epoch kept", "cascade", {}, false, true, false};
  double worst = 1, best = 0;
  for (const EpochSeen& e : story_.epochs) {
    line.points.emplace_back(e.epoch, e.held_out_accuracy);
    if (e.epoch == story_.best_epoch) chosen.points.emplace_back(e.epoch, e.held_out_accuracy);
    worst = std::min(worst, e.held_out_accuracy);
    best = std::max(best, e.held_out_accuracy);
  }
  double last = std::max(2, story_.epochs.back().epoch);
  figure(
      plot_svg(
          "Training of the attention model", {"epoch", 1, last, false, false},
          {"right", std::max(0.0, std::floor(worst * 10) / 10), std::min(1.0, std::ceil(best * 20) / 20), false, true},
          {line, chosen}),
      story_.topped_up
          ? "After the epoch kept, one gentle pass over all messages, the held-out ones included, made the final model."
          : "The epoch kept is the final model: that with the least held-out log-loss.");
}

void Page::plots() {
  out_ += "<h2>How good, how sure, how dear</h2>\n<div class=\"plots\">\n";
  risk_plot();
  reliability_plot();
  cost_plot();
  training_plot();
  out_ += "</div>\n";
}

void Page::labels() {
  size_t count = r_.labels.size();
  std::vector<size_t> is(count), said(count), right(count);
  for (size_t i = 0; i < story_.truth.size(); ++i) {
    ++is[story_.truth[i]];
    ++said[answers()[i].label];
    right[story_.truth[i]] += answers()[i].label == story_.truth[i];
  }
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  auto f1 = [&](uint32_t l) {
    return is[l] + said[l] ? 2.0 * static_cast<double>(right[l]) / static_cast<double>(is[l] + said[l]) : 0.0;
  };
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return f1(a) < f1(b); });
  out_ +=
      "<h2>Label by label, the hardest first</h2>\n<table><tr><th>label</th><th class=\"n\">held-out messages</th>"
      "<th class=\"n\">found</th><th class=\"n\">right when said</th><th class=\"n\">F1</th></tr>\n";
  for (size_t i = 0; i < std::min(count, kLabelsShown); ++i) {
    uint32_t l = order[i];
    auto share = [](size_t part, size_t of) {
      return of ? percent(static_cast<double>(part) / static_cast<double>(of)) : "–";
    };
    out_ += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">"
        "{}<span class=\"meter\"><i style=\"width:{:.0f}%\"></i></span></td></tr>\n",
        label(l), is[l], share(right[l], is[l]), share(right[l], said[l]), percent(f1(l)), f1(l) * 100);
  }
  out_ += "</table>\n";
  if (count > kLabelsShown)
    out_ += fmt::format("<p class=\"dim\">{} more labels did better.</p>", count - kLabelsShown);
}

void Page::confused() {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<size_t>> pairs;
  for (size_t i = 0; i < story_.truth.size(); ++i) {
    if (answers()[i].label != story_.truth[i]) pairs[{story_.truth[i], answers()[i].label}].push_back(i);
  }
  std::vector<std::pair<std::pair<uint32_t, uint32_t>, std::vector<size_t>>> order(pairs.begin(), pairs.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  out_ += "<h2>Labels most confused</h2>\n";
  if (order.empty()) {
    out_ += "<p>None: every held-out message was answered rightly.</p>\n";
    return;
  }
  out_ += "<table><tr><th>in truth</th><th>answered</th><th class=\"n\">times</th><th>for example</th></tr>\n";
  for (size_t p = 0; p < std::min(order.size(), kPairsShown); ++p) {
    auto& [pair, rows] = order[p];
    std::stable_sort(rows.begin(), rows.end(),
                     [&](size_t a, size_t b) { return answers()[a].probability > answers()[b].probability; });
    out_ += fmt::format(
        "<tr><td><span class=\"tag\">{}</span></td><td><span class=\"tag bad\">{}</span></td><td class=\"n\">"
        "{}</td><td>",
        label(pair.first), label(pair.second), rows.size());
    for (size_t i = 0; i < std::min(rows.size(), kExamplesShown); ++i) {
      out_ += fmt::format("<blockquote>{} <span class=\"dim\">({:.0f} %)</span></blockquote>",
                          excerpt(story_.texts[rows[i]]), answers()[rows[i]].probability * 100);
    }
    out_ += "</td></tr>\n";
  }
  out_ +=
      "</table>\n<p class=\"dim\">The surest mistakes come first, with the probability that the model gave its answer. "
      "Where two labels are often confused, look whether the table itself is of two minds about them.</p>\n";
}

void Page::outside() {
  std::vector<size_t> rows;
  for (size_t i = 0; i < answers().size(); ++i) {
    if (answers()[i].outside) rows.push_back(i);
  }
  out_ += fmt::format(
      "<h2>Messages outside</h2>\n<p>{} of the held-out messages look like none of the labels{}. A message is "
      "called outside when {}its strongest score is lower than that of all but 1 % of the messages that "
      "belong; such an answer is never sure unless the flow says so.</p>\n",
      rows.size(),
      r_.outside_label.empty() ? ""
                               : ", or are answered <span class=\"tag\">" + escape_html(r_.outside_label) + "</span>",
      r_.outside_label.empty() ? "" : "that label wins, or when ");
  if (rows.empty()) return;
  std::stable_sort(rows.begin(), rows.end(),
                   [&](size_t a, size_t b) { return answers()[a].strength < answers()[b].strength; });
  out_ += "<table><tr><th>message</th><th>in truth</th></tr>\n";
  for (size_t i = 0; i < std::min(rows.size(), kOutsideShown); ++i) {
    out_ += fmt::format("<tr><td>{}</td><td><span class=\"tag\">{}</span></td></tr>\n", excerpt(story_.texts[rows[i]]),
                        label(story_.truth[rows[i]]));
  }
  out_ += "</table>\n";
}

void Page::warnings() {
  if (story_.warnings.empty()) return;
  out_ += "<h2>What to look at in the table</h2>\n<table><tr><th class=\"n\">line</th><th>what</th></tr>\n";
  for (const Warning& w : story_.warnings) {
    out_ += fmt::format("<tr><td class=\"n\">{}</td><td>{}</td></tr>\n", w.line ? std::to_string(w.line) : "",
                        escape_html(w.text));
  }
  out_ += "</table>\n";
}

void Page::method() {
  out_ += fmt::format(
      "<h2>How this was measured</h2>\n<p>{} messages were held out, every label with its share; neither model "
      "learnt from them before the figures above were taken. The linear model was cross-fitted besides, so that {} "
      "messages judge its threshold. Calibration, mixture and thresholds were fitted on one half of the held-out "
      "messages and measured on the other, both ways round. A threshold is the lowest at which the one-sided "
      "Clopper–Pearson bound of the error, at 90 % confidence, meets the budget. Costs are processor time on one "
      "core of the machine that trained.</p>\n"
      "<p class=\"dim\">Table {} (SHA-256 {}…), columns <code>{}</code> and <code>{}</code>. The whole record: "
      "<code>manifest.json</code>.</p>\n",
      r_.held_out_rows, r_.budget_rows.linear.size(), escape_html(r_.table_name), r_.table_digest.substr(0, 12),
      escape_html(r_.text_column), escape_html(r_.label_column));
}

}  // namespace

std::string report_html(const TrainStory& story) {
  return Page(story).make();
}

}  // namespace fovea::train
