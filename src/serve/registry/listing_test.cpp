#include "serve/registry/listing.h"

#include <gtest/gtest.h>

#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

Listing of(std::vector<std::string> paths) {
  Listing out;
  for (std::string& path : paths) out.files.push_back({std::move(path), "", 1, "", "", ""});
  return out;
}

std::vector<std::string> kept(std::vector<std::string> paths) {
  Listing listing = of(std::move(paths));
  EXPECT_TRUE(check_listing(listing, "here"));
  std::vector<std::string> out;
  for (const RemoteFile& file : listing.files) out.push_back(file.path);
  return out;
}

TEST(Listing, LeavesWhatAModelNeeds) {
  EXPECT_EQ(kept({".gitattributes", "config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx",
                  "1_Pooling/config.json", "openvino/model.xml"}),
            (std::vector<std::string>{"config.json", "model.safetensors", "1_Pooling/config.json"}));
  EXPECT_EQ(kept({"config.json", "model.onnx"}), (std::vector<std::string>{"config.json", "model.onnx"}));
}

TEST(Listing, RefusesPathsThatLeaveTheFolder) {
  for (const std::string path : {"../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "", "..", "a\\..\\b", "new\nline",
                                 "nul\x01", "\xff\xfe", "a/b/"}) {
    Listing listing = of({"config.json", path});
    EXPECT_EQ(check_listing(listing, "here").error().code, Code::kInvalidArgument) << path;
  }
  Listing nul = of({std::string("a\0b", 3)});
  EXPECT_FALSE(check_listing(nul, "here"));
}

TEST(Listing, RefusesPathsThatAreTooLongOrDeep) {
  const auto deep = [](size_t parts) {
    std::string out = "f";
    while (--parts > 0) out.insert(0, "d/");
    return out;
  };
  const auto accepted = [](std::string path) {
    Listing listing = of({std::move(path)});
    return check_listing(listing, "here").has_value();
  };
  EXPECT_TRUE(accepted(deep(kPathDepthMax)));
  EXPECT_FALSE(accepted(deep(kPathDepthMax + 1)));
  const std::string part(255, 'a');
  EXPECT_TRUE(accepted(part + "/" + part));
  EXPECT_FALSE(accepted(part + "a"));
}

TEST(Listing, RefusesTwoOfANameAndFilesThatAreFolders) {
  Listing twice = of({"a.json", "a.json"}), folder = of({"a", "a/b"});
  EXPECT_FALSE(check_listing(twice, "here"));
  EXPECT_FALSE(check_listing(folder, "here"));
}

TEST(Listing, HasLimits) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < kFilesMax; ++i) paths.push_back("f" + std::to_string(i));
  Listing full = of(paths);
  EXPECT_TRUE(check_listing(full, "here"));
  paths.push_back("one");
  Listing over = of(paths);
  EXPECT_EQ(check_listing(over, "here").error().code, Code::kResourceExhausted);
  Listing heavy = of({"a", "b"});
  heavy.files[0].bytes = kModelBytesMax - 1;
  EXPECT_TRUE(check_listing(heavy, "here"));
  heavy.files[1].bytes = 2;
  EXPECT_EQ(check_listing(heavy, "here").error().code, Code::kResourceExhausted);
  heavy.files[1].bytes = UINT64_MAX;
  EXPECT_EQ(check_listing(heavy, "here").error().code, Code::kResourceExhausted);
  Listing none = of({".hidden"});
  EXPECT_EQ(check_listing(none, "here").error().code, Code::kNotFound);
}

TEST(Listing, RefusalsAreOneLineOfAKnownCode) {
  const auto code = [](long status) { return refused({status, {}, ""}, "here", "").code; };
  EXPECT_EQ(code(401), Code::kUnauthenticated);
  EXPECT_EQ(code(403), Code::kPermissionDenied);
  EXPECT_EQ(code(404), Code::kNotFound);
  EXPECT_EQ(code(412), Code::kAborted);
  EXPECT_EQ(code(429), Code::kUnavailable);
  EXPECT_EQ(code(500), Code::kUnavailable);
  EXPECT_EQ(code(302), Code::kInvalidArgument);
  const Error error = refused({500, {}, ""}, "here", "two\nlines " + std::string(1000, 'x'));
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_LT(error.message.size(), 400u);
}

}  // namespace
}  // namespace fovea::registry
