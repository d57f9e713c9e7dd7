#include "serve/fetch/sigv4.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/time_text.h"

namespace fovea::fetch {
namespace {

std::string authorization(const Headers& headers) {
  for (const auto& [name, value] : headers)
    if (name == "Authorization") return value;
  return "";
}

std::string signature(const Result<Headers>& headers) {
  if (!headers) return headers.error().text();
  const std::string text = authorization(*headers);
  return text.substr(text.find("Signature=") + 10);
}

const AwsCredentials kExample{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const SigningScope kService{"us-east-1", "service"};

TimePoint at(const char* text) {
  return parse_rfc3339(text).value();
}

// Of the test suite that AWS publishes for Signature Version 4.
TEST(SigV4, GivesTheSignaturesOfTheTestSuite) {
  const TimePoint then = at("2015-08-30T12:36:00Z");
  const auto get = [&](const char* path) {
    return signature(
        sign_sigv4({"GET", std::string("https://example.amazonaws.com") + path, {}, ""}, kExample, kService, then));
  };
  EXPECT_EQ(get("/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(get("/?Param2=value2&Param1=value1"), "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  const auto posted = sign_sigv4({"POST",
                                  "https://example.amazonaws.com/",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}},
                                  to_hex(bytes_of(sha256("Param1=value1")))},
                                 kExample, kService, then);
  EXPECT_EQ(signature(posted), "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

// The example of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" for S3.
TEST(SigV4, GivesTheSignatureOfTheExampleForS3) {
  const auto made = sign_sigv4({"GET", "https://examplebucket.s3.amazonaws.com/test.txt", {{"Range", "bytes=0-9"}}, ""},
                               {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
                               {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(authorization(made.value()),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, SignsTheTokenOfTemporaryCredentials) {
  AwsCredentials temporary = kExample;
  temporary.session_token = "TOKEN";
  const auto made = sign_sigv4({"GET", "https://h/", {}, ""}, temporary, kService, at("2015-08-30T12:36:00Z")).value();
  EXPECT_NE(authorization(made).find("SignedHeaders=host;x-amz-date;x-amz-security-token,"), std::string::npos);
  EXPECT_EQ(made[1], (std::pair<std::string, std::string>{"X-Amz-Security-Token", "TOKEN"}));
}

TEST(SigV4, NeverShowsTheSecret) {
  const auto made = sign_sigv4({"GET", "https://h/", {}, ""}, kExample, kService, {0});
  for (const auto& [name, value] : made.value()) EXPECT_EQ(value.find(kExample.secret_key), std::string::npos) << name;
  EXPECT_EQ(sign_sigv4({"GET", "h/", {}, ""}, kExample, kService, {0}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::fetch
