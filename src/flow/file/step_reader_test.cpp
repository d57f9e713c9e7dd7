#include "flow/file/step_reader.h"

#include <gtest/gtest.h>

#include "flow/file/sample_flow_test.h"

namespace fovea::file {
namespace {

TEST(StepReader, RefusesWhatCannotBeDone) {
  struct Case {
    const char *from, *to, *expected;
  };
  for (const Case& each : {
           Case{"html: text", "html: texts", "did you mean 'text'?"},
           Case{"[email, phone,", "[email, email,", "'email' stands twice"},
           Case{"[email, phone, card, cn_resident_id]", "email", "'redact' is a list of kinds"},
           Case{"count()", "count(event.x)", "count() takes nothing"},
           Case{"distinct(event.subject)", "distinct()", "distinct() takes an expression"},
           Case{"distinct(event.subject)", "distnct(event.subject)", "did you mean 'distinct'?"},
           Case{"distinct(event.subject)", "distinct(evnt.subject)",
                "shop/flow.yaml:11:100: 'subjects': unknown name 'evnt'"},
           Case{"key: event.from", "key: intent.label", "unknown name 'intent'"},
           Case{"as: intent", "as: sender", "the name 'sender' is taken"},
           Case{"as: intent", "as: my-intent", "cannot be read by an expression"},
           Case{"part: linear", "part: lineer", "did you mean 'linear'?"},
           Case{"part: linear", "part: linear, precision: int8", "the linear part has no precision"},
           Case{"part: linear", "precision: int9", "did you mean 'int8'?"},
           Case{"- model:  support-attention@prod", "- cache: { ttl: 1m }", "a second cache"},
           Case{"error_budget: 2%", "error_budget: 200%", "is a share"},
           Case{"hit: first", "hit: frist", "did you mean 'first'?"},
           Case{"event.subject.startsWith(\"Out of office\")", "event.subject + 'x'", "is a condition"},
           Case{"rules/keywords.csv", "rules/routing.csv", "unknown name 'intent'"},
           Case{"rules/keywords.csv", "plain.csv", "has no output 'queue'"},
       }) {
    std::string message = refused(replaced(kTriage, each.from, each.to));
    EXPECT_NE(message.find(each.expected), std::string::npos) << each.to << "\n  gave " << message;
  }
}

TEST(StepReader, WarnsOfWhatNothingReads) {
  auto flow = parsed(replaced(kTriage, " && sender.subjects < 5", ""));
  ASSERT_TRUE(flow) << flow.error().text();
  ASSERT_EQ(flow->warnings.size(), 1u);
  EXPECT_EQ(flow->warnings[0].message, "nothing reads 'sender.subjects'");
}

}  // namespace
}  // namespace fovea::file
