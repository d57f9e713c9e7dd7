#include "flow/file/reader.h"

#include <gtest/gtest.h>

#include "flow/file/sample_flow_test.h"

namespace fovea::file {
namespace {

TEST(Reader, EveryMistakeHasItsPlace) {
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

}  // namespace
}  // namespace fovea::file
