// Bodies that a hostile or broken client may send, to every route that takes one: each is refused soon and shortly,
// with a reason, never with a fault of the server's. tests/serve/hardening.md names the rows that are held here.
#include "door/inference/calling_test.h"
#include "door/inference/content_coding.h"
#include "door/inference/limits.h"

namespace fovea::wire {
namespace {

class HostileBodies : public Calling {
 protected:
  std::vector<std::string> paths() {
    serve({});
    std::vector<std::string> out;
    for (const http::Route& route : router_->routes()) {
      if (route.method != "POST" || route.needs.right != Right::kAsk) continue;
      std::string path = route.pattern;
      for (size_t at; (at = path.rfind("{}")) != std::string::npos;) {
        path.replace(at, 2, path.find("versions") < at ? "1" : "embed");
      }
      out.push_back(path);
    }
    EXPECT_GE(out.size(), 20u);
    return out;
  }
  static std::string v2(const std::string& shape, const std::string& type, const std::string& data) {
    return R"({"inputs":[{"name":"text","shape":)" + shape + R"(,"datatype":")" + type + R"(","data":)" + data + "}]}";
  }
};

TEST_F(HostileBodies, AreRefusedByEveryRoute) {
  const std::string deep(100'000, '['), objects = [] {
    std::string out;
    for (int i = 0; i < 50'000; ++i) out += R"({"inputs":)";
    return out;
  }();
  const std::string bodies[] = {
      "\xff\xfe\xfd",
      "{\"inputs\":\"\xc3\x28\"}",
      "{\"input\":\"\xed\xa0\x80\",\"inputs\":\"\xed\xa0\x80\",\"text\":\"\xed\xa0\x80\"}",
      deep,
      objects,
      R"({"inputs":NaN,"input":NaN,"instances":NaN})",
      R"({"inputs":[Infinity],"input":[-Infinity],"instances":[Infinity]})",
      R"({"inputs":[1e999],"input":[1e999],"instances":[1e999],"texts":[1e999]})",
      R"({"inputs":[9223372036854775808],"input":[[9223372036854775808]],"instances":[[1e300]]})",
      R"({"inputs":[],"input":[],"instances":[],"texts":[],"documents":[],"query":""})",
      R"({"inputs":null,"input":null,"instances":null,"texts":null,"documents":null,"query":null})",
      R"({"inputs":[[[[]]]],"input":[[[[]]]],"instances":[[[[]]]],"texts":[[[]]],"documents":[[]]})",
      R"({"inputs":{"a":{"b":1}},"input":{"a":1},"instances":{"a":1},"texts":{"a":1},"documents":{"a":1}})",
      R"({"a":1,"a":2})",
      "{\"inputs\":\"a\"}\0{",
      "'",
      v2("[9223372036854775807,9223372036854775807]", "BYTES", R"(["a"])"),
      v2("[-9223372036854775808]", "BYTES", R"(["a"])"),
      v2("[4294967296,4294967296]", "INT64", "[1]"),
      v2("[18446744073709551615]", "INT64", "[1]"),
      v2("[1e2]", "INT64", "[1]"),
      v2("[1]", "FP16", "[1]"),
      v2("[1]", "BYTES", "[[[\"a\"]]]"),
  };
  for (const std::string& path : paths()) {
    for (const std::string& body : bodies) {
      const http::Response refused = post(path, body, {{"Content-Type", "application/json"}});
      EXPECT_TRUE((refused.status >= 400 && refused.status < 500) || refused.status == 501 ||
                  (refused.status == 200 && body.find("\"a\"") != std::string::npos))
          << path << " " << refused.status << " " << body.substr(0, 60) << " " << refused.body.substr(0, 200);
      EXPECT_LT(refused.body.size(), 2048u) << path << " " << body.substr(0, 60);
    }
  }
}

// What a client wrote is not sent back to it at length.
TEST_F(HostileBodies, LongNamesAreNotRepeated) {
  const std::string name(1u << 20, 'n');
  for (const std::string& path : paths()) {
    const std::string body = R"({"model":")" + name + R"(","model_name":")" + name + R"(","input":"a","inputs":"a",)" +
                             R"("instances":["a"],"query":"a","documents":["a"],"texts":["a"],")" + name + R"(":1})";
    const http::Response response = post(path, body, {{"Content-Type", "application/json"}});
    EXPECT_LT(response.body.size(), 16'384u) << path << " " << response.body.substr(0, 100);
    EXPECT_NE(response.status, 500) << path;
  }
  const http::Response target =
      post("/endpoints/embed/invocations", R"({"instances":["a"]})",
           {{"X-Amzn-SageMaker-Target-Model", "../../etc/passwd"}, {"Content-Type", "application/json"}});
  EXPECT_TRUE(target.status == 404 || target.status == 400) << target.status;
}

TEST_F(HostileBodies, PathsOutOfTheModels) {
  serve({});
  for (const char* name : {"..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a%2f..%2f..%2fb", "%00", "a%00b", "%ff", "%",
                           "%zz", "a%0d%0aX:%20y", ".hidden", "-rf", "~root", "%2fetc%2fpasswd", "C:%5cwindows"}) {
    for (const std::string pattern : {"/v2/models/NAME", "/v2/models/NAME/versions/1", "/v2/models/embed/versions/NAME",
                                      "/models/NAME", "/v1/models/NAME"}) {
      std::string path = pattern;
      path.replace(path.find("NAME"), 4, name);
      const http::Response response = get(path);
      EXPECT_TRUE(response.status == 400 || response.status == 404) << path << " " << response.status;
      EXPECT_EQ(response.body.find("root:"), std::string::npos);
      for (const auto& [header, value] : response.headers) EXPECT_EQ(value.find('\n'), std::string::npos) << path;
    }
    for (const std::string action : {"load", "unload"}) {
      const std::string path = std::string("/v2/repository/models/") + name + "/" + action;
      const http::Response response = post(path, "");
      EXPECT_TRUE(response.status == 400 || response.status == 404) << path << " " << response.status;
    }
  }
}

TEST_F(HostileBodies, BombsOfEachCoding) {
  const std::string zeros(kUnpackedBytesMax, '0');
  for (const char* coding : {"gzip", "deflate"}) {
    const http::Response bomb = post("/v1/embeddings", pack(coding, zeros), {{"Content-Encoding", coding}});
    EXPECT_EQ(bomb.status, 413) << coding;
    const http::Response cut =
        post("/v1/embeddings", pack(coding, zeros).substr(0, 100), {{"Content-Encoding", coding}});
    EXPECT_TRUE(cut.status == 400 || cut.status == 413) << coding << cut.status;
  }
  for (const char* coding : {"br", "zstd", "gzip, gzip", "compress", "x-gzip;q=1"}) {
    const http::Response unknown = post("/v1/embeddings", "x", {{"Content-Encoding", coding}});
    EXPECT_EQ(unknown.status, 415) << coding << unknown.body;
  }
}

}  // namespace
}  // namespace fovea::wire
