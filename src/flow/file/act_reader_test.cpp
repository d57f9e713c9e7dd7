#include "flow/file/act_reader.h"

#include <gtest/gtest.h>

#include "flow/file/sample_flow_test.h"

namespace fovea::file {
namespace {

TEST(ActReader, SecretsStandInTheEnvironment) {
  EXPECT_NE(refused(replaced(kTriage, "Bearer ${HELPDESK_TOKEN}", "Bearer abc")).find("holds a secret"),
            std::string::npos);
  EXPECT_NE(refused(replaced(kTriage, "${SMTP_USER}:${SMTP_PASSWORD}@", "me:hunter2@")).find("holds a password"),
            std::string::npos);
  EXPECT_NE(refused(replaced(kTriage, "${HELPDESK}/tickets\"", "https://u:p@h/t\"")).find("holds a password"),
            std::string::npos);
}

TEST(ActReader, RefusesWhatCannotBeDone) {
  struct Case {
    const char *from, *to, *expected;
  };
  for (const Case& each : {
           Case{"post: \"${HELPDESK}/tickets\"", "post: helpdesk/tickets", "is no url that can be called"},
           Case{"smtp: \"smtps://", "smtp: \"https://", "is no url that can be called"},
           Case{"delete: \"${HELPDESK}", "get: \"http://h\", body: 1, delete: \"${HELPDESK}",
                "beside another of its kind"},
           Case{"undo: {", "body: 1, undo: {", "not YAML"},
           Case{"hold: 10m", "hold: 0s", "must be above zero"},
           Case{"backoff_max: 1m", "backoff_max: 1s", "'backoff' is above 'backoff_max'"},
           Case{"- answer:", "- ticket:", "a second effect 'ticket'"},
           Case{"attempts: 3", "attempts: 0", "a whole number from 1 to 100"},
           Case{"Authorization:", "\"Bad Name\":", "no name of a header"},
           Case{"{outcome.id}", "{outcme.id}", "unknown name 'outcme'"},
           Case{"when: intent.label", "when: outcome.x == 1 || intent.label", "unknown name 'outcome'"},
       }) {
    std::string message = refused(replaced(kTriage, each.from, each.to));
    EXPECT_NE(message.find(each.expected), std::string::npos) << each.to << "\n  gave " << message;
  }
}

}  // namespace
}  // namespace fovea::file
