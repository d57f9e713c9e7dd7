#include "stream/window/window.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "stream/window/limits.h"
#include "stream/window/watermark.h"

namespace fovea::window {
namespace {

constexpr Nanos kHour = std::chrono::hours(1);
constexpr Nanos kMinute = std::chrono::minutes(1);

TimePoint at(int64_t minute) {
  return TimePoint{} + minute * kMinute;
}

std::unique_ptr<Window> sender() {
  return std::move(*Window::create({"sender",
                                    kHour,
                                    {{"messages", Aggregate::kCount},
                                     {"subjects", Aggregate::kDistinct},
                                     {"total", Aggregate::kSum},
                                     {"least", Aggregate::kMin},
                                     {"most", Aggregate::kMax},
                                     {"mean", Aggregate::kAvg},
                                     {"last", Aggregate::kLast}}}));
}

std::string add(Window& window, std::string_view key, int64_t minute, std::string_view subject, Json amount) {
  Json text(subject);
  std::vector<Json> values = {nullptr, text, amount, amount, amount, amount, text};
  auto features = window.add(key, at(minute), values);
  return features ? to_text(Json(*features)) : features.error().text();
}

TEST(Window, Aggregates) {
  auto window = sender();
  EXPECT_EQ(add(*window, "ann", 0, "a", 5),
            R"({"messages":1,"subjects":1,"total":5,"least":5,"most":5,"mean":5.0,"last":"a"})");
  EXPECT_EQ(add(*window, "ann", 10, "b", 2),
            R"({"messages":2,"subjects":2,"total":7,"least":2,"most":5,"mean":3.5,"last":"b"})");
  EXPECT_EQ(add(*window, "bob", 10, "a", 1),
            R"({"messages":1,"subjects":1,"total":1,"least":1,"most":1,"mean":1.0,"last":"a"})");
  // Minute 0 lies outside (1, 61]; minute 10 is in.
  EXPECT_EQ(add(*window, "ann", 60, "b", nullptr),
            R"({"messages":2,"subjects":1,"total":2,"least":2,"most":2,"mean":2.0,"last":"b"})");
}

TEST(Window, OutOfOrderIsPutInItsPlace) {
  auto window = sender();
  add(*window, "k", 30, "x", 1);
  EXPECT_TRUE(add(*window, "k", 10, "y", 2).starts_with(R"({"messages":1,"subjects":1,"total":2)"));
  EXPECT_TRUE(add(*window, "k", 31, "z", 4).ends_with(R"("last":"z"})"));
}

TEST(Window, ComparedWithCountingByHand) {
  auto window = *Window::create({"w", kHour, {{"n", Aggregate::kCount}, {"sum", Aggregate::kSum}}});
  Random random(7);
  std::vector<std::pair<int64_t, int64_t>> all;
  for (int i = 0; i < 500; ++i) {
    int64_t minute = static_cast<int64_t>(random.below(600)), value = static_cast<int64_t>(random.below(100));
    all.emplace_back(minute, value);
    int64_t n = 0, sum = 0;
    for (auto [m, v] : all) {
      if (m > minute - 60 && m <= minute) ++n, sum += v;
    }
    std::vector<Json> values = {nullptr, value};
    auto features = window->add("k", at(minute), values);
    ASSERT_EQ(features->at("n"), Json(n));
    ASSERT_EQ(features->at("sum"), Json(sum));
  }
}

TEST(Window, ExpiresByTheWatermarkAndTellsTheStore) {
  auto window = sender();
  add(*window, "ann", 0, "a", 1);
  add(*window, "bob", 50, "a", 1);
  EXPECT_EQ(window->take_changes().size(), 2u);
  EXPECT_TRUE(window->take_changes().empty());
  window->expire(at(59));
  EXPECT_EQ(window->keys(), 2u);
  window->expire(at(60));
  EXPECT_EQ(window->keys(), 1u);
  auto changes = window->take_changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].key, "ann");
  EXPECT_TRUE(changes[0].bytes.empty()) << "gone";
}

TEST(Window, RestoredIsTheSame) {
  auto window = sender(), twin = sender();
  add(*window, "ann", 0, "a", 1.5);
  add(*window, "ann", 5, "长", 2);
  for (const Change& change : window->take_changes()) ASSERT_TRUE(twin->restore(change.key, change.bytes));
  EXPECT_EQ(add(*window, "ann", 7, "c", 3), add(*twin, "ann", 7, "c", 3));
  twin->expire(at(1000));
  EXPECT_EQ(twin->keys(), 0u);
  for (std::string_view bytes : {"", "{}", "{\"v\":1}", "{\"v\":1,\"entries\":[[1]]}", "{\"v\":2,\"entries\":[]}"}) {
    EXPECT_EQ(sender()->restore("k", bytes).error().code, Code::kDataLoss) << bytes;
  }
}

TEST(Window, Limits) {
  auto window = *Window::create({"w", kHour, {{"n", Aggregate::kCount}, {"d", Aggregate::kDistinct}}});
  std::vector<Json> values = {nullptr, "x"};
  for (size_t i = 0; i < kEntriesPerKeyMax; ++i) ASSERT_FALSE(window->add("k", at(0), values)->contains("truncated"));
  auto past = window->add("k", at(0), values);
  EXPECT_EQ(past->at("n"), Json(kEntriesPerKeyMax));
  EXPECT_EQ(past->at("truncated"), Json(true));
  EXPECT_FALSE(window->add(std::string(kKeyBytesMax + 1, 'k'), at(0), values));
  auto numbers = sender();
  EXPECT_NE(add(*numbers, "k", 0, "a", "text").find("needs a number"), std::string::npos);
  EXPECT_FALSE(Window::create({"w", Nanos(0), {{"n", Aggregate::kCount}}}));
  EXPECT_FALSE(Window::create({"w", kHour, {{"n", Aggregate::kCount}, {"n", Aggregate::kSum}}}));
  EXPECT_EQ(aggregate_from_name("cuont").error().hint, "did you mean 'count'?");
}

TEST(Watermark, FollowsWhatCanBeTrusted) {
  Watermark mark(kMinute * 10);
  TimePoint now = at(100);
  EXPECT_FALSE(mark.is_late(at(-100000)));
  mark.observe(at(90), now);
  EXPECT_EQ(mark.at(), at(80));
  EXPECT_FALSE(mark.is_late(at(80)));
  EXPECT_TRUE(mark.is_late(at(79)));
  mark.observe(at(50), now);
  EXPECT_EQ(mark.at(), at(80)) << "never back";
  mark.observe(TimePoint{INT64_MAX}, now);
  EXPECT_EQ(mark.at(), at(90)) << "a date in the future counts as now";
  Watermark twin(kMinute * 10);
  ASSERT_TRUE(twin.restore(mark.to_bytes()));
  EXPECT_EQ(twin.at(), mark.at());
  EXPECT_FALSE(twin.restore("12x"));
}

}  // namespace
}  // namespace fovea::window
