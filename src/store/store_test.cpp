#include "store/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace fovea::store {
namespace {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = testing::TempDir() + "store_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void open() {
    store_.reset();
    auto store = Store::create({dir_, false, "", "f"});
    ASSERT_TRUE(store) << store.error().text();
    store_ = std::move(*store);
  }
  static Kept decided(const std::string& id) {
    Kept kept;
    kept.event.id = id, kept.event.source = "jsonl:x", kept.event.key = "u";
    record::Decision d;
    d.event_id = id, d.flow = "f";
    d.outputs["queue"] = "general";
    kept.decision = d;
    kept.payload = "{\"id\":\"" + id + "\"}";
    kept.payload_expires = {1'000'000};
    kept.proof = Proof{"leaf-" + id, "salt"};
    record::Effect e;
    e.name = "note", e.kind = "append", e.flow = "f", e.key = "note:" + id;
    e.arguments = JsonObject{{"path", "out"}};
    kept.effects = {e};
    return kept;
  }
  std::string dir_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, KeepsATurnAsOneAndReadsItBackAfterReopening) {
  Turn turn;
  turn.events = {decided("a"), decided("b")};
  turn.cursors["jsonl:x"] = "42";
  turn.windows["sender"] = std::string("\0\1", 2);
  turn.duplicates = 3;
  ASSERT_TRUE(store_->commit(turn));
  EXPECT_EQ(turn.events[1].seq, 2);
  EXPECT_NE(turn.events[1].effects[0].id, 0);
  open();
  auto totals = store_->totals();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->ingested, 2);
  EXPECT_EQ(totals->decided, 2);
  EXPECT_EQ(totals->duplicates, 3);
  EXPECT_EQ(totals->leaves, 2);
  EXPECT_EQ(totals->effects_open, 2);
  EXPECT_EQ(*store_->cursor("jsonl:x"), "42");
  EXPECT_EQ(store_->windows("send")->at("sender").size(), 2u);
  std::vector<std::string> ids = {"a", "z"};
  auto seen = store_->seen("jsonl:x", ids);
  ASSERT_EQ(seen->size(), 1u);
  EXPECT_EQ(seen->at("a").times, 1);
  auto found = store_->find("b");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->decision.outputs.at("queue"), "general");
  EXPECT_EQ((*found)->leaf, 1);
  auto payload = store_->payload((*found)->payload_digest);
  ASSERT_TRUE(payload && *payload);
  EXPECT_EQ(**payload, "{\"id\":\"b\"}");
  EXPECT_TRUE(store_->check()->empty());
}

TEST_F(StoreTest, ASecondEventOfTheSameIdFailsTheWholeTurn) {
  Turn first;
  first.events = {decided("a")};
  ASSERT_TRUE(store_->commit(first));
  Turn second;
  second.events = {decided("b"), decided("a")};
  auto kept = store_->commit(second);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, Code::kAlreadyExists);
  EXPECT_EQ(store_->totals()->ingested, 1);
  EXPECT_EQ(store_->totals()->leaves, 1);
  Turn third;
  third.events = {decided("c")};
  ASSERT_TRUE(store_->commit(third));
  EXPECT_EQ((*store_->find("c"))->leaf, 1) << "the failed turn's places in the log are used again";
}

TEST_F(StoreTest, AnIntentIsKeptOnce) {
  Turn turn;
  turn.events = {decided("a")};
  turn.events[0].effects.push_back(turn.events[0].effects[0]);
  ASSERT_TRUE(store_->commit(turn));
  EXPECT_EQ(turn.events[0].effects[1].id, 0);
  EXPECT_EQ(store_->open_effects({0}, 10)->size(), 1u);
}

TEST_F(StoreTest, PayloadsExpireAndDecisionsStay) {
  Turn turn;
  turn.events = {decided("a")};
  ASSERT_TRUE(store_->commit(turn));
  Turn later;
  later.now = {2'000'000};
  ASSERT_TRUE(store_->commit(later));
  auto found = store_->find("a");
  ASSERT_TRUE(*found);
  EXPECT_FALSE(*store_->payload((*found)->payload_digest));
  EXPECT_TRUE(store_->check()->empty());
}

TEST_F(StoreTest, EffectsChangeStateAndDueOnesAreFound) {
  Turn turn;
  turn.events = {decided("a"), decided("b")};
  turn.events[1].effects[0].not_before = {500};
  turn.events[1].effects[0].state = record::EffectState::kHeld;
  ASSERT_TRUE(store_->commit(turn));
  EXPECT_EQ(store_->open_effects({499}, 10)->size(), 1u);
  EXPECT_EQ(store_->open_effects({500}, 10)->size(), 2u);
  Turn change;
  change.effect_changes = {{turn.events[0].effects[0].id,
                            1,
                            record::EffectState::kAttempted,
                            1,
                            {0},
                            "",
                            JsonObject{{"offset", 7}},
                            {},
                            {}}};
  ASSERT_TRUE(store_->commit(change));
  auto attempted = store_->attempted_effects();
  ASSERT_EQ(attempted->size(), 1u);
  EXPECT_EQ(attempted->front().outcome.as_object().at("offset"), 7);
  EXPECT_EQ(attempted->front().event_id, "a");
  EXPECT_EQ((*store_->next_effect_time())->ns, 500);
}

