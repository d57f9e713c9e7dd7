// Changes asked of whoever holds the state's lock: a running `fovea run` finds them as files and serves them between
// its turns with the same functions that a command uses when it holds the lock itself.
// STATE/requests/ID.request → (taken) ID.taken → ID.answer. Each step is one rename: a request is withdrawn by its
// asker or taken by the holder, never both. A request that nobody took in time is void. Threads: any; each side by
// itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "flow/desk.h"
#include "flow/undo.h"

namespace fovea::flow {

struct Request {
  std::string id;
  Json body;
};

class RequestBox {
 public:
  RequestBox(Files& files, const std::string& state) : files_(files), dir_(state + "/requests") {}

  // The holder's side.
  void sweep(TimePoint now);                 // at the start: what a holder that was killed left, answers nobody fetched
  std::vector<Request> take(TimePoint now);  // void ones are removed; one that is no JSON is answered with an error
  void answer(const std::string& id, const Result<Json>& answer, TimePoint now);

  // The asker's side.
  Result<std::string> put(const Json& body, TimePoint expires);  // gives its id
  std::optional<Result<Json>> fetch(const std::string& id);      // nothing: no answer yet
  bool withdraw(const std::string& id);                          // false: it was taken

 private:
  std::string path(const std::string& id, const char* state) const { return dir_ + "/" + id + state; }
  Files& files_;
  std::string dir_;
};

// {"do": "resolve", "id", "label", "by"} | {"do": "undo", "id", "by"} | {"do": "cancel", "effect", "by"}.
// Gives {"seq", ...}; effects are left to their driver.
Json undo_json(const UndoPlan& plan);
Result<Json> serve(const Desk& desk, const Json& request);

Json error_json(const Error& error);
Error error_from_json(const Json& json);

}  // namespace fovea::flow
