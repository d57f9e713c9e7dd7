#include "flow/file/flow_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace fovea::file {
namespace {

// Files that are a map.
class MapFiles final : public Files {
 public:
  std::map<std::string, std::string> content;
  Result<std::string> read(const std::string& path, uint64_t, uint64_t bytes_max) override {
    auto found = content.find(path);
    if (found == content.end()) return fail(Code::kNotFound, "no such file", path);
    return found->second.substr(0, bytes_max);
  }
  Result<uint64_t> size(const std::string& path) override { return content[path].size(); }
  Result<void> write_atomic(const std::string&, std::string_view) override { return {}; }
  Result<void> append(const std::string&, std::string_view) override { return {}; }
  Result<void> truncate(const std::string&, uint64_t) override { return {}; }
  Result<void> rename(const std::string&, const std::string&) override { return {}; }
  Result<void> remove(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string&) override { return {}; }
};

const char* kSmoke = R"(flow: smoke
version: 1
source: { jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }
steps:
  - redact: [email, phone, card, cn_resident_id]
  - score: { as: intent, text: event.body, deadline: 200ms, ladder: [ { model: ./model }, { rules: ./keywords.csv }, { default: other } ] }
  - decide: ./routing.csv
act:
  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue, rung: intent.rung }, key: event.id }
)";

const char* kRouting =
    "intent.label,event.amount,=> queue,=> priority\n\"refund, complaint\",> 100,desk,1\n"
    "\"refund, complaint\",-,refunds,2\n-,-,general,3\n";
const char* kKeywords =
    "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n";

MapFiles samples() {
  MapFiles files;
  files.content["shop/routing.csv"] = kRouting;
  files.content["shop/keywords.csv"] = kKeywords;
  files.content["shop/rules/keywords.csv"] = kKeywords;
  files.content["shop/rules/routing.csv"] = kRouting;
  return files;
}

Result<FlowFile> parsed(std::string text) {
  MapFiles files = samples();
  return parse_flow(files, "shop/flow.yaml", text);
}

std::string refused(std::string text) {
  auto flow = parsed(std::move(text));
  return flow ? "accepted" : std::string(code_name(flow.error().code)) + " " + flow.error().text();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(FlowFile, ReadsTheSmallestFlow) {
  auto flow = parsed(kSmoke);
  ASSERT_TRUE(flow) << flow.error().text();
  EXPECT_EQ(flow->name, "smoke");
  EXPECT_EQ(flow->version, 1);
  EXPECT_EQ(flow->source.name, "jsonl:./events.jsonl");
  EXPECT_EQ(flow->source.path, "shop/events.jsonl");
  EXPECT_FALSE(flow->source.dedupe);
  ASSERT_EQ(flow->steps.size(), 3u);
  const auto& score = std::get<Score>(flow->steps[1].what);
  EXPECT_EQ(score.deadline, Nanos(200'000'000));
  ASSERT_EQ(score.ladder.size(), 3u);
  EXPECT_EQ(score.ladder[0].model, "shop/model");
  EXPECT_TRUE(score.ladder[0].model_is_folder);
  EXPECT_EQ(score.ladder[1].rules->rows(), 2u);
  EXPECT_EQ(score.ladder[2].label, "other");
  EXPECT_EQ(flow->steps[2].place.line, 7);
  ASSERT_EQ(flow->act.size(), 1u);
  JsonObject root =
      parse_json(R"({"event":{"id":"e1"},"decision":{"queue":"desk"},"intent":{"rung":"rules"}})")->get_object();
  auto filled = flow->act[0].action.arguments.fill(root);
  ASSERT_TRUE(filled) << filled.error().text();
  EXPECT_EQ(to_text(*filled), R"({"path":"shop/out.jsonl","body":{"id":"e1","queue":"desk","rung":"rules"}})");
  EXPECT_EQ(*flow->act[0].key.eval_text(root), "e1");
  EXPECT_EQ(flow->flow_digest.size(), 64u);
  EXPECT_EQ(flow->tables, (std::vector<std::string>{"shop/keywords.csv", "shop/routing.csv"}));
}

TEST(FlowFile, EverySourceOfTheContract) {
  for (const char* source : {"{ mail: ./inbox }", "{ mbox: ./a.mbox }", "{ csv: ./a.csv }", "{ stdin: jsonl }",
                             "{ folder: ./drop, format: jsonl }", "{ http: smoke, dedupe: forever, lateness: 5m }"}) {
    auto flow =
        parsed(replaced(kSmoke, "{ jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }", source));
    EXPECT_TRUE(flow) << source << ": " << flow.error().text();
  }
}

const char* kTriage = R"(flow: support-triage
version: 3
source: { mail: ./inbox, key: event.thread, time: event.date, dedupe: 24h }
keep: { payloads: 30d }
cost: { attention: 0.00002, human: 1.5, currency: EUR }
limits: { event_bytes: 32MiB, batch: 64 }
steps:
  - clean:  { html: text, quotes: drop, signature: drop }
  - redact: [email, phone, card, cn_resident_id]
  - drop: { when: event.subject.startsWith("Out of office") }
  - window: { as: sender, key: event.from, span: 1h, keep: { messages: count(), subjects: distinct(event.subject) } }
  - score:
      as: intent
      text: event.subject + "\n" + event.text
      deadline: 50ms
      ladder:
        - cache:  { ttl: 10m }
        - model:  { path: ./model, part: linear }
        - model:  support-attention@prod
        - rules:  rules/keywords.csv
        - human:  tier1
      sure: { error_budget: 2%, min_margin: 0.1, outside: reject }
  - decide: { table: rules/routing.csv, hit: first }
act:
  - ticket:
      http: { post: "${HELPDESK}/tickets", headers: { Authorization: "Bearer ${HELPDESK_TOKEN}" }, body: { queue: decision.queue, note: "from {event.from}, {sender.messages} today" } }
      key: event.id
      undo: { http: { delete: "${HELPDESK}/tickets/{outcome.id}" } }
      retry: { attempts: 3, backoff: 2s, backoff_max: 1m }
      timeout: 5s
  - file: { move: "done/{decision.queue}", when: intent.label != "spam" && sender.subjects < 5, hold: 10m }
  - answer: { mail: { to: "{event.from}", from: "shop@example.com", subject: "Re: {event.subject}", text: "We got it.", smtp: "smtps://${SMTP_USER}:${SMTP_PASSWORD}@mail.example.com" } }
)";

