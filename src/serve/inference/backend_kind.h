// A kind of backend that a model server can open: what stands behind `--model NAME=PLACE`. door/assemble lists them.
// The engine of this process ("native") and the null model are always there and come last.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "engine/models/load_options.h"
#include "serve/inference/backend.h"

namespace fovea::inference {

struct Opening {
  std::string place;          // a folder, a file or an address; without the kind's name
  std::string name, version;  // of the model
  models::LoadOptions load;
  int workers = 1;  // that will run it
};

struct BackendKind {
  std::string name;                                     // a place "NAME:..." is of this kind
  std::function<bool(const std::string& place)> takes;  // whether a place that says no kind is of this one
  std::function<Result<std::unique_ptr<Backend>>(const Opening&)> open;
};

}  // namespace fovea::inference
