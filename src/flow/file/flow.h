// A flow, as its file says it: where events come from, what is done to them, how they are decided, what is then done.
// Journey: read once at start (flow_file.h), shared by all that follows. Plain values; every expression is compiled and
// checked against what exists where it stands. Paths are joined to the flow file's folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/yaml/yaml.h"
#include "decide/expr/expr.h"
#include "decide/expr/template.h"
#include "decide/table/table.h"

namespace fovea::file {

using fovea::parse_yaml;
using fovea::Place;
using fovea::Yaml;

struct Source {
  enum class Kind { kMail, kMbox, kJsonl, kCsv, kStdin, kFolder, kHttp };
  Kind kind = Kind::kJsonl;
  std::string name;                    // as written, for record::Event::source: "mail:./inbox"
  std::string path;                    // joined to the flow's folder; kHttp: the name in POST /v1/events/NAME
  std::string format;                  // kStdin, kFolder: what the bytes are: jsonl, csv or mail
  std::optional<expr::Expression> id;  // absent: the connector's own (message id, line, CloudEvents id)
  std::optional<expr::Expression> key;
  std::optional<expr::Expression> time;  // absent: when it was taken in, or the message's date
  std::optional<Nanos> dedupe;           // how long an id is remembered; absent: for ever
  std::optional<Nanos> lateness;         // how far behind the watermark an event may be; absent: nothing is late
  Nanos poll = std::chrono::seconds(1);  // how often a watched folder is looked at
};

struct Clean {
  enum class Html { kText, kKeep };
  Html html = Html::kText;
  bool drop_quotes = false;  // quoted history
  bool drop_signature = false;
};

struct Redact {
  std::vector<std::string> kinds;  // of email, phone, card, cn_resident_id, iban
};

// One feature that a window keeps.
struct Feature {
  enum class Fold { kCount, kDistinct, kSum, kMin, kMax, kAvg, kLast };
  std::string name;
  Fold fold = Fold::kCount;
  std::optional<expr::Expression> of;  // absent for kCount
};

struct Window {
  std::string as;
  expr::Expression key;
  Nanos span;
  std::vector<Feature> keep;
};

struct Rung {
  enum class Kind { kCache, kModel, kRemote, kRules, kHuman, kDefault };
  Kind kind = Kind::kDefault;
  Nanos ttl{0};       // kCache
  std::string model;  // kModel: a folder (joined) or NAME@ALIAS; kRemote: the file of a remote model (joined)
  bool model_is_folder = false;
  std::string part;                   // kModel: linear or attention; empty: all that the model has, cheap ones first
  std::string precision;              // kModel: of the attention part: fp32, bf16 or int8; empty: fp32
  std::optional<table::Table> rules;  // kRules; reads also the name `text`, the scored text; outputs label, probability
  std::string queue;                  // kHuman
  std::string label;                  // kDefault
  std::string region;                 // kRemote: that the texts may not leave; empty: any
  Place place;
};

// When a rung's answer is good enough. Absent members: what the model's own thresholds say.
struct Sure {
  std::optional<double> error_budget;  // 0.02 of "2%"
  std::optional<double> min_probability;
  std::optional<double> min_margin;
  bool reject_outside = true;  // outside: reject | accept
};

struct Score {
  std::string as;
  expr::Expression text;
  std::optional<Nanos> deadline;  // from intake; absent: none
  std::vector<Rung> ladder;       // ends in human or default
  Sure sure;
};

struct Decide {
  table::Table table;
};

// Events for which `when` is true go no further; they are counted as dropped by a rule.
struct Drop {
  expr::Expression when;
};

struct Step {
  std::variant<Clean, Redact, Window, Score, Decide, Drop> what;
  Place place;
};

// What to do, with its arguments as a template. `path` and `to` are as written, relative to the flow's folder. Filled
// in, `arguments` is record::Effect::arguments:
//   append { path, body }                          one JSON line; a body that is a text is written as it is
//   move   { to }                                  the folder that the event's original goes to
//   http   { method, url, headers, body }          url and headers may hold ${NAME}, which act resolves
//   mail   { to, subject, text, from, smtp }       smtp is a url and may hold ${NAME}
struct Action {
  enum class Kind { kAppend, kMove, kHttp, kMail };
  Kind kind = Kind::kAppend;
  expr::Template arguments;
};
std::string_view action_name(Action::Kind kind);  // "append": record::Effect::kind

struct Retry {
  int attempts = 5;                         // in all
  Nanos backoff = std::chrono::seconds(1);  // doubled each time
  Nanos backoff_max = std::chrono::minutes(5);
};

struct EffectSpec {
  std::string name;
  Action action;
  expr::Expression key;                  // default: event.id
  std::optional<expr::Expression> when;  // absent: always
  std::optional<Action> undo;            // reads the name `outcome` too; absent: the kind's own, if it has one
  Nanos hold{0};
  Nanos timeout = std::chrono::seconds(10);
  Retry retry;
  Place place;
};

struct Keep {
  std::optional<Nanos> payloads;  // how long payloads are kept; absent: for ever
};

struct Cost {
  std::map<std::string, double>
      rungs;  // price of one answer of a rung: linear, attention, cache, rules, human, default
  std::string currency = "EUR";
};

struct Limits {
  size_t event_bytes = 32u << 20;
  size_t in_flight = 1'024;  // events between intake and commit
  size_t batch = 256;        // events in one turn of the loop
};

struct Warning {
  std::string where;  // "flow.yaml:4:7" or "routing.csv:3"
  std::string message;
};

struct FlowFile {
  std::string path, folder;
  std::string name;
  int64_t version = 0;
  Source source;
  std::vector<Step> steps;
  std::vector<EffectSpec> act;
  Keep keep;
  Cost cost;
  Limits limits;
  std::string flow_digest;               // SHA-256 of the file and the tables it names, hex
  std::vector<Warning> warnings;         // what `fovea lint` shows
  std::vector<std::string> environment;  // of ${NAME} and ${file:PATH}: NAME, file:PATH; sorted
  std::vector<std::string> tables;       // paths of the tables it names, joined
};

}  // namespace fovea::file