TEST(FlowFile, ReadsALargeFlow) {
  auto flow = parsed(kTriage);
  ASSERT_TRUE(flow) << flow.error().text();
  EXPECT_EQ(flow->source.dedupe, std::chrono::hours(24));
  EXPECT_EQ(flow->keep.payloads, std::chrono::days(30));
  EXPECT_EQ(flow->cost.rungs.at("human"), 1.5);
  EXPECT_EQ(flow->limits.batch, 64u);
  EXPECT_EQ(flow->environment, (std::vector<std::string>{"HELPDESK", "HELPDESK_TOKEN", "SMTP_PASSWORD", "SMTP_USER"}));
  const auto& score = std::get<Score>(flow->steps[4].what);
  EXPECT_EQ(score.sure.error_budget, 0.02);
  EXPECT_EQ(score.ladder[1].part, "linear");
  EXPECT_FALSE(score.ladder[2].model_is_folder);
  const auto& window = std::get<Window>(flow->steps[3].what);
  EXPECT_EQ(window.keep[1].fold, Feature::Fold::kDistinct);
  EXPECT_EQ(window.keep[1].of->text(), "event.subject");
  JsonObject root = parse_json(R"({"event":{"id":"7","from":"a/b?$c@x","subject":"Hi"},"decision":{"queue":"desk"},
      "sender":{"messages":2,"subjects":1},"intent":{"label":"refund"}})")
                        ->get_object();
  const EffectSpec& ticket = flow->act[0];
  EXPECT_EQ(to_text(*ticket.action.arguments.fill(root)),
            R"({"method":"POST","url":"${HELPDESK}/tickets","headers":{"Authorization":"Bearer ${HELPDESK_TOKEN}"},)"
            R"("body":{"queue":"desk","note":"from a/b?$c@x, 2 today"}})");
  Json outcome = parse_json(R"({"id":"a b/$9"})").value();
  expr::Scope::Name names[] = {{"outcome", expr::Value::view(outcome)}};
  auto undo = ticket.undo->arguments.fill(expr::Scope(root, names));
  ASSERT_TRUE(undo) << undo.error().text();
  std::string url(member(*undo, "url").get_string());
  EXPECT_EQ(url, "${HELPDESK}/tickets/a%20b%2F%249");
  EXPECT_EQ(*expr::with_environment(url, [](const char*) { return "http://h"; }), "http://h/tickets/a%20b%2F%249");
  EXPECT_EQ(to_text(*flow->act[1].action.arguments.fill(root)), R"({"to":"shop/done/desk"})");
  EXPECT_TRUE(*flow->act[1].when->eval_bool(root));
  root["decision"].as_object()["queue"] = "../../etc";
  EXPECT_FALSE(flow->act[1].action.arguments.fill(root));
  EXPECT_TRUE(flow->warnings.empty()) << flow->warnings[0].where << " " << flow->warnings[0].message;
}

