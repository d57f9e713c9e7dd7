#include "door/load/grpc_flight.h"

#include <gtest/gtest.h>

namespace fovea::load {
namespace {

TEST(GrpcFlight, MessagesOfStatus) {
  EXPECT_EQ(unescaped("no such model"), "no such model");
  EXPECT_EQ(unescaped("gr%C3%B6%c3%9fer %25"), "gr\u00f6\u00dfer %");
  for (const char* as_it_is : {"", "%", "100%", "%2", "%zz", "%4g"}) EXPECT_EQ(unescaped(as_it_is), as_it_is);
}

TEST(GrpcFlight, OneMessageThatIsNotPacked) {
  const auto body = [](char packed, const std::string& length, const std::string& rest) {
    return std::string(1, packed) + length + rest;
  };
  EXPECT_EQ(message_in(body(0, std::string("\0\0\0\2", 4), "ab")), "ab");
  EXPECT_EQ(message_in(body(0, std::string(4, '\0'), "")), "");
  EXPECT_EQ(message_in(""), std::nullopt);
  EXPECT_EQ(message_in(std::string(4, '\0')), std::nullopt);
  EXPECT_EQ(message_in(body(1, std::string("\0\0\0\2", 4), "ab")), std::nullopt);
  EXPECT_EQ(message_in(body(0, std::string("\0\0\0\2", 4), "abc")), std::nullopt);
  EXPECT_EQ(message_in(body(0, "\xff\xff\xff\xff", "ab")), std::nullopt);
}

}  // namespace
}  // namespace fovea::load
