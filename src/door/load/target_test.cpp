#include "door/load/target.h"

#include <gtest/gtest.h>

namespace fovea::load {
namespace {

TEST(Target, ReadsUrls) {
  const Target plain = parse_target("http://127.0.0.1:8080").value();
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, 8080);
  EXPECT_EQ(plain.prefix, "");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.authority(), "127.0.0.1:8080");
  const Target secure = parse_target("https://models.example/serving/v1/").value();
  EXPECT_TRUE(secure.tls);
  EXPECT_EQ(secure.port, 443);
  EXPECT_EQ(secure.prefix, "/serving/v1");
  EXPECT_EQ(secure.authority(), "models.example");
  const Target six = parse_target("http://[::1]:80/").value();
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.authority(), "[::1]");
  EXPECT_EQ(parse_target("http://[::1]:81")->authority(), "[::1]:81");
}

TEST(Target, RefusesWhatIsNone) {
  for (const char* url : {"", "localhost:8080", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536",
                          "http://a:b", "http://a:", "http://[::1", "http://[::1]80", "http://a b", "http://a/x?y=1",
                          "http://user@a", "http://a/\r\nX: y", "http://\xC3\xA4"}) {
    const auto target = parse_target(url);
    ASSERT_FALSE(target.has_value()) << url;
    EXPECT_EQ(target.error().where, "--url") << url;
  }
}

}  // namespace
}  // namespace fovea::load