TEST(FlowFile, EveryMistakeHasItsPlace) {
  struct Case {
    const char *from, *to, *expected;
  };
  for (const Case& each : {
           Case{"flow: smoke", "flwo: smoke",
                "INVALID_ARGUMENT shop/flow.yaml:1:1: unknown key 'flwo' in flow (did you mean 'flow'?)"},
           Case{"deadline: 200ms", "deadline: 200", "shop/flow.yaml:6:54: 'deadline'"},
           Case{"deadline: 200ms", "deadlin: 200ms", "did you mean 'deadline'?"},
           Case{"text: event.body", "text: evnt.body",
                "shop/flow.yaml:6:32: 'text': unknown name 'evnt' (did you mean 'event'?"},
           Case{"rung: intent.rung", "rung: intent.run", "'intent' has no member 'run' (did you mean 'rung'?)"},
           Case{"queue: decision.queue", "queue: decision.queu",
                "shop/flow.yaml:9:72: 'body': 'decision' has no member 'queu'"},
           Case{", { default: other } ]", " ]", "a ladder ends in human or default"},
           Case{"{ default: other } ]", "{ default: other }, { human: q } ]", "never reached"},
           Case{"./keywords.csv", "./nothing.csv", "NOT_FOUND shop/flow.yaml:6:"},
           Case{"[email,", "[e-mail,", "shop/flow.yaml:5:14: 'redact' may not be 'e-mail' (did you mean 'email'?)"},
           Case{"jsonl: ./events.jsonl,", "jsonl: ./events.jsonl, csv: ./b.csv,", "beside another of its kind"},
           Case{"jsonl: ./events.jsonl,", "flow: other.escalated,",
                "UNIMPLEMENTED shop/flow.yaml:3:11: 'flow': chaining flows"},
           Case{"append: ./out.jsonl, body", "tool: billing.refund, body", "UNIMPLEMENTED"},
           Case{"deadline: 200ms", "shadow: a@b", "UNIMPLEMENTED shop/flow.yaml:6:"},
           Case{"key: event.id }", "key: event.id, approve: { by: x } }", "UNIMPLEMENTED"},
           Case{"version: 1", "version: 1\nversion: 2", "shop/flow.yaml:3:1: the key 'version' stands twice"},
           Case{"version: 1", "version: &a 1", "an anchor"},
           Case{"version: 1", "version: !!int 1", "a tag"},
           Case{"version: 1", "version: one", "'version' is a whole number"},
           Case{"version: 1", "version: 1\nkeep: { payloads: 5 }", "with a unit"},
           Case{"append: ./out.jsonl", "append: \"./{event.id}.jsonl", "not YAML"},
           Case{"append: ./out.jsonl", "append: \"./${HOME}/x\"", "may not stand here"},
           Case{"append: ./out.jsonl, body: { id: event.id, queue: decision.queue, rung: intent.rung }", "move: done",
                "only events of a mail or folder source"},
           Case{"as: intent", "as: decision", "the name 'decision' is taken"},
           Case{"key: event.id }", "key: event.id, when: event.id + 1 == 'x' && size(intent.label) }",
                "no such overload"},
           Case{"key: event.id }", "key: event.id, when: size(intent.label) }", "is a condition"},
       }) {
    std::string message = refused(replaced(kSmoke, each.from, each.to));
    EXPECT_NE(message.find(each.expected), std::string::npos) << each.to << "\n  gave " << message;
  }
}

TEST(FlowFile, SecretsStandInTheEnvironment) {
  EXPECT_NE(refused(replaced(kTriage, "Bearer ${HELPDESK_TOKEN}", "Bearer abc")).find("holds a secret"),
            std::string::npos);
  EXPECT_NE(refused(replaced(kTriage, "${SMTP_USER}:${SMTP_PASSWORD}@", "me:hunter2@")).find("holds a password"),
            std::string::npos);
  EXPECT_NE(refused(replaced(kTriage, "${HELPDESK}/tickets\"", "https://u:p@h/t\"")).find("holds a password"),
            std::string::npos);
}

