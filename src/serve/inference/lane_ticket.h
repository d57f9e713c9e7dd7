// Ends one call of a lane. Borrows the lane, which outlives every ticket; shares the call.
#pragma once

#include <memory>
#include <utility>

#include "serve/inference/lane.h"

namespace fovea::inference {

class LaneTicket final : public Ticket {
 public:
  LaneTicket(Lane& lane, std::shared_ptr<LaneCall> call) : lane_(lane), call_(std::move(call)) {}
  void cancel() override { lane_.cancel(call_); }

 private:
  Lane& lane_;
  std::shared_ptr<LaneCall> call_;
};

}  // namespace fovea::inference
