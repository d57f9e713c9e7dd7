#include <gtest/gtest.h>

#include "serve/registry/fake_hub_test.h"
#include "serve/registry/listing.h"

namespace fovea::registry {
namespace {

Variable variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(HubListing, NamesCommitFilesAndDigests) {
  FakeHub hub({{"config.json", {"{}", false}}, {"model.safetensors", {"weights", true}}});
  const auto http = fetch::make_curl_fetch();
  const auto address = parse_address("hf://org/tiny").value();
  const Listing listing = list_hub(address, *http, variables({{"HF_ENDPOINT", hub.endpoint() + "/"}})).value();
  EXPECT_EQ(listing.revision, std::string(40, 'a'));
  EXPECT_EQ(listing.version, std::string(12, 'a'));
  ASSERT_EQ(listing.files.size(), 2u);
  EXPECT_EQ(listing.files[1].sha256, to_hex(bytes_of(sha256("weights"))));
  EXPECT_EQ(listing.files[1].bytes, 7u);
  EXPECT_EQ(listing.request(listing.files[0]).value().url,
            hub.endpoint() + "/org/tiny/resolve/" + listing.revision + "/config.json");
}

TEST(HubListing, SaysWhatTheHubSays) {
  FakeHub hub({{"config.json", {"{}", false}}});
  hub.token = "s3cret";
  const auto http = fetch::make_curl_fetch();
  const auto ask = [&](const char* address, std::map<std::string, std::string> more = {}) {
    more["HF_ENDPOINT"] = hub.endpoint();
    return list_hub(parse_address(address).value(), *http, variables(std::move(more)));
  };
  const Error error = ask("hf://org/tiny").error();
  EXPECT_EQ(error.code, Code::kUnauthenticated);
  EXPECT_NE(error.message.find("Repository not found"), std::string::npos);
  EXPECT_TRUE(ask("hf://org/tiny", {{"HF_TOKEN", "s3cret"}}));
  EXPECT_EQ(ask("hf://org/tiny@other", {{"HF_TOKEN", "s3cret"}}).error().code, Code::kNotFound);
  const Error wrong = ask("hf://org/tiny", {{"HF_TOKEN", "wrong-t0ken"}}).error();
  EXPECT_EQ(wrong.text().find("wrong-t0ken"), std::string::npos);
}

TEST(HubListing, RefusesAnswersThatAreNone) {
  for (const char* body : {"", "[]", "{\"sha\":\"../../x\",\"siblings\":[]}", "<html>",
                           "{\"sha\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"siblings\":[{\"rfilename\":\"m\","
                           "\"lfs\":{\"sha256\":\"../../etc\",\"size\":3}}]}"}) {
    fetch::ScriptedHttp server([&](auto&) -> fetch::ScriptedReply { return {200, "", body}; });
    const auto http = fetch::make_curl_fetch();
    EXPECT_FALSE(list_hub(parse_address("hf://org/tiny").value(), *http, variables({{"HF_ENDPOINT", server.url()}})))
        << body;
  }
}

}  // namespace
}  // namespace fovea::registry
