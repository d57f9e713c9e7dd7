#include "serve/fetch/uri.h"

#include <gtest/gtest.h>

#include "serve/fetch/limits.h"

namespace fovea::fetch {
namespace {

TEST(Uri, EncodesAllButUnreservedLetters) {
  EXPECT_EQ(percent_encoded("a b/c~é+"), "a%20b%2Fc~%C3%A9%2B");
  EXPECT_EQ(percent_encoded("a b/c", true), "a%20b/c");
}

TEST(Uri, HasItsParts) {
  const Uri uri = parse_uri("https://Hub.Example:8443/a/b%20c?x=1&y#part").value();
  EXPECT_TRUE(uri.tls);
  EXPECT_EQ(uri.authority, "Hub.Example:8443");
  EXPECT_EQ(uri.host, "hub.example");
  EXPECT_EQ(uri.path, "/a/b%20c");
  EXPECT_EQ(uri.query, "x=1&y");
  EXPECT_EQ(parse_uri("http://h").value().path, "/");
  EXPECT_EQ(parse_uri("http://h?q").value().query, "q");
  EXPECT_EQ(parse_uri("http://[::1]:8/").value().host, "::1");
}

TEST(Uri, RefusesWhatIsNone) {
  for (const char* text :
       {"ftp://h/", "h/path", "http://", "http:///x", "http://user:pass@h/", "http://h/a b", "http://h/\r\nX: y"})
    EXPECT_FALSE(parse_uri(text)) << text;
  EXPECT_TRUE(parse_uri("http://h/" + std::string(kUrlBytesMax - 9, 'a')));
  EXPECT_FALSE(parse_uri("http://h/" + std::string(kUrlBytesMax - 8, 'a')));
}

TEST(Uri, KnowsLoopback) {
  for (const char* text : {"http://localhost:1/", "http://127.0.0.1/", "http://127.9.9.9/", "http://[::1]/"})
    EXPECT_TRUE(is_loopback(parse_uri(text).value())) << text;
  for (const char* text : {"http://127.example.org/", "http://localhost.example/", "http://10.0.0.1/"})
    EXPECT_FALSE(is_loopback(parse_uri(text).value())) << text;
}

}  // namespace
}  // namespace fovea::fetch
