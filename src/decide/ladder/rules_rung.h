// The rung that asks a decision table with the outputs `label` and `probability`.
#pragma once

#include "decide/ladder/ladder.h"
#include "decide/table/table.h"

namespace fovea::ladder {

// The table reads the context and the name `text`. A row that hits is sure; no row is a miss; an error is a failure.
class RulesRung final : public Rung {
 public:
  explicit RulesRung(table::Table table) : table_(std::move(table)) {}
  std::string name() const override { return "rules"; }
  std::vector<Answer> answer(std::span<const Item> items, const Clock& clock) override;

 private:
  Answer answer_one(const Item& item) const;
  table::Table table_;
};

}  // namespace fovea::ladder
