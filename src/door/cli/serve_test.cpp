#include "door/cli/serve.h"

#include <gtest/gtest.h>

#include "door/cli/output.h"

namespace fovea::cli {
namespace {

// The exit code of `fovea serve ARGUMENTS`.
int serve(const std::string& arguments) {
  CLI::App app;
  std::function<int()> chosen;
  add_serve_command(app, chosen);
  app.parse("serve " + arguments);
  return chosen();
}

TEST(Serve, SaysWhatIsWrongBeforeItListens) {
  EXPECT_EQ(serve(""), kUsage);
  EXPECT_EQ(serve("--model intents"), kUsage);
  EXPECT_EQ(serve("--model =./x"), kUsage);
  EXPECT_EQ(serve("--model a=null --deadline soon"), kUsage);
  EXPECT_EQ(serve("--model a=null --drain 5"), kUsage);
  EXPECT_EQ(serve("--model a=null --http nowhere"), kUsage);
  EXPECT_EQ(serve("--model a=null --http 0.0.0.0:0"), kUsage);
  EXPECT_EQ(serve("--model a=null --http 127.0.0.1:0 --grpc nowhere"), kUsage);
  EXPECT_EQ(serve("--model a=null --http 127.0.0.1:0 --grpc 0.0.0.0:0"), kUsage);
  EXPECT_EQ(serve("--model a=null --model a=null --http 127.0.0.1:0"), kUsage);
  EXPECT_THROW(serve("--model a=null --precision int4"), CLI::ParseError);
}

TEST(Serve, AModelThatCannotBeLoadedEndsIt) {
  EXPECT_EQ(serve("--model a=/nowhere/at/all --http 127.0.0.1:0"), kUsage);
}

}  // namespace
}  // namespace fovea::cli
