#include "door/cli/bench_load.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace fovea::cli {
namespace {

BenchLoadOptions given() {
  BenchLoadOptions options;
  options.load.url = "http://127.0.0.1:8080";
  options.load.form.model = "m";
  options.load.rate = 100;
  options.duration = "90s";
  options.objective_ms = 2.5;
  return options;
}

std::string where(const BenchLoadOptions& options) {
  const auto load = load_options(options);
  return load ? "no error" : load.error().where;
}

TEST(BenchLoad, ReadsItsFlags) {
  BenchLoadOptions options = given();
  options.protocol = "openai";
  options.arrivals = "bursty";
  options.load.form.binary = true;
  options.load.seed = 7;
  options.timeout_ms = 40;
  const auto load = load_options(options);
  ASSERT_TRUE(load.has_value()) << load.error().text();
  EXPECT_EQ(load->form.protocol, load::Protocol::kOpenAi);
  EXPECT_EQ(load->pattern, load::Pattern::kBursty);
  EXPECT_EQ(load->duration_ns, 90'000'000'000);
  EXPECT_EQ(load->objective_ns, 2'500'000);
  EXPECT_EQ(load->give_up_ns, 30'000'000'000);
  EXPECT_EQ(load->form.timeout.count(), 40);
  EXPECT_EQ(load->form.seed, 7u);
}

TEST(BenchLoad, ADurationMayBeSeconds) {
  BenchLoadOptions options = given();
  options.duration = "0.5";
  EXPECT_EQ(load_options(options)->duration_ns, 500'000'000);
  options.duration = "";
  EXPECT_EQ(load_options(options)->duration_ns, 0);  // as long as the trace
  for (const char* wrong : {"0", "-1", "soon", "5 s", "0s", "nan", "1e9"}) {
    options.duration = wrong;
    EXPECT_EQ(where(options), "--duration") << wrong;
  }
}

TEST(BenchLoad, NamesTheFlagThatIsWrong) {
  const auto changed = [](auto change) {
    BenchLoadOptions options = given();
    change(options);
    return where(options);
  };
  EXPECT_EQ(changed([](auto& o) { o.protocol = "grpc"; }), "--protocol");
  EXPECT_EQ(changed([](auto& o) { o.arrivals = "trace"; }), "--arrivals");
  EXPECT_EQ(changed([](auto& o) { o.objective_ms = 0; }), "--objective");
  EXPECT_EQ(changed([](auto& o) { o.timeout_ms = -1; }), "--timeout-ms");
  EXPECT_EQ(changed([](auto& o) { o.give_up = "never"; }), "--give-up");
  EXPECT_EQ(changed([](auto& o) { o.token_env = "FOVEA_NO_SUCH_TOKEN"; }), "--token-env");
  EXPECT_EQ(changed([](auto& o) {
              o.protocol = "tei";
              o.load.form.binary = true;
            }),
            "--binary");
  EXPECT_EQ(changed([](auto& o) {
              o.protocol = "openai";
              o.load.form.batched = true;
            }),
            "--batched");
  ::setenv("FOVEA_TEST_TOKEN", "secret", 1);
  BenchLoadOptions options = given();
  options.token_env = "FOVEA_TEST_TOKEN";
  EXPECT_EQ(load_options(options)->form.token, "secret");
  ::unsetenv("FOVEA_TEST_TOKEN");
}

}  // namespace
}  // namespace fovea::cli
