// Appends one JSON line an effect to a file. Arguments: {path, body}; the line is `body` as compact JSON, or as it is
// where it is a text (line breaks become spaces).
// A batch costs one write and one sync a file. reconcile() reads the file from the size that prepare() noted: complete
// lines that were intended are done, a torn one of ours is cut off, lines of others are left alone.
// undo: the line is cut off if it is still the file's last; else a line {"undoes": KEY, "body": BODY} follows.
#pragma once

#include <memory>

#include "act/effector.h"
#include "base/files.h"

namespace fovea::act {

std::unique_ptr<Effector> make_append_file(Files& files);  // borrows `files`

}  // namespace fovea::act
