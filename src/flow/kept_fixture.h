// For the tests of what goes over kept decisions: a real store and log in a temporary folder, a small flow, a model
// that says what it is told to, and effectors that note what they are asked to do.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "flow/actor.h"
#include "flow/desk.h"
#include "flow/file/flow_file.h"
#include "flow/proof.h"
#include "trust/audit/key.h"

namespace fovea::flow {

constexpr const char* kTriage = R"(
flow: triage
version: 1
source: { jsonl: ./events.jsonl, id: event.id, key: event.user }
steps:
  - window: { as: sender, key: event.user, span: 1h, keep: { messages: count() } }
  - score: { as: intent, text: event.body, deadline: 50ms, ladder: [ { model: ./model }, { human: tier1 } ] }
  - decide: ./routing.csv
act:
  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue }, key: event.id }
  - call: { http: { post: "http://127.0.0.1:9/x", body: { id: event.id } }, key: event.id,
            undo: { http: { delete: "http://127.0.0.1:9/x/{outcome.id}" } } }
  - later: { append: ./later.jsonl, body: { id: event.id }, key: event.id, hold: 10m }
)";
constexpr const char* kRouting = "intent.label,=> queue\nrefund,refunds\n-,general\n";

// Sure of "refund", unsure of everything else; as slow as it is told to be.
class SaysItsText final : public ladder::Rung {
 public:
  SaysItsText(VirtualClock& clock, Nanos& takes, double& probability, std::string& precision)
      : clock_(clock), takes_(takes), probability_(probability), precision_(precision) {}
  std::string name() const override { return "linear"; }
  std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock&) override {
    clock_.advance(takes_);
    std::vector<ladder::Answer> answers;
    for (const ladder::Item& item : items) {
      bool sure = item.text == "refund";
      ladder::Answer answer{sure ? ladder::Verdict::kSure : ladder::Verdict::kUnsure, {}, "stub"};
      answer.prediction.label = item.text;
      answer.prediction.probability = probability_;
      answer.prediction.model = "stub";
      answer.prediction.precision = item.precision.empty() ? precision_ : item.precision;
      // Each precision has bits of its own.
      if (answer.prediction.precision == "int8") answer.prediction.probability += 0.001;
      answers.push_back(std::move(answer));
    }
    return answers;
  }

 private:
  VirtualClock& clock_;
  Nanos& takes_;
  double& probability_;
  std::string& precision_;
};

// Notes "do KEY", "undo KEY"; answers as it is told to.
class Noting final : public act::Effector {
 public:
  Noting(std::string kind, std::vector<std::string>& done, record::Outcome::Kind& says)
      : kind_(std::move(kind)), done_(done), says_(says) {}
  std::string_view kind() const override { return kind_; }
  Result<void> check(const Json&) const override { return {}; }
  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    return std::vector<Json>(effects.size());
  }
  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> outcomes;
    for (const record::Effect& effect : effects) {
      std::string url(text_or(member(effect.arguments, "url"), ""));
      done_.push_back("do " + effect.key + (url.empty() ? "" : " " + url));
      outcomes.push_back({says_, JsonObject{{"id", "T-" + std::to_string(effect.id)}}, "as told", Nanos(0)});
    }
    return outcomes;
  }
  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    return std::vector<record::Outcome>(effects.size());
  }
  record::Outcome undo(const record::Effect& effect) override {
    done_.push_back("undo " + effect.key);
    return {says_, {}, "as told", Nanos(0)};
  }

 private:
  std::string kind_;
  std::vector<std::string>& done_;
  record::Outcome::Kind& says_;
};

class KeptTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = testing::TempDir() + "kept_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    ASSERT_TRUE(files_.write_atomic(dir_ + "/routing.csv", kRouting));
    effectors_.add(std::make_unique<Noting>("append", done_, says_));
    effectors_.add(std::make_unique<Noting>("http", done_, says_));
    open(kTriage);
    auto key = audit::open_or_make_key(dir_ + "/state/audit", "test");
    ASSERT_TRUE(key) << key.error().text();
    auto log = audit::AuditLog::create(files_, dir_ + "/state/audit", std::move(*key));
    ASSERT_TRUE(log) << log.error().text();
    log_ = std::move(*log);
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }

  // Opens the store anew and reads the flow as it now is, as after a restart.
  void open(const std::string& text) {
    journey_.reset();
    store_.reset();
    auto flow = file::parse_flow(files_, dir_ + "/flow.yaml", text);
    ASSERT_TRUE(flow) << flow.error().text();
    flow_ = std::make_unique<file::FlowFile>(std::move(*flow));
    auto store = store::Store::create({dir_ + "/state", false, "", flow_->name});
    ASSERT_TRUE(store) << store.error().text();
    store_ = std::move(*store);
    auto open_model = [this](const file::Rung&, const file::Sure&) {
      std::vector<std::unique_ptr<ladder::Rung>> rungs;
      rungs.push_back(std::make_unique<SaysItsText>(clock_, takes_, probability_, precision_));
      return Result<std::vector<std::unique_ptr<ladder::Rung>>>(std::move(rungs));
    };
    auto journey = Journey::create(*flow_, {clock_, open_model, std::string(32, 's')});
    ASSERT_TRUE(journey) << journey.error().text();
    journey_ = std::move(*journey);
  }

  // Decides events "e1", "e2", ... with these texts and keeps them.
  void take(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      std::vector<record::Event> events(1);
      record::Event& event = events.front();
      event.source = flow_->source.name;
      event.time = clock_.now();
      event.fields = {{"id", "event-" + std::to_string(++events_)}, {"user", "u"}, {"body", text}};
      event.original = "events.jsonl:" + std::to_string(events_);
      store::Turn turn;
      auto none = [](auto) { return std::map<std::string, store::Store::Seen>(); };
      auto receipts = journey_->take(std::move(events), clock_.now(), none, turn);
      ASSERT_TRUE(receipts) << receipts.error().text();
      ASSERT_TRUE(store_->commit(turn));
    }
    ASSERT_TRUE(feed_log(*store_, *log_));
  }

  Desk desk() { return {clock_, *store_, *log_, effectors_, journey_.get()}; }
  std::map<std::string, std::string> states(int64_t seq) {
    std::map<std::string, std::string> by_name;
    auto effects = store_->effects_of(seq);
    for (const record::Effect& effect : *effects) by_name[effect.name] = record::state_name(effect.state);
    return by_name;
  }
  // Every entry of the log, checked against its row.
  std::string first_bad() {
    auto rows = store_->proven(0, 10'000);
    for (const store::Proven& row : *rows) {
      if (auto checked = check_row(row); !checked) return checked.error().text();
    }
    auto unproven = store_->unproven();
    return *unproven == 0 ? "" : std::to_string(*unproven) + " unproven";
  }

  RealFiles files_;
  VirtualClock clock_{TimePoint{1'788'000'000'000'000'000}};
  Nanos takes_{0};
  double probability_ = 0.75;
  std::string precision_;  // of the model: none
  std::vector<std::string> done_;
  record::Outcome::Kind says_ = record::Outcome::Kind::kDone;
  act::Effectors effectors_;
  std::string dir_;
  int events_ = 0;
  std::unique_ptr<file::FlowFile> flow_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<audit::AuditLog> log_;
  std::unique_ptr<Journey> journey_;
};

}  // namespace fovea::flow
