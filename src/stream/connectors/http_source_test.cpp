#include "stream/connectors/http_source.h"

#include <gtest/gtest.h>

#include <thread>

#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

std::vector<record::Event> events_of(std::initializer_list<const char*> ids) {
  std::vector<record::Event> events;
  for (const char* id : ids) events.emplace_back().id = id;
  return events;
}

struct Answers {
  std::vector<std::vector<Receipt>> done;
  std::vector<Error> failed;
  HttpSource::Done take() {
    return [this](Result<std::vector<Receipt>> result) {
      if (result) {
        done.push_back(*result);
      } else {
        failed.push_back(result.error());
      }
    };
  }
};

TEST(HttpSource, AnswersEachRequestWhenAllItsEventsAreDurable) {
  Answers answers;  // outlives the source, which answers what is open when it goes
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(events_of({"a", "b"}), 10, answers.take()));
  ASSERT_TRUE(source.offer(events_of({"c"}), 10, answers.take()));
  EXPECT_EQ(source.pull(1, {}, Nanos(0))->events.size(), 1u);
  std::string first = source.cursor();
  EXPECT_EQ(source.pull(9, {}, Nanos(0))->events.size(), 2u);
  std::string second = source.cursor();
  source.acknowledge(first, std::vector<Receipt>{{"a", false}});
  EXPECT_TRUE(answers.done.empty()) << "half of a request";
  source.acknowledge(second, std::vector<Receipt>{{"b2", true}, {"c", false}});
  ASSERT_EQ(answers.done.size(), 2u);
  EXPECT_EQ(answers.done[0][1].id, "b2");
  EXPECT_TRUE(answers.done[0][1].duplicate);
  EXPECT_EQ(answers.done[1][0].id, "c");
  EXPECT_EQ(source.waiting(), 0u);
  source.acknowledge(second, {});
  EXPECT_EQ(answers.done.size(), 2u) << "once";
}

TEST(HttpSource, AtTheLimitAndOnePastIt) {
  Answers answers;
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(std::vector<record::Event>(kHttpQueueEventsMax), 1, answers.take()));
  EXPECT_EQ(source.offer(events_of({"one more"}), 1, answers.take()).error().code, Code::kResourceExhausted);
  source.pull(kHttpQueueEventsMax, {}, Nanos(0));
  EXPECT_FALSE(source.offer(events_of({"one more"}), 1, answers.take())) << "pulled is not yet durable";
  source.acknowledge(source.cursor(), {});
  EXPECT_TRUE(source.offer(events_of({"one more"}), kHttpQueueBytesMax, answers.take()));
  EXPECT_FALSE(source.offer(events_of({"bytes"}), 1, answers.take()));
}

TEST(HttpSource, StoppingRefusesWhatIsQueuedAndKeepsWhatIsPulled) {
  Answers answers;
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(events_of({"a"}), 1, answers.take()));
  source.pull(1, {}, Nanos(0));
  ASSERT_TRUE(source.offer(events_of({"b"}), 1, answers.take()));
  source.stop();
  ASSERT_EQ(answers.failed.size(), 1u);
  EXPECT_EQ(answers.failed[0].code, Code::kUnavailable);
  EXPECT_FALSE(source.offer(events_of({"c"}), 1, answers.take()));
  source.acknowledge(source.cursor(), {});
  EXPECT_EQ(answers.done.size(), 1u);
  EXPECT_TRUE(source.pull(1, {}, std::chrono::seconds(20))->exhausted);
}

TEST(HttpSource, AWaitingPullIsWoken) {
  Answers answers;
  HttpSource source("http:x");
  std::thread client([&] { ASSERT_TRUE(source.offer(events_of({"a"}), 1, answers.take())); });
  EXPECT_EQ(source.pull(5, {}, std::chrono::seconds(20))->events.size(), 1u);
  client.join();
}

TEST(HttpSource, ClosedItTakesNothingInAndDecidesWhatWaits) {
  Answers answers;
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(events_of({"a"}), 10, answers.take()));
  source.close();
  EXPECT_EQ(source.offer(events_of({"b"}), 10, answers.take()).error().code, Code::kUnavailable);
  const auto pulled = source.pull(9, {}, Nanos(0));
  EXPECT_EQ(pulled->events.size(), 1u);
  EXPECT_FALSE(pulled->exhausted) << "only stop() ends it";
  source.acknowledge(source.cursor(), std::vector<Receipt>{{"a", false}});
  EXPECT_EQ(answers.done.size(), 1u);
  EXPECT_EQ(source.waiting(), 0u);
}

TEST(HttpSource, TheEndTellsWhoeverStillWaits) {
  Answers answers;
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(events_of({"a", "b"}), 10, answers.take()));
  ASSERT_TRUE(source.offer(events_of({"c"}), 10, answers.take(), true));
  EXPECT_EQ(source.pull(1, {}, Nanos(0))->events.size(), 1u);  // "a" is at a flow that ends; the others are queued
  source.end();
  ASSERT_EQ(answers.failed.size(), 2u);
  for (const Error& error : answers.failed) EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_EQ(source.waiting(), 0u);
  EXPECT_FALSE(source.wants_verdicts());
  source.end();
  EXPECT_EQ(answers.failed.size(), 2u) << "each is told once";
}

TEST(HttpSource, VerdictsAreWantedAsLongAsSomebodyWaitsForOne) {
  Answers answers;
  HttpSource source("http:x");
  ASSERT_TRUE(source.offer(events_of({"a"}), 10, answers.take()));
  EXPECT_FALSE(source.wants_verdicts());
  ASSERT_TRUE(source.offer(events_of({"b"}), 10, answers.take(), true));
  EXPECT_TRUE(source.wants_verdicts());
  EXPECT_EQ(source.pull(9, {}, Nanos(0))->events.size(), 2u);
  auto verdict = std::make_shared<record::Verdict>();
  verdict->seq = 7;
  source.acknowledge(source.cursor(), std::vector<Receipt>{{"a", false, verdict}, {"b", false, verdict}});
  EXPECT_FALSE(source.wants_verdicts());
  ASSERT_EQ(answers.done.size(), 2u);
  EXPECT_EQ(answers.done[1][0].verdict->seq, 7);
}

}  // namespace
}  // namespace fovea::connectors
