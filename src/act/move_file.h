// Moves a file into a folder (a message's original, say). Arguments: {path, to}; `to` is a folder, the name stays.
// Never overwrites: a name that is taken by something else is a failure. Across devices: copy, sync, rename, remove.
// reconcile() looks where the file is. undo moves it back.
#pragma once

#include <memory>

#include "act/effector.h"
#include "base/files.h"

namespace fovea::act {

std::unique_ptr<Effector> make_move_file(Files& files);  // borrows `files`

}  // namespace fovea::act
