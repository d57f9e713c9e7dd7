#include "serve/registry/model_address.h"

#include <gtest/gtest.h>

#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

using Kind = ModelAddress::Kind;

TEST(ModelAddress, HasItsParts) {
  const auto hub = parse_address("hf://sentence-transformers/all-MiniLM-L6-v2@refs/pr/3").value();
  EXPECT_EQ(hub.kind, Kind::kHub);
  EXPECT_EQ(hub.name, "sentence-transformers/all-MiniLM-L6-v2");
  EXPECT_EQ(hub.revision, "refs/pr/3");
  EXPECT_EQ(parse_address("hf://bert-base-uncased").value().revision, "main");
  const auto alias = parse_address("mlflow://support intents@champion").value();
  EXPECT_EQ(alias.kind, Kind::kMlflow);
  EXPECT_EQ(alias.name, "support intents");
  EXPECT_EQ(alias.alias, "champion");
  const auto version = parse_address("mlflow://intents/12").value();
  EXPECT_EQ(version.name, "intents");
  EXPECT_EQ(version.revision, "12");
  const auto store = parse_address("s3://my-models/intents/v 3/").value();
  EXPECT_EQ(store.kind, Kind::kS3);
  EXPECT_EQ(store.name, "my-models");
  EXPECT_EQ(store.revision, "intents/v 3");
  EXPECT_EQ(parse_address("s3://bucket").value().revision, "");
  EXPECT_EQ(parse_address("./models/intents").value().kind, Kind::kFolder);
  EXPECT_TRUE(is_remote("s3://b"));
  EXPECT_FALSE(is_remote("./s3"));
}

TEST(ModelAddress, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "hf://",
                           "hf://a/b/c",
                           "hf://../x",
                           "hf://a/..",
                           "hf://a/b@",
                           "hf://a/b@../../x",
                           "hf://a/b@x?y",
                           "mlflow://m",
                           "mlflow://m/",
                           "mlflow://m/latest",
                           "mlflow://a/b@prod",
                           "mlflow://../1",
                           "mlflow://m@a/b",
                           "mlflow://@prod",
                           "s3://",
                           "s3://ab",
                           "s3://b_/../x\n",
                           "gs://bucket/x",
                           "http://host/model"})
    EXPECT_EQ(parse_address(text).error().code, Code::kInvalidArgument) << text;
  EXPECT_TRUE(parse_address(std::string(kAddressBytesMax, 'a')));
  EXPECT_FALSE(parse_address(std::string(kAddressBytesMax + 1, 'a')));
}

TEST(ModelAddress, NamesHaveALimit) {
  EXPECT_TRUE(is_name(std::string(kNameBytesMax, 'a')));
  EXPECT_FALSE(is_name(std::string(kNameBytesMax + 1, 'a')));
  EXPECT_FALSE(is_name(".hidden"));
}

}  // namespace
}  // namespace fovea::registry
