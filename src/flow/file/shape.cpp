#include "flow/file/shape.h"

#include <algorithm>

#include "base/check.h"

namespace fovea::file {
namespace {

std::vector<Shape> outer_shapes() {
  return {
      {"flow",
       "A flow: where events come from, what is done to them, how they are decided, what is then done.",
       {{"flow", Want::kName, "The flow's name.", true},
        {"version", Want::kWhole, "The flow's version, from 1; recorded with every decision.", true},
        {"source", Want::kShape, "Where events come from.", true, false, "source"},
        {"steps", Want::kShapes, "What is done to each event, in this order.", true, false, "step"},
        {"act", Want::kNamedShapes, "What is done because of a decision.", false, false, "effect"},
        {"keep", Want::kShape, "How long things are kept.", false, false, "keep"},
        {"cost", Want::kShape, "What one answer of each rung costs.", false, false, "cost"},
        {"limits", Want::kShape, "How much may be under way.", false, false, "limits"}},
       {{"approve", "approvals are not part of this version"}, {"tests", "tests stand in files of their own"}}},
      {"source",
       "Where events come from.",
       {{"mail", Want::kText, "A folder of messages, or a Maildir.", false, true},
        {"mbox", Want::kText, "An mbox file.", false, true},
        {"jsonl", Want::kText, "A file with one JSON object a line.", false, true},
        {"csv", Want::kText, "A CSV file; its header names the fields.", false, true},
        {"stdin", Want::kChoice, "Standard input, in this format.", false, true, {}, {"jsonl", "csv", "mail"}},
        {"folder", Want::kText, "A folder that is watched for files.", false, true},
        {"http", Want::kName, "Events are posted to /v1/events/NAME.", false, true},
        {"format",
         Want::kChoice,
         "What the files of a watched folder are.",
         false,
         false,
         {},
         {"jsonl", "csv", "mail"}},
        {"id", Want::kExpression, "What an event is known by; equal ids of one source are duplicates."},
        {"key", Want::kExpression, "What belongs together and stays in order."},
        {"time", Want::kExpression, "When it happened: RFC 3339, seconds or milliseconds since 1970, or a timestamp."},
        {"dedupe", Want::kDurationOrForever, "How long an id is remembered. Default: forever."},
        {"lateness", Want::kDuration,
         "How far behind the newest an event may be before it counts as late. Default: nothing is late."},
        {"poll", Want::kDuration, "How often a watched folder is looked at. Default: 1s."}},
       {{"flow", "chaining flows is not part of this version"},
        {"kafka", "Kafka is not part of this version"},
        {"queue", "queues are not part of this version"},
        {"mqtt", "MQTT is not part of this version"}}},
      {"keep",
       "How long things are kept.",
       {{"payloads", Want::kDurationOrForever, "The redacted contents of events. Default: forever."}}},
      {"cost",
       "What one answer of each rung costs.",
       {{"cache", Want::kNumber, "An answer from the cache."},
        {"linear", Want::kNumber, "Of the linear model."},
        {"attention", Want::kNumber, "Of the attention model."},
        {"remote", Want::kNumber, "Of a model of another service. Default: what its own file says."},
        {"rules", Want::kNumber, "Of a table of rules."},
        {"human", Want::kNumber, "Of a person."},
        {"default", Want::kNumber, "Of the safe default."},
        {"currency", Want::kText, "Default: EUR."}}},
      {"limits",
       "How much may be under way.",
       {{"event_bytes", Want::kBytes, "The largest event that is taken in. Default: 32MiB."},
        {"in_flight", Want::kWhole, "Events between intake and commit. Default: 1024."},
        {"batch", Want::kWhole, "Events in one turn. Default: 256."}}},
  };
}

std::vector<Shape> step_shapes() {
  return {
      {"step",
       "One step.",
       {{"clean", Want::kShape, "HTML to text, quoted history and signatures.", false, true, "clean"},
        {"redact",
         Want::kChoices,
         "Personal data that is replaced before anything is stored.",
         false,
         true,
         {},
         {"email", "phone", "card", "cn_resident_id", "iban"}},
        {"window", Want::kShape, "Features over what came before.", false, true, "window"},
        {"score", Want::kShape, "Ask the models, cheap ones first.", false, true, "score"},
        {"decide", Want::kTextOrShape, "A decision table.", false, true, "table"},
        {"drop", Want::kShape, "Events that go no further; they are counted.", false, true, "drop"}},
       {{"map", "map steps are not part of this version"},
        {"policy", "policies are not part of this version; use decide"}}},
      {"clean",
       "HTML to text, quoted history and signatures.",
       {{"html", Want::kChoice, "Default: text.", false, false, {}, {"text", "keep"}},
        {"quotes", Want::kChoice, "Quoted history. Default: keep.", false, false, {}, {"drop", "keep"}},
        {"signature", Want::kChoice, "Default: keep.", false, false, {}, {"drop", "keep"}}}},
      {"window",
       "Features over what came before.",
       {{"as", Want::kName, "What later expressions call it.", true},
        {"key", Want::kExpression, "What is counted together.", true},
        {"span", Want::kDuration, "How far it looks back.", true},
        {"keep", Want::kFolds, "NAME: count(), distinct(x), sum(x), min(x), max(x), avg(x) or last(x).", true}}},
      {"score",
       "Ask the models, cheap ones first, until one is sure.",
       {{"as", Want::kName, "What later expressions call it: intent.label, intent.probability.", true},
        {"text", Want::kExpression, "What is scored.", true},
        {"deadline", Want::kDuration, "Time from intake to the answer. Default: none."},
        {"region", Want::kName, "Where the texts may be processed: remote models of another region are refused."},
        {"ladder", Want::kShapes, "Who is asked, in this order; the last is human or default.", true, false, "rung"},
        {"sure", Want::kShape, "When an answer is good enough.", false, false, "sure"}},
       {{"shadow", "shadow models are not part of this version"}, {"canary", "canaries are not part of this version"}}},
      {"table",
       "A decision table.",
       {{"table", Want::kText, "The CSV file.", true},
        {"hit",
         Want::kChoice,
         "Which rows count. Default: first.",
         false,
         false,
         {},
         {"first", "unique", "any", "priority", "collect"}}}},
      {"drop", "Events that go no further.", {{"when", Want::kExpression, "A condition.", true}}},
  };
}

std::vector<Shape> ladder_shapes() {
  return {
      {"rung",
       "One rung of the ladder.",
       {{"cache", Want::kShape, "Answers that were given before to the same text.", false, true, "cache"},
        {"model", Want::kTextOrShape, "A folder that train wrote, or NAME@ALIAS.", false, true, "model"},
        {"remote", Want::kText, "The file of a model of another service.", false, true},
        {"rules", Want::kTextOrShape, "A table with the outputs label and probability; it may read `text`.", false,
         true, "table"},
        {"human", Want::kName, "The review queue that the event waits in.", false, true},
        {"default", Want::kText, "The label that is given when nobody is sure.", false, true}}},
      {"cache",
       "Answers that were given before to the same text.",
       {{"ttl", Want::kDuration, "How long an answer stays good.", true}}},
      {"model",
       "A model, or a part of it.",
       {{"path", Want::kText, "A folder that train wrote, or NAME@ALIAS.", true},
        {"part",
         Want::kChoice,
         "Only this part. Default: all, cheap ones first.",
         false,
         false,
         {},
         {"linear", "attention"}},
        {"precision",
         Want::kChoice,
         "Of the attention part. Default: fp32, which its thresholds were fitted with. int8 wants a verdict of "
         "models verify.",
         false,
         false,
         {},
         {"fp32", "bf16", "int8"}}}},
      {"sure",
       "When an answer is good enough. What is absent, the model's own thresholds say.",
       {{"error_budget", Want::kShare, "Of the answers that are taken, how many may be wrong: 2% or 0.02."},
        {"min_probability", Want::kShare, "The least calibrated probability."},
        {"min_margin", Want::kShare, "The least distance to the runner-up."},
        {"outside",
         Want::kChoice,
         "Texts unlike all that the model knows. Default: reject.",
         false,
         false,
         {},
         {"reject", "accept"}}}},
  };
}

std::vector<Key> action_keys() {
  return {{"append", Want::kTextTemplate, "A file to which one line is added: `body` as JSON.", false, true},
          {"move", Want::kTextTemplate, "The folder to which the event's file is moved.", false, true},
          {"http", Want::kShape, "A call.", false, true, "http"},
          {"mail", Want::kShape, "A message.", false, true, "mail"},
          {"body", Want::kTemplate, "What append writes."}};
}

std::vector<LaterKey> action_later() {
  return {{"tool", "tools are not part of this version"},
          {"approve", "approvals are not part of this version"},
          {"mcp", "MCP tools are not part of this version"}};
}

std::vector<Shape> act_shapes() {
  Shape effect{"effect", "Something that is done because of a decision.", action_keys(), action_later()};
  for (Key key : {Key{"key", Want::kExpression, "What makes it this effect and no other. Default: event.id."},
                  Key{"when", Want::kExpression, "A condition. Default: always."},
                  Key{"undo", Want::kShape, "How it is undone; may read `outcome`.", false, false, "undo"},
                  Key{"hold", Want::kDuration, "How long it waits, and can be cancelled, before it is done."},
                  Key{"retry", Want::kShape, "How often it is tried.", false, false, "retry"},
                  Key{"timeout", Want::kDuration, "How long one attempt may take. Default: 10s."}}) {
    effect.keys.push_back(key);
  }
  return {
      effect,
      {"undo", "How an effect is undone.", action_keys(), action_later()},
      {"http",
       "A call.",
       {{"post", Want::kTextTemplate, "The url.", false, true},
        {"put", Want::kTextTemplate, "The url.", false, true},
        {"patch", Want::kTextTemplate, "The url.", false, true},
        {"delete", Want::kTextTemplate, "The url.", false, true},
        {"get", Want::kTextTemplate, "The url.", false, true},
        {"headers", Want::kHeaders, "Texts by name."},
        {"body", Want::kTemplate, "Sent as JSON."}}},
      {"mail",
       "A message.",
       {{"to", Want::kTextTemplate, "The recipient.", true},
        {"from", Want::kTextTemplate, "The sender.", true},
        {"subject", Want::kTextTemplate, "One line.", true},
        {"text", Want::kTextTemplate, "The message.", true},
        {"smtp", Want::kTextTemplate, "The server: smtp://host:port or smtps://${USER}:${PASSWORD}@host.", true}},
       {{"via", "write smtp: with the server's url"}}},
      {"retry",
       "How often an effect is tried.",
       {{"attempts", Want::kWhole, "In all. Default: 5."},
        {"backoff", Want::kDuration, "Before the second; doubled each time. Default: 1s."},
        {"backoff_max", Want::kDuration, "Default: 5m."}}},
  };
}

}  // namespace

const Key* Shape::find(std::string_view key) const {
  auto found = std::ranges::find(keys, key, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

bool Shape::has_kinds() const {
  return std::ranges::any_of(keys, &Key::kind);
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kAll = [] {  // a constant, made when first asked for
    std::vector<Shape> all = outer_shapes();
    for (auto&& more : {step_shapes(), ladder_shapes(), act_shapes()}) all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return kAll;
}

const Shape& shape(std::string_view name) {
  auto found = std::ranges::find(shapes(), name, &Shape::name);
  FOVEA_CHECK(found != shapes().end());
  return *found;
}

}  // namespace fovea::file
