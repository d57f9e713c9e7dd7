// The statements that the store prepares once. Seen by the store's own files only.
#pragma once

#include "store/store.h"

namespace fovea::store {

struct Store::Prepared {
  static Result<std::unique_ptr<Prepared>> create(Database& db);

  Statement put_event, put_payload, put_leaf, put_effect, update_effect, put_cursor, put_window, drop_window, add_total,
      expire;
  Statement put_dead, open_review, resolve, put_undo, seen;
};

}  // namespace fovea::store
