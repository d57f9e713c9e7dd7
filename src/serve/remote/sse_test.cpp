#include "serve/remote/sse.h"

#include <gtest/gtest.h>

#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

using Texts = std::vector<std::string>;

// However the bytes are cut, the events are the same.
Texts read(const std::string& bytes) {
  SseReader whole;
  Texts all = *whole.take(bytes);
  for (size_t step : {1, 2, 3, 7}) {
    SseReader reader;
    Texts parts;
    for (size_t at = 0; at < bytes.size(); at += step) {
      const Texts some = *reader.take(std::string_view(bytes).substr(at, step));
      parts.insert(parts.end(), some.begin(), some.end());
    }
    EXPECT_EQ(parts, all) << "in pieces of " << step;
  }
  return all;
}

TEST(Sse, ReadsWhatTheStandardShows) {
  EXPECT_EQ(read("data: YHOO\ndata: +2\ndata: 10\n\n"), Texts{"YHOO\n+2\n10"});
  EXPECT_EQ(read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
            (Texts{"first event", "second event", " third event"}));
  EXPECT_EQ(read("data\n\ndata\ndata\n\ndata:"), (Texts{"", "\n"}));
  EXPECT_EQ(read("data:test\n\ndata: test\n\n"), (Texts{"test", "test"}));
}

TEST(Sse, EveryEndOfALine) {
  EXPECT_EQ(read("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(read("data: a\r\n\ndata: b\n\r\n"), (Texts{"a", "b"}));
}

TEST(Sse, UnknownFieldsAndWhatDoesNotEndAreNoEvents) {
  EXPECT_EQ(read("event: x\ndatas: no\nretry: 5\n\n"), Texts{});
  EXPECT_EQ(read("data: cut off\n"), Texts{});
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "data: marked\n\n"),
            Texts{"marked"});
}

TEST(Sse, AnEventHasALimit) {
  SseReader fits;
  EXPECT_TRUE(fits.take("data:" + std::string(kSseEventBytesMax - 5, 'x')));
  SseReader over;
  EXPECT_EQ(over.take("data:" + std::string(kSseEventBytesMax - 4, 'x')).error().code, Code::kResourceExhausted);
  SseReader lines;  // of many lines, too
  std::string many;
  for (size_t i = 0; i <= kSseEventBytesMax / 64; ++i) many += "data:" + std::string(64, 'y') + "\n";
  EXPECT_EQ(lines.take(many).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace fovea::remote
