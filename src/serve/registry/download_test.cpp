#include "serve/registry/download.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/digest.h"
#include "base/files.h"
#include "serve/fetch/scripted_http_test.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;
using fetch::ScriptedReply;
using fetch::ScriptedRequest;

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() { fs::create_directories(dir_); }
  ~DownloadTest() override { fs::remove_all(dir_); }
  Result<std::string> get(fetch::ScriptedHttp::Script script, RemoteFile file) {
    fetch::ScriptedHttp server(std::move(script));
    Listing listing;
    listing.request = [&](const RemoteFile&) -> Result<fetch::HttpRequest> {
      fetch::HttpRequest request;
      request.url = server.url("/f");
      return request;
    };
    auto done = download({*http_, listing, file, partial_, "there", clock_});
    requests_ = server.requests();
    return done;
  }
  static RemoteFile file(std::optional<uint64_t> bytes) { return {"f", "f", bytes, "", "", ""}; }

  fs::path dir_ = fs::temp_directory_path() / ("fovea_download_" + std::to_string(::getpid()));
  std::string partial_ = (dir_ / "0").string();
  std::unique_ptr<fetch::HttpFetch> http_ = fetch::make_curl_fetch();
  VirtualClock clock_{{0}};
  std::vector<ScriptedRequest> requests_;
};

TEST_F(DownloadTest, ChecksTheDigestOfAGitBlob) {
  RemoteFile blob = file(6);
  blob.git_sha1 = "ce013625030ba8dba906f756967f9e9ca394464a";  // git hash-object of "hello\n"
  EXPECT_EQ(get([](auto&) -> ScriptedReply { return {200, "", "hello\n"}; }, blob).value(),
            to_hex(bytes_of(sha256("hello\n"))));
  fs::remove(partial_);
  EXPECT_EQ(get([](auto&) -> ScriptedReply { return {200, "", "jello\n"}; }, blob).error().code, Code::kDataLoss);
}

TEST_F(DownloadTest, ChecksTheDigestThatAStoreKeeps) {
  const std::string right = "X-Amz-Checksum-Sha256: " + to_base64(bytes_of(sha256("abc"))) + "\r\n";
  EXPECT_TRUE(get([&](auto&) -> ScriptedReply { return {200, right, "abc"}; }, file(3)));
  fs::remove(partial_);
  EXPECT_EQ(get([&](auto&) -> ScriptedReply { return {200, right, "abd"}; }, file(3)).error().code, Code::kDataLoss);
}

TEST_F(DownloadTest, TriesAgainAndGivesUpWhereNothingComes) {
  int number = 0;
  EXPECT_TRUE(get(
      [&](auto&) -> ScriptedReply {
        return ++number < kAttempts ? ScriptedReply{503, "", "busy"} : ScriptedReply{200, "", "abc"};
      },
      file(3)));
  fs::remove(partial_);
  const auto busy = get([&](auto&) -> ScriptedReply { return {503, "", "busy"}; }, file(3));
  EXPECT_EQ(busy.error().code, Code::kUnavailable);
  EXPECT_NE(busy.error().message.find("busy"), std::string::npos);
  EXPECT_EQ(requests_.size(), static_cast<size_t>(kAttempts));
  EXPECT_EQ(get([&](auto&) -> ScriptedReply { return {404, "", ""}; }, file(3)).error().code, Code::kNotFound);
  EXPECT_EQ(requests_.size(), 1u);
}

// A server without ranges begins anew; one that always breaks off is asked as long as more comes each time.
TEST_F(DownloadTest, BeginsAnewWhereAServerHasNoRanges) {
  int number = 0;
  EXPECT_TRUE(
      get([&](auto&) -> ScriptedReply { return {200, "", "0123456789", ++number < 3 ? size_t{4} : 99}; }, file(10)));
  EXPECT_EQ(read_file(partial_).value(), "0123456789");
  fs::remove(partial_);
  EXPECT_TRUE(get(
      [&](const ScriptedRequest& request) -> ScriptedReply {
        const std::string range = request.header("Range");
        const size_t from = range.empty() ? 0 : std::stoul(range.substr(6));
        return {range.empty() ? 200 : 206, "Content-Range: bytes " + std::to_string(from) + "-9/10\r\n",
                std::string("0123456789").substr(from), 1};
      },
      file(10)));
  EXPECT_EQ(read_file(partial_).value(), "0123456789");
  EXPECT_EQ(requests_.size(), 10u);
}

TEST_F(DownloadTest, NeverTakesMoreThanListed) {
  EXPECT_EQ(get([](auto&) -> ScriptedReply { return {200, "", std::string(1000, 'x')}; }, file(999)).error().code,
            Code::kDataLoss);
  EXPECT_TRUE(get([](auto&) -> ScriptedReply { return {200, "", std::string(1000, 'x')}; }, file(std::nullopt)));
}

// The other side's version changed: If-Range has the server send all of it.
TEST_F(DownloadTest, AChangedFileIsNotJoinedToAnOldPart) {
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(partial_, "old o"));
  ASSERT_TRUE(files.write_atomic(partial_ + ".etag", "\"1\""));
  EXPECT_TRUE(get(
      [](const ScriptedRequest& request) -> ScriptedReply {
        EXPECT_EQ(request.header("If-Range"), "\"1\"");
        return {200, "ETag: \"2\"\r\n", "new new"};
      },
      file(7)));
  EXPECT_EQ(read_file(partial_).value(), "new new");
}

TEST_F(DownloadTest, AnotherPartThanAskedForIsNotTaken) {
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(partial_, "012"));
  EXPECT_TRUE(get(
      [](const ScriptedRequest& request) -> ScriptedReply {
        if (request.header("Range").empty()) return {200, "", "0123456789"};
        return {206, "Content-Range: bytes 5-9/10\r\n", "56789"};
      },
      file(10)));
  EXPECT_EQ(read_file(partial_).value(), "0123456789");
}

}  // namespace
}  // namespace fovea::registry
