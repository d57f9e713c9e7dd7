#include "serve/inference/model_server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "engine/models/text_encoder.h"
#include "engine/models/tiny_bert_folder.h"
#include "serve/registry/model_folder.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;
using Outcome = std::expected<Reply, Failure>;
using models::TinyBertFolder;

std::unique_ptr<ModelServer> server_of(std::vector<ModelPlace> places, const Clock& clock, std::string dir = {}) {
  ModelServerOptions options;
  options.models = std::move(places);
  options.models_dir = std::move(dir);
  options.schedule.workers = 2;
  auto made = ModelServer::create(std::move(options), clock);
  EXPECT_TRUE(made) << made.error().text();
  return std::move(*made);
}

Call call_of(std::string model, std::vector<std::string> texts) {
  Call call;
  call.model = std::move(model);
  std::vector<Text> inputs;
  for (std::string& text : texts) inputs.push_back({std::move(text), "", false});
  call.inputs = std::move(inputs);
  return call;
}

Outcome ask(Inference& server, Call call) {
  std::promise<Outcome> promise;
  auto ticket = server.submit(std::move(call), [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

class ModelServerTest : public ::testing::Test {
 protected:
  SystemClock clock_;
};

TEST_F(ModelServerTest, AnswersAsTheEngineDoes) {
  const TinyBertFolder folder;
  auto server = server_of({{"tiny", folder.path()}}, clock_);
  EXPECT_FALSE(server->ready());
  ASSERT_TRUE(server->load_all());
  EXPECT_TRUE(server->ready());
  const std::vector<std::string> texts{"the cat sat", "dog", ""};
  const Outcome outcome = ask(*server, call_of("tiny", texts));
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  auto encoder = models::TextEncoder::create(folder.path(), {.workers = 1}).value();
  const auto want = encoder->encode(texts).value();
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(outcome->answers[i].values, want[i].values) << texts[i];
  EXPECT_EQ(outcome->model->info.task, Task::kEmbedding);
  EXPECT_EQ(outcome->model->info.width, TinyBertFolder::kHidden);
  EXPECT_EQ(server->statistics("tiny", "").value().inferences, 3u);
}

TEST_F(ModelServerTest, SaysWhatIsWrongWithACall) {
  const TinyBertFolder folder;
  auto server = server_of({{"tiny", folder.path()}}, clock_);
  EXPECT_EQ(ask(*server, call_of("tiny", {"a"})).error().error.code, Code::kUnavailable);
  ASSERT_TRUE(server->load_all());
  EXPECT_EQ(ask(*server, call_of("other", {"a"})).error().error.code, Code::kNotFound);
  Call versioned = call_of("tiny", {"a"});
  versioned.version = "9";
  EXPECT_EQ(ask(*server, std::move(versioned)).error().error.where, "version");
  Call uncut = call_of(
      "tiny", {"cat", std::string(4000, 'a') + " cat cat cat cat cat cat cat cat cat cat cat cat cat cat cat cat cat "
                                               "cat cat cat cat cat cat cat cat cat cat cat cat cat cat cat"});
  uncut.cut = false;
  const Failure failure = ask(*server, std::move(uncut)).error();
  EXPECT_EQ(failure.error.code, Code::kOutOfRange);
  EXPECT_EQ(failure.error.where, "inputs[1]");
  EXPECT_FALSE(failure.retry_helps);
  Call ids;
  ids.model = "tiny";
  ids.inputs = std::vector<Ids>{{{1, 2, 100000}, {}}};
  EXPECT_EQ(ask(*server, std::move(ids)).error().error.code, Code::kInvalidArgument);
  Call late = call_of("tiny", {"a"});
  late.deadline = clock_.steady() - Nanos(1);
  EXPECT_EQ(ask(*server, std::move(late)).error().error.code, Code::kDeadlineExceeded);
}

TEST_F(ModelServerTest, NamesAndPlacesAreChecked) {
  ModelServerOptions options;
  options.models = {{"../up", "x"}};
  EXPECT_EQ(ModelServer::create(options, clock_).error().code, Code::kInvalidArgument);
  options.models = {{"a", "x"}, {"a", "y"}};
  EXPECT_EQ(ModelServer::create(options, clock_).error().message, "'a' is given twice");
  auto server = server_of({{"gone", "/nowhere/at/all"}}, clock_);
  EXPECT_FALSE(server->load_all());
  EXPECT_FALSE(server->ready());
  EXPECT_EQ(server->models()[0].state, "UNAVAILABLE");
  EXPECT_NE(server->models()[0].reason.find("/nowhere/at/all"), std::string::npos);
}

// NAME/1 and NAME/2: the higher serves; a third that comes later serves when it is loaded.
TEST_F(ModelServerTest, TheHighestVersionServes) {
  const TinyBertFolder first, second({.labels = 3});
  const fs::path dir = fs::path(first.path()).parent_path() / ("fovea_models_" + std::to_string(::getpid()));
  fs::create_directories(dir / "m");
  fs::copy(first.path(), dir / "m" / "1", fs::copy_options::recursive);
  auto server = server_of({}, clock_, dir.string());
  ASSERT_TRUE(server->load_all());
  EXPECT_EQ(server->model("m", "1").value()->info.task, Task::kEmbedding);
  fs::copy(second.path(), dir / "m" / "2", fs::copy_options::recursive);
  ASSERT_TRUE(server->load("m"));
  EXPECT_EQ(server->model("m", "").value()->info.version, "2");
  EXPECT_EQ(server->model("m", "2").value()->info.labels.size(), 3u);
  EXPECT_EQ(server->model("m", "1").error().hint, "version 2 serves");
  ASSERT_TRUE(server->load("m", "1")) << "beside the other";
  EXPECT_EQ(server->model("m", "1").value()->info.task, Task::kEmbedding);
  EXPECT_EQ(server->model("m", "").value()->info.version, "2");
  EXPECT_EQ(server->models().size(), 2u);
  EXPECT_FALSE(server->load("m", "9"));
  EXPECT_TRUE(ask(*server, call_of("m", {"the cat"})));
  EXPECT_EQ(server->load("n").error().code, Code::kNotFound);
  fs::copy(first.path(), dir / "n", fs::copy_options::recursive);
  EXPECT_TRUE(server->load("n"));
  fs::remove_all(dir);
}

// Aliases are versions in calls; where they point is looked at again; what can't be loaded leaves what serves.
TEST_F(ModelServerTest, AliasesAreFollowed) {
  const TinyBertFolder first, second({.labels = 3});
  VirtualClock still({0});
  const fs::path dir = fs::temp_directory_path() / ("fovea_aliases_" + std::to_string(::getpid()));
  const std::string m = (dir / "m").string();
  for (const auto* each : {&first, &second, &first}) ASSERT_TRUE(registry::add_version(m, each->path(), {}, still));
  fs::remove(dir / "m" / "3" / "model.safetensors");
  ASSERT_TRUE(registry::set_alias(m, "prod", 1, still));
  ASSERT_TRUE(registry::set_alias(m, "candidate", 2, still));
  auto server = server_of({}, clock_, dir.string());
  ASSERT_TRUE(server->load_all());
  EXPECT_EQ(server->model("m", "").value()->info.version, "1");
  EXPECT_EQ(server->model("m", "candidate").value()->info.version, "2");
  Call call = call_of("m", {"the cat"});
  call.version = "candidate";
  EXPECT_EQ(ask(*server, std::move(call)).value().answers[0].values.size(), 3u);

  const auto before = server->model("m", "").value();
  server->refresh();
  EXPECT_EQ(server->model("m", "").value(), before) << "nothing changed, nothing was loaded";
  ASSERT_TRUE(registry::set_alias(m, "prod", 2, still));
  server->refresh();
  EXPECT_EQ(server->model("m", "").value()->info.version, "2");
  EXPECT_EQ(server->model("m", "1").error().code, Code::kNotFound) << "nothing names it any more";

  ASSERT_TRUE(registry::set_alias(m, "prod", 3, still));
  server->refresh();
  EXPECT_EQ(server->model("m", "").value()->info.version, "2") << "3 is broken";
  EXPECT_TRUE(server->ready());
  const auto states = server->models();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[1].version, "3");
  EXPECT_EQ(states[1].state, "UNAVAILABLE");
  EXPECT_NE(states[1].reason.find("model.safetensors"), std::string::npos) << states[1].reason;
  EXPECT_FALSE(server->load("m"));
  EXPECT_NE(server->models()[0].reason.find("a load failed"), std::string::npos);
  EXPECT_TRUE(ask(*server, call_of("m", {"the cat"})));

  ASSERT_TRUE(registry::roll_back(m, "prod", still));
  server->refresh();
  EXPECT_EQ(server->models()[0].reason.empty(), false);
  ASSERT_TRUE(server->load("m"));
  EXPECT_EQ(server->models()[0].reason, "");
  fs::remove_all(dir);
}

// With a cache: equal to the bit, counted, gone with the model.
TEST_F(ModelServerTest, ACacheChangesNoAnswer) {
  const TinyBertFolder folder, other({.labels = 3});
  const fs::path dir = fs::temp_directory_path() / ("fovea_cached_" + std::to_string(::getpid()));
  fs::copy(folder.path(), dir, fs::copy_options::recursive);
  ModelServerOptions options;
  options.models = {{"tiny", dir.string()}};
  options.schedule.workers = 1;
  options.cache_bytes = 1 << 20;
  auto server = std::move(*ModelServer::create(std::move(options), clock_));
  ASSERT_TRUE(server->load_all());
  auto plain = server_of({{"tiny", folder.path()}}, clock_);
  ASSERT_TRUE(plain->load_all());
  const std::vector<std::string> texts{"the cat sat", "dog", "the cat sat"};
  const auto want = ask(*plain, call_of("tiny", texts)).value();
  for (int round = 0; round < 3; ++round) {
    const auto got = ask(*server, call_of("tiny", texts)).value();
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(got.answers[i].values, want.answers[i].values);
  }
  const Statistics counts = server->statistics("tiny", "").value();
  EXPECT_EQ(counts.cache_misses, 2u);
  EXPECT_EQ(counts.cache_hits, 7u);
  EXPECT_EQ(counts.requests, 3u);
  EXPECT_EQ(counts.inferences, 2u);
  ASSERT_TRUE(server->load("tiny"));
  ask(*server, call_of("tiny", texts)).value();
  EXPECT_EQ(server->statistics("tiny", "").value().cache_hits, 3u) << "the same weights: the answers are still theirs";
  fs::remove_all(dir);
  fs::copy(other.path(), dir, fs::copy_options::recursive);
  ASSERT_TRUE(server->load("tiny"));
  EXPECT_EQ(ask(*server, call_of("tiny", texts)).value().answers[0].values.size(), 3u);
  fs::remove_all(dir);
}

// Replaced over and over while four clients ask: no call fails, every answer is that of one of the two.
TEST_F(ModelServerTest, ReplacedUnderLoadNoCallFails) {
  const TinyBertFolder folder;
  auto server = server_of({{"tiny", folder.path()}}, clock_);
  ASSERT_TRUE(server->load_all());
  const auto want = ask(*server, call_of("tiny", {"the cat"})).value().answers[0].values;
  std::atomic<bool> stop{false};
  std::atomic<int> right{0}, wrong{0}, failed{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c)
    clients.emplace_back([&] {
      while (!stop) {
        const Outcome outcome = ask(*server, call_of("tiny", {"the cat"}));
        if (!outcome) {
          ++failed;
        } else {
          ++(outcome->answers[0].values == want ? right : wrong);
        }
      }
    });
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(server->load("tiny"));
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(right, 60);
}

TEST_F(ModelServerTest, UnloadedItIsUnavailableAndLoadedAgainItServes) {
  auto server = server_of({{"null", "null"}}, clock_);
  ASSERT_TRUE(server->load_all());
  EXPECT_EQ(ask(*server, call_of("null", {"four"})).value().answers[0].values, std::vector<float>{4});
  ASSERT_TRUE(server->unload("null"));
  EXPECT_TRUE(server->ready()) << "nobody wants it";
  EXPECT_EQ(ask(*server, call_of("null", {"a"})).error().error.code, Code::kUnavailable);
  ASSERT_TRUE(server->load("null"));
  EXPECT_TRUE(ask(*server, call_of("null", {"a"})));
}

TEST_F(ModelServerTest, DrainingItRefusesAndAnswersWhatItHas) {
  auto server = server_of({{"null", "null"}}, clock_);
  ASSERT_TRUE(server->load_all());
  EXPECT_TRUE(server->drain(std::chrono::seconds(1)));
  EXPECT_FALSE(server->ready());
  EXPECT_EQ(ask(*server, call_of("null", {"a"})).error().error.code, Code::kUnavailable);
}

}  // namespace
}  // namespace fovea::inference
