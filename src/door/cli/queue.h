// `fovea queue`: what waits for a person, and the person's answer.
#pragma once

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct QueueOptions : StateOptions {
  std::string id, label, by, queue;
  bool all = false;  // list answered ones too
};

int list_queue(const QueueOptions& options);
int show_queued(const QueueOptions& options);
int resolve_queued(QueueOptions options);

}  // namespace fovea::cli
