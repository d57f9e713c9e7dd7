#include "serve/remote/remote_options.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "serve/remote/limits.h"
#include "serve/remote/secret.h"

namespace fovea::remote {
namespace {

Result<RemoteOptions> read(const std::string& yaml) {
  FOVEA_TRY(const Yaml root, parse_yaml("m.yaml", yaml));
  return read_remote_options(root, "m.yaml", "/folder");
}
std::string refused(const std::string& yaml) {
  const auto options = read(yaml);
  EXPECT_FALSE(options) << yaml;
  return options ? "" : options.error().text();
}

const std::string kSmall = "remote: v2\nurl: http://h:1/\nmodel: m\ntask: embedding\nwidth: 4\n";

TEST(RemoteOptions, ReadsAWholeFile) {
  const auto options = read(
      "remote: openai-chat\nurl: https://api.example.com/v1/\nmodel: small\ntask: classification\n"
      "labels: [a, b]\ntimeout: 5s\nconcurrency: 4\nregion: eu\nallowed_regions: [eu, ch]\n"
      "auth: { bearer: \"${API_KEY}\" }\ntls: { ca: ca.pem }\nretry: { attempts: 2, backoff: 50ms, idempotent: true }\n"
      "breaker: { failures: 2, pause: 1s }\nprice: { request: 0.001, tokens_1000: 0.2, currency: CHF }\n"
      "budget_per_day: { money: 5, time: 2h, state: spent.json }\n"
      "chat: { instruction: \"Say it.\", accuracy: 0.9, answer: schema, stream: true }\n");
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->kind, Kind::kOpenAiChat);
  EXPECT_EQ(options->url, "https://api.example.com/v1");
  EXPECT_EQ(options->width, 2);
  EXPECT_EQ(options->auth.bearer, "${API_KEY}");
  EXPECT_EQ(options->tls.ca_file, "/folder/ca.pem");
  EXPECT_EQ(options->budget.state, "/folder/spent.json");
  EXPECT_EQ(*options->budget.time, std::chrono::hours(2));
  EXPECT_FALSE(options->chat.tool);
  EXPECT_TRUE(options->retry.idempotent);
}

TEST(RemoteOptions, EveryFaultSaysWhereAndWhatInstead) {
  const std::pair<std::string, std::string> faults[] = {
      {kSmall + "timout: 3s\n", "m.yaml:6:1: unknown key 'timout' in a remote model (did you mean 'timeout'?"},
      {kSmall + "timeout: 3\n", "m.yaml:6:10: 'timeout' is a duration with a unit"},
      {kSmall + "timeout: 700s\n", "at most 600 s"},
      {kSmall + "batch: 0\n", "from 1 to 2048"},
      {kSmall + "batch: 2049\n", "from 1 to 2048"},
      {kSmall + "concurrency: 65\n", "from 1 to 64"},
      {kSmall + "auth: { bearer: abc123 }\n", "is a secret, which stands in no file"},
      {kSmall + "auth: { bearer: \"${A}\", google_key: \"${B}\" }\n", "more than one way"},
      {kSmall + "auth: { aws_access_key: \"${A}\", aws_secret_key: \"${B}\" }\n", "'aws_region' is missing"},
      {kSmall + "auth: { header: x-key }\n", "belong together"},
      {kSmall + "labels: [a, b]\n", "only a classification has labels"},
      {kSmall + "budget_per_day: { money: 3, state: s }\n", "needs a 'price'"},
      {kSmall + "budget_per_day: { time: 1h }\n", "'budget_per_day.state' is missing"},
      {kSmall + "allowed_regions: [eu]\n", "'region' is missing, and only some are allowed"},
      {kSmall + "region: us\nallowed_regions: [eu]\n", "the region 'us' is not an allowed one"},
      {kSmall + "retry: 3\n", "'retry' is a mapping"},
      {"remote: v3\nurl: http://h\ntask: embedding\nwidth: 1\n", "'remote' may not be 'v3' (did you mean 'v2'?"},
      {"remote: v2\ntask: embedding\nwidth: 1\nmodel: m\n", "'url' is missing"},
      {"remote: v2\nurl: http://h\ntask: embedding\nmodel: m\n", "'width' is missing"},
      {"remote: v2\nurl: http://h\ntask: embedding\nwidth: 1\n", "'model' is missing"},
      {"remote: v2\nurl: http://h\ntask: classification\nlabels: [a]\nmodel: m\n", "2 labels at least"},
      {"remote: v2\nurl: http://h\ntask: classification\nlabels: [a, a]\nmodel: m\n", "'a' stands twice"},
      {"remote: openai-chat\nurl: http://h\ntask: classification\nlabels: [a, b]\nmodel: m\n", "chat.instruction"},
      {"remote: openai-chat\nurl: http://h\ntask: classification\nlabels: [a, b]\nmodel: m\nchat: { instruction: x }\n",
       "chat.accuracy"},
      {"remote: sagemaker\nurl: http://h\ntask: embedding\nwidth: 1\n", "'endpoint' is missing"},
      {"remote: sagemaker\nurl: http://h\ntask: embedding\nwidth: 1\nendpoint: e\nshape: vertex\n",
       "'shape' is one of"},
      {"- a\n", "is a mapping, not a list"},
  };
  for (const auto& [yaml, words] : faults) EXPECT_NE(refused(yaml).find(words), std::string::npos) << refused(yaml);
}

TEST(RemoteOptions, LabelsHaveALimit) {
  const auto with = [](size_t count) {
    std::string labels;
    for (size_t i = 0; i < count; ++i) labels += (i ? "," : "") + std::to_string(i);
    return "remote: v2\nurl: http://h\nmodel: m\ntask: classification\nlabels: [" + labels + "]\n";
  };
  EXPECT_TRUE(read(with(kLabelsMax)));
  EXPECT_FALSE(read(with(kLabelsMax + 1)));
}

// Every ```yaml block of the page that begins with "# " and a file's name is one of these.
TEST(RemoteOptions, TheGuidesFilesAreRead) {
  const auto page = read_file("docs/guide/remote-models.md");
  ASSERT_TRUE(page);
  size_t seen = 0;
  for (size_t at = 0; (at = page->find("```yaml\n", at)) != std::string::npos; ++seen) {
    at += 8;
    const auto options = read(page->substr(at, page->find("```", at) - at));
    EXPECT_TRUE(options) << options.error().text();
  }
  EXPECT_GE(seen, 2u);
}

TEST(Secret, OnlyByReference) {
  for (const char* good : {"${KEY}", "${file:a/b}", "${A_1}"}) EXPECT_TRUE(is_secret_reference(good)) << good;
  for (const char* bad : {"KEY", "${}", "${file:}", "${A B}", "x${A}", "${A}${B}"})
    EXPECT_FALSE(is_secret_reference(bad)) << bad;
  ::setenv("FOVEA_TEST_EMPTY", "", 1);
  EXPECT_EQ(secret_value("${FOVEA_TEST_EMPTY}", "").error().code, Code::kInvalidArgument);
  EXPECT_EQ(secret_value("${FOVEA_TEST_NOWHERE}", "").error().code, Code::kNotFound);
  EXPECT_EQ(secret_value("${file:nothing}", "/nowhere").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::remote
