// Of a call that has ended already: there is nothing to cancel.
#pragma once

#include "serve/inference/inference.h"

namespace fovea::inference {

class NoTicket final : public Ticket {
 public:
  void cancel() override {}
};

}  // namespace fovea::inference
