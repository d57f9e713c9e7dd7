// JSON Lines, CSV and mbox as sources: reading, following, restarting, limits.
#include "stream/connectors/record_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/slow_build_test.h"
#include "stream/connectors/csv.h"
#include "stream/connectors/jsonl.h"
#include "stream/connectors/mbox.h"

namespace fovea::connectors {
namespace {

namespace fs = std::filesystem;

class RecordSourceTest : public ::testing::Test {
 protected:
  RecordSourceTest() : dir_(fs::temp_directory_path() / ("fovea_records_" + std::to_string(::getpid()))) {
    fs::create_directories(dir_);
  }
  ~RecordSourceTest() override { fs::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  void write(const std::string& name, std::string_view bytes, bool append = false) const {
    std::ofstream(path(name), append ? std::ios::app | std::ios::binary : std::ios::binary) << bytes;
  }
  std::unique_ptr<Source> open(std::string_view kind, const std::string& name, bool once = true) {
    auto source = open_source(kind, path(name), {std::string(kind) + ":./" + name, once}, files_);
    EXPECT_TRUE(source) << source.error().text();
    return source ? std::move(*source) : nullptr;
  }
  static std::vector<record::Event> all(Source& source, size_t batch = 3) {
    std::vector<record::Event> events;
    for (int turn = 0; turn < 100'000; ++turn) {
      auto pulled = source.pull(batch, TimePoint{1}, Nanos(0));
      EXPECT_TRUE(pulled) << pulled.error().text();
      if (!pulled) break;
      EXPECT_LE(pulled->events.size(), batch);
      for (auto& event : pulled->events) events.push_back(std::move(event));
      if (pulled->exhausted) break;
    }
    return events;
  }

  fs::path dir_;
  RealFiles files_;
};

TEST_F(RecordSourceTest, JsonLines) {
  write("e.jsonl", "\xEF\xBB\xBF{\"id\":7,\"body\":\"hi\"}\r\n\n{\"n\":1\n[1]\n{\"last\":true}");
  auto source = open("jsonl", "e.jsonl");
  auto events = all(*source);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_TRUE(events[0].decoded);
  EXPECT_EQ(events[0].fields.at("id"), Json(7)) << "the event's own id stays for expressions";
  EXPECT_EQ(events[0].original, "e.jsonl:1");
  EXPECT_EQ(events[0].source, "jsonl:./e.jsonl");
  EXPECT_FALSE(events[1].decoded);
  EXPECT_EQ(events[1].original, "e.jsonl:3");
  EXPECT_NE(events[1].problem.find("not JSON"), std::string::npos);
  EXPECT_FALSE(events[2].decoded);
  EXPECT_TRUE(events[3].decoded);
}

TEST_F(RecordSourceTest, EqualLinesAreTwoEventsAndIdsAreStable) {
  write("e.jsonl", "{\"a\":1}\n{\"a\":1}\n");
  auto once = all(*open("jsonl", "e.jsonl")), again = all(*open("jsonl", "e.jsonl"));
  ASSERT_EQ(once.size(), 2u);
  EXPECT_NE(once[0].id, once[1].id);
  EXPECT_EQ(once[0].id, again[0].id);
}

TEST_F(RecordSourceTest, ResumesAfterEveryEvent) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "{\"n\":" + std::to_string(i) + "}\n";
  write("e.jsonl", text);
  std::string cursor;
  for (int i = 0; i < 50; ++i) {
    auto source = open("jsonl", "e.jsonl");
    if (!cursor.empty()) {
      ASSERT_TRUE(source->resume(cursor));
    }
    auto pulled = source->pull(1, TimePoint{1}, Nanos(0));
    ASSERT_EQ(pulled->events.size(), 1u);
    EXPECT_EQ(pulled->events[0].fields.at("n"), Json(i));
    EXPECT_EQ(pulled->events[0].original, "e.jsonl:" + std::to_string(i + 1));
    EXPECT_TRUE(pulled->notices.empty());
    cursor = source->cursor();
    EXPECT_LT(cursor.size(), 1024u);
  }
  auto source = open("jsonl", "e.jsonl");
  ASSERT_TRUE(source->resume(cursor));
  EXPECT_TRUE(all(*source).empty());
}

TEST_F(RecordSourceTest, NoticesAFileThatWasReplacedOrCut) {
  write("e.jsonl", "{\"a\":1}\n{\"a\":2}\n");
  auto first = open("jsonl", "e.jsonl");
  all(*first);
  for (std::string_view other : {"{\"b\":1}\n{\"b\":2}\n{\"b\":3}\n", "{\"a\":1}\n"}) {
    write("e.jsonl", other);
    auto source = open("jsonl", "e.jsonl");
    ASSERT_TRUE(source->resume(first->cursor()));
    auto pulled = source->pull(10, TimePoint{1}, Nanos(0));
    EXPECT_EQ(pulled->notices.size(), 1u);
    EXPECT_EQ(pulled->events.size(), static_cast<size_t>(std::count(other.begin(), other.end(), '\n')));
  }
  EXPECT_FALSE(open("jsonl", "e.jsonl")->resume("nonsense"));
}

TEST_F(RecordSourceTest, FollowsWhatIsAppended) {
  write("e.jsonl", "{\"n\":1}\n{\"n\":");
  auto source = open("jsonl", "e.jsonl", false);
  auto pulled = source->pull(10, TimePoint{1}, Nanos(0));
  EXPECT_EQ(pulled->events.size(), 1u) << "half a line is none yet";
  EXPECT_FALSE(pulled->exhausted);
  write("e.jsonl", "2}\n{\"n\":3}\n", true);
  EXPECT_EQ(source->pull(10, TimePoint{1}, Nanos(0))->events.size(), 2u);
  write("e.jsonl", "{\"other\":1}\n");
  pulled = source->pull(10, TimePoint{1}, Nanos(0));
  EXPECT_EQ(pulled->events.size(), 1u);
  EXPECT_EQ(pulled->notices.size(), 1u);
  source->stop();
  EXPECT_TRUE(source->pull(10, TimePoint{1}, std::chrono::seconds(5))->exhausted);
}

TEST_F(RecordSourceTest, ALineAtTheLimitAndOnePastIt) {
  auto line_of = [](size_t bytes) { return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}"; };
  write("e.jsonl", line_of(kLineBytesMax) + "\n" + line_of(kLineBytesMax + 3) + "\n" + line_of(5 * kLineBytesMax) +
                       "\n{\"ok\":1}\n");
  auto events = all(*open("jsonl", "e.jsonl"));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_TRUE(events[0].decoded);
  EXPECT_FALSE(events[1].decoded);
  EXPECT_FALSE(events[2].decoded);
  EXPECT_NE(events[2].problem.find("1048576"), std::string::npos) << events[2].problem;
  EXPECT_TRUE(events[3].decoded);
  EXPECT_EQ(events[3].original, "e.jsonl:4");
}

TEST_F(RecordSourceTest, Csv) {
  write("e.csv", "\n\nid,text,amount\n1,\"hello, \"\"you\"\"\nsecond line\",5\n2,short\n3,a,b,c\n4,\"open\n");
  auto events = all(*open("csv", "e.csv"));
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].fields.at("text"), Json("hello, \"you\"\nsecond line"));
  EXPECT_EQ(events[0].original, "e.csv:4");
  EXPECT_TRUE(events[1].decoded);
  EXPECT_FALSE(events[1].fields.contains("amount"));
  EXPECT_EQ(events[1].original, "e.csv:6");
  EXPECT_FALSE(events[2].decoded);
  EXPECT_FALSE(events[3].decoded);
  // A restart in the middle knows the header, also below empty lines.
  auto source = open("csv", "e.csv");
  source->pull(1, TimePoint{1}, Nanos(0));
  auto resumed = open("csv", "e.csv");
  ASSERT_TRUE(resumed->resume(source->cursor()));
  auto pulled = resumed->pull(1, TimePoint{1}, Nanos(0));
  ASSERT_EQ(pulled->events.size(), 1u);
  EXPECT_EQ(pulled->events[0].fields.at("text"), Json("short"));
}

