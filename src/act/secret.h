// Secrets by reference: "${NAME}" from the environment, "${file:PATH}" from a file (one trailing newline is dropped).
// Resolved when an effect is done, never before: what is stored, digested or logged holds the reference.
// Only the references that the flow's author wrote are resolved; "$$" stands for a dollar sign, which is how text that
// comes from an event is kept from looking like a reference (decide/expr's templates write it so).
// Threads: any.
// Errors: kNotFound, kInvalidArgument; they name the reference, never a value.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace fovea::act {

std::vector<std::string> secret_references(std::string_view text);  // "HELPDESK", "file:/run/token"

class Secrets {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;
  static Environment process_environment();

  // `allowed`: the references of the flow files (secret_references() of their texts).
  Secrets(Environment environment, Files& files, std::set<std::string> allowed);

  Result<void> check() const;                                // every allowed reference can be resolved
  Result<std::string> resolve(std::string_view text) const;  // "Bearer ${TOKEN}" → "Bearer abc"
  std::string hide(std::string_view text) const;             // values that resolve() gave become "[secret]"

 private:
  Result<std::string> value(const std::string& reference) const;
  Environment environment_;
  Files& files_;
  std::set<std::string> allowed_;
  mutable std::mutex mutex_;
  mutable std::set<std::string> given_;  // guarded by mutex_
};

}  // namespace fovea::act
