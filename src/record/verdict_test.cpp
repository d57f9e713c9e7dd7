#include "record/verdict.h"

#include <gtest/gtest.h>

namespace fovea::record {
namespace {

TEST(Verdict, TellsWhatWasDecidedByWhatAndWhatFollows) {
  Verdict verdict;
  verdict.event_id = "e", verdict.source = "http:f", verdict.flow = "f", verdict.fate = "decided";
  verdict.seq = 7, verdict.leaf = 5;
  Decision decision;
  decision.flow_version = 3;
  decision.outputs["queue"] = "refunds";
  Scored scored;
  scored.as = "intent", scored.rung = "rules";
  scored.prediction.label = "refund", scored.prediction.probability = 0.8;
  scored.attempts.push_back({"linear", "unsure", "probability 0.41 under 0.62", 12, "other", 0.41, ""});
  decision.scored.push_back(scored);
  decision.hits.push_back({"routing.csv", 2, {{"event.amount", Json(500)}}});
  verdict.decision = decision;
  verdict.effects.push_back({"note", "append", "note:e", "pending"});
  EXPECT_EQ(
      to_text(to_json(verdict)),
      R"({"id":"e","source":"http:f","flow":"f","fate":"decided","duplicate":false,"flow_version":3,)"
      R"("decision":{"queue":"refunds"},"label":"refund","confidence":0.8,"rung":"rules","scores":[{"as":"intent",)"
      R"("rung":"rules","label":"refund","confidence":0.8,"margin":0.0,"outside":false,"model":"","attempts":)"
      R"([{"rung":"linear","outcome":"unsure","detail":"probability 0.41 under 0.62","spent_us":12}]}],"rules":)"
      R"([{"table":"routing.csv","row":2,"read":[{"expression":"event.amount","value":500}]}],)"
      R"("deadline_met":true,"latency_us":0,"effects":[{"name":"note","kind":"append","key":"note:e",)"
      R"("state":"pending"}],"receipt":{"seq":7,"leaf":5}})");
}

TEST(Verdict, OfAnEventThatWasNotDecided) {
  Verdict verdict;
  verdict.event_id = "e", verdict.fate = "late", verdict.duplicate = true, verdict.seq = 1;
  EXPECT_EQ(to_text(to_json(verdict)),
            R"({"id":"e","source":"","flow":"","fate":"late","duplicate":true,"effects":[],"receipt":{"seq":1}})");
}

TEST(Verdict, APersonIsWaitedFor) {
  Verdict verdict;
  verdict.decision.emplace();
  verdict.decision->for_human = true;
  verdict.decision->human_queue = "tier1";
  EXPECT_EQ(text_or(member(to_json(verdict), "waits_for"), ""), "tier1");
}

}  // namespace
}  // namespace fovea::record