TEST_F(StoreTest, ReviewsOpenAndAreResolvedOnce) {
  Turn turn;
  turn.events = {decided("a")};
  turn.events[0].decision->for_human = true;
  turn.events[0].decision->human_queue = "tier1";
  ASSERT_TRUE(store_->commit(turn));
  ASSERT_EQ(store_->reviews("tier1", true, 10)->size(), 1u);
  Turn answer;
  answer.resolutions = {{1, "ann", "refund", {5}, *turn.events[0].decision, {}, Proof{"leaf-r", "s"}}};
  ASSERT_TRUE(store_->commit(answer));
  EXPECT_TRUE(store_->reviews("", true, 10)->empty());
  auto again = store_->commit(answer);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kNotFound);
}

TEST_F(StoreTest, CheckNamesWhatIsBroken) {
  Turn turn;
  turn.events = {decided("a")};
  ASSERT_TRUE(store_->commit(turn));
  auto db = Database::open(dir_ + "/fovea.db", false);
  ASSERT_TRUE((*db)->execute("DELETE FROM leaves; UPDATE payloads SET bytes = 'x'"));
  auto faults = store_->check();
  ASSERT_TRUE(faults);
  ASSERT_EQ(faults->size(), 2u);
  EXPECT_EQ((*faults)[0], "1 decided events without an audit leaf");
}

TEST_F(StoreTest, OnlyOneWriter) {
  auto second = Store::create({dir_, false, "", "f"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAborted);
  auto reader = Store::create({dir_, true, "", "f"});
  EXPECT_TRUE(reader) << reader.error().text();
}

TEST_F(StoreTest, FlowsThatShareAFolderDoNotSeeEachOthersEvents) {
  Turn turn;
  turn.events = {decided("a")};
  turn.cursors["jsonl:x"] = "42";
  turn.windows["sender"] = "s";
  ASSERT_TRUE(store_->commit(turn));
  store_.reset();
  auto other = Store::create({dir_, false, "", "g"});
  ASSERT_TRUE(other) << other.error().text();
  std::vector<std::string> ids = {"a"};
  EXPECT_TRUE((*other)->seen("jsonl:x", ids)->empty());
  EXPECT_EQ(*(*other)->cursor("jsonl:x"), "");
  EXPECT_TRUE((*other)->windows("")->empty());
  EXPECT_TRUE((*other)->open_effects({1}, 10)->empty());
  EXPECT_FALSE(*(*other)->any_pending());
  EXPECT_TRUE((*other)->commit(turn)) << "the same event, for another flow";
  other->reset();
  auto reader = Store::create({dir_, true, "", ""});
  EXPECT_EQ((*reader)->totals()->ingested, 2);
  EXPECT_EQ((*reader)->open_effects({1}, 10)->size(), 1u) << "the effect's own flow and key are the same: kept once";
}

TEST_F(StoreTest, ANewerSchemaIsRefused) {
  store_.reset();
  {
    auto db = Database::open(dir_ + "/fovea.db", false);
    ASSERT_TRUE((*db)->execute("PRAGMA user_version = 99"));
  }
  auto store = Store::create({dir_, false, "", "f"});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kFailedPrecondition);
}

TEST_F(StoreTest, ADamagedFileIsAClearError) {
  store_.reset();
  std::filesystem::remove(dir_ + "/fovea.db-wal");
  {
    std::ofstream(dir_ + "/fovea.db", std::ios::binary) << std::string(8192, 'x');
  }
  auto store = Store::create({dir_, false, "", "f"});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kDataLoss);
}

TEST_F(StoreTest, TheVerdictOfAnEventOfExactlyThisId) {
  Turn turn;
  Kept dead;
  dead.event.id = "#1", dead.event.source = "jsonl:x";  // an id that looks like a place in the journal
  dead.fate = Fate::kDead;
  dead.dead = record::DeadLetter{0, "parse", "jsonl:x", "#1", "the body is missing", "send one", 1, "", "", {}};
  turn.events = {decided("a"), std::move(dead)};
  ASSERT_TRUE(store_->commit(turn));
  const auto verdict = store_->verdict("jsonl:x", "a");
  ASSERT_TRUE(verdict && *verdict);
  EXPECT_TRUE((*verdict)->duplicate);
  EXPECT_EQ((*verdict)->fate, "decided");
  EXPECT_EQ((*verdict)->flow, "f");
  EXPECT_EQ((*verdict)->seq, 1);
  EXPECT_EQ((*verdict)->leaf, 0);
  EXPECT_EQ((*verdict)->decision->outputs.at("queue"), "general");
  ASSERT_EQ((*verdict)->effects.size(), 1u);
  EXPECT_EQ((*verdict)->effects[0].key, "note:a");
  const auto second = store_->verdict("jsonl:x", "#1");
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->fate, "dead");
  EXPECT_EQ((*second)->cause, "the body is missing");
  EXPECT_FALSE((*second)->decision);
  EXPECT_FALSE(*store_->verdict("jsonl:x", "nobody"));
  EXPECT_FALSE(*store_->verdict("http:x", "a")) << "of another source";
}

}  // namespace
}  // namespace fovea::store
