#include "flow/kept_verdicts.h"

#include <future>

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class KeptVerdictsTest : public KeptTest {
 protected:
  std::unique_ptr<KeptVerdicts> verdicts() {
    auto reader = store::Store::create({dir_ + "/state", true, "", "triage"});
    EXPECT_TRUE(reader) << reader.error().text();
    return std::make_unique<KeptVerdicts>(std::move(*reader));
  }
};

TEST_F(KeptVerdictsTest, TellsWhatWasKeptOnce) {
  take({"refund"});
  const auto verdicts = this->verdicts();
  const std::string source = store_->find("event-1")->value().decision.source;
  std::promise<Result<record::Verdict>> known, unknown;
  verdicts->find(source, "event-1", [&](auto verdict) { known.set_value(std::move(verdict)); });
  verdicts->find(source, "nobody", [&](auto verdict) { unknown.set_value(std::move(verdict)); });
  const auto told = known.get_future().get();
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_EQ(told->decision->outputs.at("queue"), "refunds");
  EXPECT_TRUE(told->duplicate);
  EXPECT_EQ(told->effects.size(), 3u);
  EXPECT_EQ(unknown.get_future().get().error().code, Code::kNotFound);
}

TEST_F(KeptVerdictsTest, TheEndAnswersWhatWaits) {
  take({"refund"});
  int answers = 0;
  {
    const auto verdicts = this->verdicts();
    for (int i = 0; i < 100; ++i) verdicts->find("x", "event-1", [&](const auto&) { ++answers; });
  }
  EXPECT_EQ(answers, 100);
}

}  // namespace
}  // namespace fovea::flow
