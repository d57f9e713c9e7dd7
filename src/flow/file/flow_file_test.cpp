#include "flow/file/flow_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "flow/file/sample_flow_test.h"

namespace fovea::file {
namespace {

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
  EXPECT_EQ(to_text(*filled), R"({"path":"./out.jsonl","body":{"id":"e1","queue":"desk","rung":"rules"}})");
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
  EXPECT_EQ(text_or(member(*undo, "url"), ""), "${HELPDESK}/tickets/a%20b%2F%249");
  EXPECT_EQ(to_text(*flow->act[1].action.arguments.fill(root)), R"({"to":"done/desk"})");
  EXPECT_TRUE(*flow->act[1].when->eval_bool(root));
  root["decision"].as_object()["queue"] = "../../etc";
  EXPECT_FALSE(flow->act[1].action.arguments.fill(root));
  EXPECT_TRUE(flow->warnings.empty()) << flow->warnings[0].where << " " << flow->warnings[0].message;
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