TEST_F(RecordSourceTest, CsvWithSemicolonsAndATwiceNamedColumn) {
  write("a.csv", "x;y\n1,5;2\n");
  EXPECT_EQ(all(*open("csv", "a.csv"))[0].fields.at("x"), Json("1,5"));
  write("b.csv", "x,x\n1,2\n3,4\n");
  auto events = all(*open("csv", "b.csv"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_FALSE(events[0].decoded);
}

TEST_F(RecordSourceTest, Mbox) {
  write("m.mbox",
        "From a@x.example Thu Aug 22 12:36:23 2002\nSubject: one\n\nFrom here on it is text\n\nFrom now on too\n>From "
        "the start\n\n"
        "From b@x.example Thu Aug 22 12:40:00 2002\nSubject: two\n\nbody\n");
  auto events = all(*open("mbox", "m.mbox"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].fields.at("subject"), Json("one"));
  std::string text(text_or(events[0].fields.at("text"), ""));
  EXPECT_NE(text.find("\nFrom now on too\nFrom the start"), std::string::npos) << text;
  EXPECT_EQ(events[1].original, "m.mbox:9");
}

TEST_F(RecordSourceTest, APipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  RecordSource source({"stdin:jsonl", false}, "stdin", open_pipe_stream(ends[0]), jsonl_format());
  EXPECT_TRUE(source.pull(5, TimePoint{1}, Nanos(0))->events.empty());
  ASSERT_EQ(::write(ends[1], "{\"a\":1}\n{\"a\"", 12), 12);
  EXPECT_EQ(source.pull(5, TimePoint{1}, std::chrono::seconds(1))->events.size(), 1u);
  ASSERT_EQ(::write(ends[1], ":2}", 3), 3);
  ::close(ends[1]);
  size_t more = 0;
  for (int i = 0; i < 10; ++i) {
    auto pulled = source.pull(5, TimePoint{1}, std::chrono::seconds(1));
    more += pulled->events.size();
    if (pulled->exhausted) break;
  }
  EXPECT_EQ(more, 1u);
  ::close(ends[0]);
}

TEST_F(RecordSourceTest, TenThousandShortEventsAreCheap) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += R"({"id":)" + std::to_string(i) +
            R"(,"user":"u17","at":"2026-01-02T03:04:05Z","body":"where is my parcel?","amount":12.5})"
            "\n";
  }
  write("e.jsonl", text);
  auto source = open("jsonl", "e.jsonl");
  std::clock_t start = std::clock();
  EXPECT_EQ(all(*source, 256).size(), 10'000u);
  double ms = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("10,000 lines read in %.1f ms\n", ms);
  EXPECT_LT(ms, 500 * kSlowdown) << "should take about a tenth of that";
}

TEST_F(RecordSourceTest, WhatCannotBeOpened) {
  EXPECT_EQ(open_source("jsonl", path("none"), {"jsonl:none", true}, files_).error().code, Code::kNotFound);
  auto kind = open_source("jsnl", path("none"), {"jsnl:none", true}, files_);
  EXPECT_EQ(kind.error().hint, "did you mean 'jsonl'?");
  EXPECT_EQ(open_source("csv", dir_.string(), {"csv:.", true}, files_).error().code, Code::kInvalidArgument);
  EXPECT_EQ(open_source("stdin", "xml", {"stdin:xml", true}, files_).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::connectors
