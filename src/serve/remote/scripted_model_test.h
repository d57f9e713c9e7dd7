// Remote models for tests: their file's text, opened against a server on loopback, and calls that wait.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "serve/fetch/scripted_http_test.h"
#include "serve/remote/remote_model.h"

namespace fovea::remote {

using fetch::ScriptedHttp;
using fetch::ScriptedReply;
using fetch::ScriptedRequest;
using Outcome = std::expected<std::vector<inference::Answer>, inference::Failure>;

struct RemoteTest : ::testing::Test {
  RemoteTest() {
    folder = (std::filesystem::temp_directory_path() / ("fovea_remote_" + std::to_string(::getpid()))).string();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    ::setenv("FOVEA_TEST_KEY", "sk-very-secret", 1);
  }
  ~RemoteTest() override { std::filesystem::remove_all(folder); }

  Result<RemoteOptions> options(const std::string& yaml) {
    FOVEA_TRY(const Yaml root, parse_yaml("m.yaml", yaml));
    return read_remote_options(root, "m.yaml", folder);
  }
  std::shared_ptr<const inference::RemoteBackend> open(const std::string& yaml) {
    auto read = options(yaml);
    EXPECT_TRUE(read) << read.error().text();
    if (!read) return nullptr;
    auto made = open_remote_model("away", std::move(*read), {fetch, files, clock});
    EXPECT_TRUE(made) << made.error().text();
    return made ? std::move(*made) : nullptr;
  }
  // Starts one group and waits for its end.
  Outcome ask(const inference::RemoteBackend& backend, const std::vector<inference::Text>& texts,
              Nanos within = std::chrono::seconds(20), const std::string& region = "") {
    std::vector<inference::Item> items;
    for (const auto& text : texts) {
      auto item = backend.read(text, true, "inputs");
      if (!item) return std::unexpected(inference::Failure{item.error()});
      items.push_back(std::move(*item));
    }
    std::vector<const inference::Item*> pointers;
    for (const auto& item : items) pointers.push_back(&item);
    std::promise<Outcome> told;
    const auto ticket = backend.start({pointers, clock.steady() + within, "", region},
                                      [&](Outcome outcome) { told.set_value(std::move(outcome)); });
    return told.get_future().get();
  }
  Outcome ask(const inference::RemoteBackend& backend, const std::string& text) {
    return ask(backend, {inference::Text{text, {}, false}});
  }

  std::string folder;
  SystemClock clock;
  RealFiles files;
  std::shared_ptr<fetch::MultiFetch> fetch = std::make_shared<fetch::MultiFetch>();
};

inline std::string v2_file(const std::string& url, const std::string& more = "") {
  return "remote: v2\nurl: " + url + "\nmodel: m\ntask: embedding\nwidth: 2\n" + more;
}
// An answer of a v2 model for one text.
inline ScriptedReply v2_reply(const std::string& data = "[1.5,-2]", const std::string& shape = "[1,2]") {
  return {200, "Content-Type: application/json\r\n",
          R"({"model_name":"m","outputs":[{"name":"embedding","datatype":"FP32","shape":)" + shape + R"(,"data":)" +
              data + "}]}"};
}

}  // namespace fovea::remote
