// A version has a lane for each of its roles: as a shadow behind everything else, as a canary among all calls.
#include <gtest/gtest.h>
#include <sched.h>

#include <future>
#include <mutex>

#include "serve/inference/model_server.h"
#include "serve/inference/null_backend.h"

namespace fovea::inference {
namespace {

// Notes in what kind of thread each text was computed.
class Noting final : public Backend {
 public:
  struct Notes {
    std::mutex mutex;
    std::map<std::string, int> policies;  // by text
    int opened = 0;
  };
  Noting(const Opening& opening, Notes& notes) : null_(make_null_backend(opening.name)), notes_(notes) {
    model_ = null_->model();
    model_.info.version = opening.version;
    ++notes_.opened;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 1; }
  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    FOVEA_TRY(Item item, null_->read(text, cut, where));
    item.text = text;
    return item;
  }
  Result<Item> read(Ids ids, const std::string& where) const override { return null_->read(std::move(ids), where); }
  Result<void> run(const Run& run) const override {
    {
      std::lock_guard lock(notes_.mutex);
      for (const Item* item : run.items)
        if (item->text) notes_.policies[item->text->first] = ::sched_getscheduler(0);
    }
    return null_->run(run);
  }

 private:
  const std::unique_ptr<Backend> null_;
  Model model_;
  Notes& notes_;
};

class ModelLanesTest : public ::testing::Test {
 protected:
  std::unique_ptr<ModelServer> server(std::vector<std::string> background, std::vector<std::string> canaries) {
    ModelServerOptions options;
    options.models = {{"m", "noting:/one", {{"next", "noting:/two"}}, std::move(background), std::move(canaries)}};
    options.schedule.workers = 1;
    options.backends.push_back(
        {"noting", [](const std::string&) { return false; },
         [this](const Opening& opening) -> Result<std::unique_ptr<Backend>> {
           return std::make_unique<Noting>(opening, notes_);
         }});
    auto made = std::move(*ModelServer::create(std::move(options), clock_));
    EXPECT_TRUE(made->load_all());
    return made;
  }
  // The kind of thread that computed it.
  int policy(ModelServer& server, const std::string& text, std::string version, bool background) {
    Call call;
    call.model = "m";
    call.version = std::move(version);
    call.background = background;
    call.inputs = std::vector<Text>{{text, "", false}};
    std::promise<bool> answered;
    server.submit(std::move(call), [&](const auto& outcome) { answered.set_value(outcome.has_value()); });
    EXPECT_TRUE(answered.get_future().get()) << text;
    std::lock_guard lock(notes_.mutex);
    return notes_.policies.contains(text) ? notes_.policies[text] : -1;
  }
  SystemClock clock_;
  Noting::Notes notes_;
};

TEST_F(ModelLanesTest, AShadowThatIsACanaryHasBoth) {
  auto serving = server({"next"}, {"next"});
  EXPECT_EQ(notes_.opened, 2) << "one backend for both roles";
  EXPECT_EQ(policy(*serving, "primary", "", false), SCHED_OTHER);
  EXPECT_EQ(policy(*serving, "canary", "next", false), SCHED_OTHER);
  EXPECT_EQ(policy(*serving, "shadow", "next", true), SCHED_IDLE);
  EXPECT_EQ(serving->statistics("m", "next").value().inferences, 2u);
  serving->refresh();
  EXPECT_EQ(notes_.opened, 2) << "nothing changed";
  EXPECT_EQ(policy(*serving, "a shadow of what has no such lane", "", true), SCHED_OTHER);
}

TEST_F(ModelLanesTest, AShadowAloneIsBehindAllWhoeverAsks) {
  auto serving = server({"next"}, {});
  EXPECT_EQ(policy(*serving, "shadow", "next", true), SCHED_IDLE);
  EXPECT_EQ(policy(*serving, "by version", "next", false), SCHED_IDLE);
}

TEST_F(ModelLanesTest, ACanaryAloneIsAmongAll) {
  auto serving = server({}, {"next"});
  EXPECT_EQ(policy(*serving, "canary", "next", false), SCHED_OTHER);
  EXPECT_EQ(policy(*serving, "by version", "next", true), SCHED_OTHER);
}

}  // namespace
}  // namespace fovea::inference
