#include "serve/inference/detachable_backend.h"

#include <gtest/gtest.h>

#include <future>

#include "engine/models/tiny_bert_folder.h"
#include "serve/inference/backend_conformance_test.h"
#include "serve/inference/native_backend.h"
#include "serve/inference/null_backend.h"

namespace fovea::inference {
namespace {

using namespace std::chrono_literals;

// Its runs return when they are let go; whether it still lives is told.
class Hanging final : public Backend {
 public:
  struct Gate {
    std::promise<void> open;
    std::shared_future<void> opened = open.get_future().share();
    std::atomic<int> begun{0}, gone{0};
  };
  explicit Hanging(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  ~Hanging() override { ++gate_->gone; }
  const Model& model() const override { return null_->model(); }
  int steps() const override { return 6; }
  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    return null_->read(text, cut, where);
  }
  Result<Item> read(Ids ids, const std::string& where) const override { return null_->read(std::move(ids), where); }
  Result<void> run(const Run& run) const override {
    ++gate_->begun;
    gate_->opened.wait();
    return null_->run(run);
  }

 private:
  const std::unique_ptr<Backend> null_ = make_null_backend("m");
  const std::shared_ptr<Gate> gate_;
};

template <typename Until>
bool soon(Until until) {
  for (int i = 0; i < 5000 && !until(); ++i) std::this_thread::sleep_for(1ms);
  return until();
}

class DetachableBackendTest : public ::testing::Test {
 protected:
  std::unique_ptr<DetachableBackend> hanging(Detaching detaching = {20ms, 60s}) {
    return std::make_unique<DetachableBackend>(std::make_shared<Hanging>(gate_), left_, ended_, detaching);
  }
  Result<void> ask(const Backend& backend, std::function<Result<void>()> pause = {},
                   std::function<bool()> abandoned = {}) {
    const Item item = backend.read(Text{"four", "", false}, true, "inputs").value();
    const Item* items[] = {&item};
    Answer* to[] = {&answer_};
    return backend.run({items, to, arena_, std::move(pause), std::move(abandoned)});
  }
  const std::shared_ptr<Hanging::Gate> gate_ = std::make_shared<Hanging::Gate>();
  const std::shared_ptr<LeftBehind> left_ = std::make_shared<LeftBehind>();
  std::atomic<bool> ended_{false};
  tensor::Arena arena_;
  Answer answer_;
};

TEST_F(DetachableBackendTest, Conforms) {
  const models::TinyBertFolder folder;
  const DetachableBackend backend(open_native_backend(folder.path(), {.name = "tiny"}).value(), left_, ended_);
  expect_conforms(backend);
  EXPECT_TRUE(left_->all().empty());
}

// The thread of a run that was left behind has all that it needs, whoever went meanwhile.
TEST_F(DetachableBackendTest, ARunThatDoesNotReturnIsLeftBehind) {
  auto backend = hanging();
  const auto given_up = [] { return true; };
  EXPECT_EQ(ask(*backend, {}, given_up).error().code, Code::kCancelled);
  ASSERT_EQ(left_->all().size(), 1u);
  EXPECT_NE(left_->all()[0].find("version 1 of m"), std::string::npos) << left_->all()[0];
  EXPECT_EQ(ask(*backend).error().code, Code::kUnavailable) << "one at a time hangs, not a thread for each";
  EXPECT_EQ(gate_->begun, 1);
  backend.reset();
  EXPECT_EQ(gate_->gone, 0) << "its thread keeps it";
  gate_->open.set_value();
  EXPECT_TRUE(soon([&] { return left_->all().empty() && gate_->gone == 1; }));
}

TEST_F(DetachableBackendTest, OnceItReturnsItServesAgain) {
  auto backend = hanging();
  EXPECT_FALSE(ask(*backend, [] { return fail(Code::kCancelled, "the clients went away"); }));
  EXPECT_EQ(left_->all().size(), 1u);
  gate_->open.set_value();
  ASSERT_TRUE(soon([&] { return left_->all().empty(); }));
  ASSERT_TRUE(ask(*backend));
  EXPECT_EQ(answer_.values, std::vector<float>{4});
}

TEST_F(DetachableBackendTest, TheServersEndGivesItUp) {
  auto backend = hanging();
  ended_ = true;
  EXPECT_EQ(ask(*backend).error().code, Code::kCancelled);
  gate_->open.set_value();
  EXPECT_TRUE(soon([&] { return left_->all().empty(); }));
}

TEST_F(DetachableBackendTest, PatienceEndsWhereNobodyGivesUp) {
  auto backend = hanging({10ms, 30ms});
  const auto result = ask(*backend);
  EXPECT_EQ(result.error().code, Code::kInternal);
  EXPECT_EQ(result.error().message, "its run does not return");
  gate_->open.set_value();
  EXPECT_TRUE(soon([&] { return left_->all().empty(); }));
}

}  // namespace
}  // namespace fovea::inference
