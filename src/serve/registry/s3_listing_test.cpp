// Shapes of a store's answers; real ones answer in tests/serve/registry_test.py.
#include <gtest/gtest.h>

#include "serve/fetch/scripted_http_test.h"
#include "serve/registry/listing.h"

namespace fovea::registry {
namespace {

using fetch::ScriptedReply;
using fetch::ScriptedRequest;

Result<Listing> ask(const fetch::ScriptedHttp& server, const char* address, bool credentials = true) {
  const auto http = fetch::make_curl_fetch();
  return list_s3(parse_address(address).value(), *http, [&](const char* name) -> std::optional<std::string> {
    const std::string_view asked = name;
    if (asked == "AWS_ENDPOINT_URL") return server.url();
    if (credentials && asked == "AWS_ACCESS_KEY_ID") return "key";
    if (credentials && asked == "AWS_SECRET_ACCESS_KEY") return "s3cret";
    return std::nullopt;
  });
}

std::string object(const std::string& key, int bytes) {
  return "<Contents><Key>" + key + "</Key><Size>" + std::to_string(bytes) +
         "</Size><ETag>&quot;e&quot;</ETag></Contents>";
}

std::string page(const std::string& objects, const std::string& next = "") {
  return "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\"><IsTruncated>" +
         std::string(next.empty() ? "false" : "true") + "</IsTruncated>" +
         (next.empty() ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") + objects +
         "</ListBucketResult>";
}

TEST(S3Listing, GoesOnFromPageToPage) {
  fetch::ScriptedHttp server([](const ScriptedRequest& request) -> ScriptedReply {
    if (request.target == "/my-models/?list-type=2&prefix=a%20b%2F")
      return {200, "", page(object("a b/", 0) + object("a b/config.json", 2), "t+1/=")};
    if (request.target == "/my-models/?continuation-token=t%2B1%2F%3D&list-type=2&prefix=a%20b%2F")
      return {200, "", page(object("a b/x/m.safetensors", 9))};
    return {400, "", ""};
  });
  const Listing listing = ask(server, "s3://my-models/a b").value();
  ASSERT_EQ(listing.files.size(), 2u);
  EXPECT_EQ(listing.files[1].path, "x/m.safetensors");
  EXPECT_EQ(listing.files[1].bytes, 9u);
  EXPECT_EQ(listing.files[1].etag, "\"e\"");
  const auto request = listing.request(listing.files[1]).value();
  EXPECT_EQ(request.url, server.url("/my-models/a%20b/x/m.safetensors"));
  EXPECT_NE(server.requests()[0].header("Authorization").find("AWS4-HMAC-SHA256 Credential=key/"), std::string::npos);
  for (const auto& each : server.requests()) EXPECT_EQ(each.head.find("s3cret"), std::string::npos);
  ask(server, "s3://my-models/a b", false);
  EXPECT_EQ(server.requests().back().header("Authorization"), "");
}

TEST(S3Listing, RefusesAnswersThatAreNone) {
  const auto code = [](ScriptedReply reply) {
    fetch::ScriptedHttp server([&](auto&) { return reply; });
    const auto listing = ask(server, "s3://my-models/a");
    return listing ? Code::kUnknown : listing.error().code;
  };
  EXPECT_EQ(code({403, "", "<Error><Code>SignatureDoesNotMatch</Code></Error>"}), Code::kPermissionDenied);
  EXPECT_EQ(code({404, "", "<Error><Code>NoSuchBucket</Code></Error>"}), Code::kNotFound);
  EXPECT_EQ(code({200, "", "<html></html>"}), Code::kInvalidArgument);
  EXPECT_EQ(code({200, "", page(object("elsewhere/x", 1))}), Code::kInvalidArgument);
  EXPECT_EQ(code({200, "", page("<Contents><Key>a/x</Key><Size>-1</Size></Contents>")}), Code::kInvalidArgument);
  EXPECT_EQ(code({200, "", page(object("a/x", 1), "same")}), Code::kInvalidArgument) << "it would go on for ever";
}

}  // namespace
}  // namespace fovea::registry
