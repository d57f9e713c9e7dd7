#include "door/grpc/ending.h"

#include <gtest/gtest.h>

namespace fovea::rpc {
namespace {

TEST(Ending, SaysWhenToComeAgain) {
  EXPECT_TRUE(trailers_of({}).empty());
  EXPECT_TRUE(trailers_of(ending(Error{Code::kNotFound, "no", {}, {}})).empty());
  const Ending full =
      ending_of(inference::Failure{{Code::kResourceExhausted, "full", {}, {}}, Nanos(1'500'000'001), true});
  const Metadata trailers = trailers_of(full);
  ASSERT_EQ(trailers.size(), 2U);
  EXPECT_EQ(trailers[0], (Metadata::value_type{"grpc-retry-pushback-ms", "1501"}));
  EXPECT_EQ(trailers[1].first, "grpc-status-details-bin");
  // google.rpc.Status{8, "full", [Any{RetryInfo{1 s, 500000001 ns}}]}
  const std::string url = "type.googleapis.com/google.rpc.RetryInfo";
  std::string want = std::string(
                         "\x08\x08\x12\x04"
                         "full\x1a",
                         9) +
                     static_cast<char>(2 + url.size() + 2 + 10) + "\x0a" + static_cast<char>(url.size()) + url +
                     "\x12\x0a" + "\x0a\x08\x08\x01\x10";
  for (uint64_t nanos = 500'000'001; nanos > 0; nanos >>= 7) {
    want += static_cast<char>(nanos >= 0x80 ? nanos | 0x80 : nanos);
  }
  EXPECT_EQ(trailers[1].second, want);
  const Ending late = ending_of(inference::Failure{{Code::kDeadlineExceeded, "late", {}, {}}, Nanos(0), false});
  EXPECT_EQ(trailers_of(late), (Metadata{{"grpc-retry-pushback-ms", "-1"}}));
}

}  // namespace
}  // namespace fovea::rpc
