#include "flow/file/step_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "flow/file/limits.h"

namespace fovea::file {
namespace {

using expr::Kind;
using expr::Type;

// The members that every score has; as record::Scored has them.
Type scored_type() {
  return Type::record({{"label", Kind::kString},
                       {"probability", Kind::kDouble},
                       {"margin", Kind::kDouble},
                       {"outside", Kind::kBool},
                       {"rung", Kind::kString},
                       {"model", Kind::kString}});
}

Result<std::string> new_name(Reader& in, const Yaml& node, const expr::Environment& environment) {
  FOVEA_TRY(std::string name, in.name(node, "as"));
  if (name.find('-') != std::string::npos || (name[0] >= '0' && name[0] <= '9')) {
    return in.bad(node.place, fmt::format("'{}' cannot be read by an expression", name),
                  "letters, digits and _, a letter first");
  }
  for (std::string_view taken : {"decision", "outcome", "text", "true", "false", "null", "in", "has"}) {
    if (name == taken) return in.bad(node.place, fmt::format("the name '{}' is taken", name));
  }
  if (environment.find(name)) return in.bad(node.place, fmt::format("the name '{}' is taken", name));
  return name;
}

Result<Clean> read_clean(Reader& in, const Yaml& node) {
  const Shape& form = shape("clean");
  FOVEA_OK(in.check_keys(node, form));
  Clean out;
  if (const Yaml* each = node.find("html")) {
    FOVEA_TRY(size_t at, in.choice(*each, "html", form.find("html")->choices));
    out.html = static_cast<Clean::Html>(at);
  }
  if (const Yaml* each = node.find("quotes")) {
    FOVEA_TRY(size_t at, in.choice(*each, "quotes", form.find("quotes")->choices));
    out.drop_quotes = at == 0;
  }
  if (const Yaml* each = node.find("signature")) {
    FOVEA_TRY(size_t at, in.choice(*each, "signature", form.find("signature")->choices));
    out.drop_signature = at == 0;
  }
  return out;
}

Result<Redact> read_redact(Reader& in, const Yaml& node) {
  if (node.kind != Yaml::Kind::kList || node.items.empty()) {
    return in.bad(node.place, "'redact' is a list of kinds", "as in [email, phone, card]");
  }
  const auto& choices = shape("step").find("redact")->choices;
  Redact out;
  for (const Yaml& each : node.items) {
    FOVEA_TRY(size_t at, in.choice(each, "redact", choices));
    if (std::ranges::find(out.kinds, choices[at]) != out.kinds.end()) {
      return in.bad(each.place, fmt::format("'{}' stands twice", choices[at]));
    }
    out.kinds.emplace_back(choices[at]);
  }
  return out;
}

Result<Feature> read_feature(Reader& in, const std::string& name, const Yaml& node,
                             const expr::Environment& environment) {
  constexpr std::string_view kFolds[] = {"count", "distinct", "sum", "min", "max", "avg", "last"};
  FOVEA_TRY(std::string text, in.text(node, name));
  size_t open = text.find('(');
  std::string fold = text.substr(0, open);
  auto found = std::ranges::find(kFolds, fold);
  if (open == std::string::npos || !text.ends_with(')') || found == std::end(kFolds)) {
    return in.bad(node.place, fmt::format("'{}' is no feature", text),
                  "count(), distinct(x), sum(x), min(x), max(x), avg(x) or last(x); " + suggest(fold, kFolds));
  }
  Feature out;
  out.name = name;
  out.fold = static_cast<Feature::Fold>(found - std::begin(kFolds));
  std::string inner = text.substr(open + 1, text.size() - open - 2);
  bool blank = inner.find_first_not_of(' ') == std::string::npos;
  if (out.fold == Feature::Fold::kCount) {
    if (!blank) return in.bad(node.place, "count() takes nothing", "distinct(x) counts different values");
    return out;
  }
  if (blank) return in.bad(node.place, fmt::format("{}() takes an expression", fold));
  Yaml part = node;
  part.text = inner;
  part.place.column += static_cast<int>(open) + 1;
  FOVEA_TRY(out.of, in.expression(part, environment, name));
  return out;
}

Result<Window> read_window(Reader& in, const Yaml& node, expr::Environment& environment) {
  FOVEA_OK(in.check_keys(node, shape("window")));
  FOVEA_TRY(std::string as, new_name(in, *node.find("as"), environment));
  FOVEA_TRY(expr::Expression key, in.expression(*node.find("key"), environment, "key"));
  FOVEA_TRY(Nanos span, in.duration(*node.find("span"), "span"));
  const Yaml& keep = *node.find("keep");
  if (keep.kind != Yaml::Kind::kMap || keep.members.empty() || keep.members.size() > kFeaturesMax) {
    return in.bad(keep.place, fmt::format("'keep' maps 1 to {} names to features", kFeaturesMax),
                  "as in { messages: count() }");
  }
  Window out{as, std::move(key), span, {}};
  std::vector<Type::Member> members;
  for (const auto& [name, value] : keep.members) {
    FOVEA_TRY(Feature feature, read_feature(in, name, value, environment));
    bool counts = feature.fold == Feature::Fold::kCount || feature.fold == Feature::Fold::kDistinct;
    members.push_back({name, counts                                ? Type(Kind::kInt)
                             : feature.fold == Feature::Fold::kAvg ? Type(Kind::kDouble)
                                                                   : Type()});
    out.keep.push_back(std::move(feature));
  }
  environment.set(as, Type::record(std::move(members)));
  return out;
}

Result<void> read_model(Reader& in, const Yaml& node, Rung& out) {
  const Yaml* path = &node;
  if (node.kind == Yaml::Kind::kMap) {
    FOVEA_OK(in.check_keys(node, shape("model")));
    path = node.find("path");
    if (const Yaml* part = node.find("part")) {
      FOVEA_OK(in.choice(*part, "part", shape("model").find("part")->choices));
      out.part = part->text;
    }
    if (const Yaml* precision = node.find("precision")) {
      FOVEA_OK(in.choice(*precision, "precision", shape("model").find("precision")->choices));
      if (out.part == "linear")
        return in.bad(precision->place, "the linear part has no precision", "leave it out, or name part: attention");
      out.precision = precision->text;
    }
  }
  FOVEA_TRY(out.model, in.text(*path, "model"));
  out.model_is_folder = out.model.find('@') == std::string::npos;
  if (out.model_is_folder) out.model = in.joined(out.model);
  return {};
}

Result<void> read_rules(Reader& in, const Yaml& node, const expr::Environment& environment, Rung& out) {
  expr::Environment with_text = environment;
  with_text.set("text", Kind::kString);
  FOVEA_TRY(out.rules, in.table(node, with_text));
  for (const Type::Member& each : *out.rules->outputs().members()) {
    if (each.name != "label" && each.name != "probability") {
      return in.bad(node.place, fmt::format("a table of rules has no output '{}'", each.name),
                    "its outputs are label and probability");
    }
  }
  const Type::Member* label = out.rules->outputs().member("label");
  if (!label || !expr::assignable(label->type, Kind::kString)) {
    return in.bad(node.place, "a table of rules has an output 'label', a text", "a header cell '=> label'");
  }
  if (out.rules->policy() == table::HitPolicy::kCollect)
    return in.bad(node.place, "rules give one label: hit may not be 'collect'");
  return {};
}

Result<Rung> read_rung(Reader& in, const Yaml& node, const expr::Environment& environment) {
  const Shape& form = shape("rung");
  FOVEA_OK(in.check_keys(node, form));
  const auto& [kind, value] = Reader::kind_of(node, form);
  Rung out;
  out.place = node.place;
  if (kind == "cache") {
    out.kind = Rung::Kind::kCache;
    FOVEA_OK(in.check_keys(value, shape("cache")));
    FOVEA_TRY(out.ttl, in.duration(*value.find("ttl"), "ttl"));
  } else if (kind == "model") {
    out.kind = Rung::Kind::kModel;
    FOVEA_OK(read_model(in, value, out));
  } else if (kind == "remote") {
    out.kind = Rung::Kind::kRemote;
    FOVEA_TRY(const std::string path, in.text(value, "remote"));
    out.model = in.joined(path);
  } else if (kind == "rules") {
    out.kind = Rung::Kind::kRules;
    FOVEA_OK(read_rules(in, value, environment, out));
  } else if (kind == "human") {
    out.kind = Rung::Kind::kHuman;
    FOVEA_TRY(out.queue, in.name(value, "human"));
  } else {
    out.kind = Rung::Kind::kDefault;
    FOVEA_TRY(out.label, in.text(value, "default"));
  }
  return out;
}

Result<std::vector<Rung>> read_ladder(Reader& in, const Yaml& node, const expr::Environment& environment) {
  if (node.kind != Yaml::Kind::kList || node.items.empty() || node.items.size() > kRungsMax) {
    return in.bad(node.place, fmt::format("'ladder' is a list of 1 to {} rungs", kRungsMax));
  }
  std::vector<Rung> out;
  for (const Yaml& each : node.items) {
    if (!out.empty() && (out.back().kind == Rung::Kind::kHuman || out.back().kind == Rung::Kind::kDefault)) {
      return in.bad(each.place, "this rung is never reached: the one before it always answers");
    }
    FOVEA_TRY(Rung rung, read_rung(in, each, environment));
    bool again = rung.kind == Rung::Kind::kCache &&
                 std::ranges::any_of(out, [](const Rung& r) { return r.kind == Rung::Kind::kCache; });
    if (again) return in.bad(each.place, "a second cache");
    out.push_back(std::move(rung));
  }
  if (out.back().kind != Rung::Kind::kHuman && out.back().kind != Rung::Kind::kDefault) {
    return in.bad(out.back().place, "a ladder ends in human or default, so that there is always a decision",
                  "add { human: QUEUE } or { default: LABEL }");
  }
  return out;
}

Result<Sure> read_sure(Reader& in, const Yaml& node) {
  const Shape& form = shape("sure");
  FOVEA_OK(in.check_keys(node, form));
  Sure out;
  if (const Yaml* each = node.find("error_budget")) {
    FOVEA_TRY(out.error_budget, in.share(*each, "error_budget"));
  }
  if (const Yaml* each = node.find("min_probability")) {
    FOVEA_TRY(out.min_probability, in.share(*each, "min_probability"));
  }
  if (const Yaml* each = node.find("min_margin")) {
    FOVEA_TRY(out.min_margin, in.share(*each, "min_margin"));
  }
  if (const Yaml* each = node.find("outside")) {
    FOVEA_TRY(size_t at, in.choice(*each, "outside", form.find("outside")->choices));
    out.reject_outside = at == 0;
  }
  return out;
}

Result<Score> read_score(Reader& in, const Yaml& node, expr::Environment& environment) {
  FOVEA_OK(in.check_keys(node, shape("score")));
  FOVEA_TRY(std::string as, new_name(in, *node.find("as"), environment));
  const Yaml& text_node = *node.find("text");
  FOVEA_TRY(expr::Expression text, in.expression(text_node, environment, "text"));
  if (!expr::assignable(text.type(), Kind::kString)) {
    return in.bad(text_node.place, fmt::format("'text' gives a {}, not a text", text.type().text()),
                  "convert it: string(x)");
  }
  Score out{as, std::move(text), {}, {}, {}};
  if (const Yaml* each = node.find("deadline")) {
    FOVEA_TRY(out.deadline, in.duration(*each, "deadline"));
  }
  FOVEA_TRY(out.ladder, read_ladder(in, *node.find("ladder"), environment));
  if (const Yaml* each = node.find("region")) {
    FOVEA_TRY(const std::string region, in.name(*each, "region"));
    for (Rung& rung : out.ladder) rung.region = region;
  }
  if (const Yaml* each = node.find("sure")) {
    FOVEA_TRY(out.sure, read_sure(in, *each));
  }
  environment.set(as, scored_type());
  return out;
}

Result<Decide> read_decide(Reader& in, const Yaml& node, expr::Environment& environment) {
  FOVEA_TRY(table::Table table, in.table(node, environment));
  std::vector<Type::Member> members;
  if (const Type* before = environment.find("decision")) members = *before->members();
  for (const Type::Member& each : *table.outputs().members()) {
    std::erase_if(members, [&](const Type::Member& old) { return old.name == each.name; });
    members.push_back(each);
  }
  environment.set("decision", Type::record(std::move(members)));
  return Decide{std::move(table)};
}

}  // namespace

Result<std::vector<Step>> read_steps(Reader& in, const Yaml& node, expr::Environment& environment) {
  if (node.kind != Yaml::Kind::kList || node.items.empty() || node.items.size() > kStepsMax) {
    return in.bad(node.place, fmt::format("'steps' is a list of 1 to {} steps", kStepsMax));
  }
  const Shape& form = shape("step");
  std::vector<Step> out;
  for (const Yaml& item : node.items) {
    FOVEA_OK(in.check_keys(item, form));
    const auto& [kind, value] = Reader::kind_of(item, form);
    if (kind == "clean") {
      FOVEA_TRY(Clean step, read_clean(in, value));
      out.push_back({step, item.place});
    } else if (kind == "redact") {
      FOVEA_TRY(Redact step, read_redact(in, value));
      out.push_back({std::move(step), item.place});
    } else if (kind == "window") {
      FOVEA_TRY(Window step, read_window(in, value, environment));
      out.push_back({std::move(step), item.place});
    } else if (kind == "score") {
      FOVEA_TRY(Score step, read_score(in, value, environment));
      out.push_back({std::move(step), item.place});
    } else if (kind == "decide") {
      FOVEA_TRY(Decide step, read_decide(in, value, environment));
      out.push_back({std::move(step), item.place});
    } else {
      FOVEA_OK(in.check_keys(value, shape("drop")));
      FOVEA_TRY(expr::Expression when, in.condition(*value.find("when"), environment, "when"));
      out.push_back({Drop{std::move(when)}, item.place});
    }
  }
  return out;
}

}  // namespace fovea::file