TEST(FlowFile, ForeignTextsAreRefusedNotRun) {
  EXPECT_NE(refused("").find("empty file"), std::string::npos);
  EXPECT_NE(refused("- a\n- b\n").find("expected a mapping (flow), found a list"), std::string::npos);
  EXPECT_NE(refused("a: *b\n").find("shop/flow.yaml:1:"), std::string::npos);
  EXPECT_NE(refused("a: 1\n---\nb: 2\n").find("a second document"), std::string::npos);
  EXPECT_NE(refused("a: \xFF\n").find("not UTF-8"), std::string::npos);
  EXPECT_NE(refused("flow:\n  <<: x\n").find("a merge key"), std::string::npos);
  EXPECT_NE(refused(std::string(100'000, '[')).find("RESOURCE_EXHAUSTED"), std::string::npos);
  EXPECT_NE(refused(std::string((1u << 20) + 1, ' ')).find("RESOURCE_EXHAUSTED"), std::string::npos);
}

TEST(FlowFile, DigestCoversTheTables) {
  MapFiles files = samples();
  auto before = parse_flow(files, "shop/flow.yaml", kSmoke);
  files.content["shop/routing.csv"] += " ,-,x,4\n";
  auto after = parse_flow(files, "shop/flow.yaml", kSmoke);
  ASSERT_TRUE(before && after);
  EXPECT_NE(before->flow_digest, after->flow_digest);
  ASSERT_FALSE(after->warnings.empty());
  EXPECT_EQ(after->warnings[0].where, "./routing.csv:5");
}

TEST(FlowFile, PublishedSchemaIsWhatTheCodeSays) {
  const std::string path = "docs/formats/flow.schema.json";
  if (std::getenv("FOVEA_UPDATE_GOLDEN")) ASSERT_TRUE(RealFiles().write_atomic(path, flow_schema()));
  auto committed = read_file(path);
  ASSERT_TRUE(committed) << committed.error().text();
  EXPECT_EQ(*committed, flow_schema()) << "FOVEA_UPDATE_GOLDEN=1 test_flow_file writes it";
}

// A foreign validator agrees about what is a flow file.
TEST(FlowFile, SchemaTakesTheSamplesAndRefusesMistakes) {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) GTEST_SKIP() << "no python3-jsonschema";
  const std::string folder = ::testing::TempDir(), schema = folder + "/flow.schema.json",
                    sample = folder + "/flow.yaml";
  ASSERT_TRUE(RealFiles().write_atomic(schema, flow_schema()));
  auto valid = [&](std::string_view text) {
    EXPECT_TRUE(RealFiles().write_atomic(sample, text));
    std::string check =
        "python3 -c 'import json, sys, yaml, jsonschema; jsonschema.validate(yaml.safe_load(open(sys.argv[2])), "
        "json.load(open(sys.argv[1])))' " +
        schema + " " + sample + " 2>/dev/null";
    return std::system(check.c_str()) == 0;
  };
  EXPECT_TRUE(valid(kSmoke));
  EXPECT_TRUE(valid(kTriage));
  EXPECT_FALSE(valid(replaced(kSmoke, "deadline: 200ms", "deadlin: 200ms")));
  EXPECT_FALSE(valid(replaced(kSmoke, "deadline: 200ms", "deadline: 200")));
  EXPECT_FALSE(valid(replaced(kSmoke, "{ default: other }", "{ default: other, human: q }")));
  EXPECT_FALSE(valid(replaced(kTriage, "attempts: 3", "attempts: none")));
}

// Every ```yaml block of the page that begins with "flow:" loads.
TEST(FlowFile, ExamplesOfTheDocumentationLoad) {
  auto page = read_file("docs/formats/flow.md");
  ASSERT_TRUE(page) << page.error().text();
  int seen = 0;
  for (size_t at = 0; (at = page->find("```yaml\n", at)) != std::string::npos;) {
    at += 8;
    std::string block = page->substr(at, page->find("```", at) - at);
    if (!block.starts_with("flow:")) continue;
    ++seen;
    auto flow = parsed(block);
    EXPECT_TRUE(flow) << flow.error().text() << "\n" << block;
  }
  EXPECT_GE(seen, 2);
}

}  // namespace
}  // namespace fovea::file
