// The one error type of the house, and the result that carries it.
// Input and the outside world give errors; a broken invariant is a CHECK (check.h). No exception leaves a room.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace fovea {

// The canonical codes of gRPC (grpc/statuscodes.md), without OK.
enum class Code {
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

std::string_view code_name(Code code);  // "INVALID_ARGUMENT"

// Says what is wrong (`message`), where (`where`: a file, `file:line:column`, a field; may be empty) and how to mend it
// (`hint`; may be empty).
struct Error {
  Code code = Code::kUnknown;
  std::string message;
  std::string where;
  std::string hint;

  std::string text() const;  // "where: message (hint)", one line
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string where = {}, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(where), std::move(hint)});
}

}  // namespace fovea

#define FOVEA_CONCAT_INNER(a, b) a##b
#define FOVEA_CONCAT(a, b) FOVEA_CONCAT_INNER(a, b)

// FOVEA_TRY(auto x, f()) binds the value or returns the error; FOVEA_OK(g()) returns the error of a Result<void>.
#define FOVEA_TRY_INNER(result, binding, ...)                     \
  auto result = (__VA_ARGS__);                                    \
  if (!result) return std::unexpected(std::move(result).error()); \
  binding = std::move(*result)
#define FOVEA_TRY(binding, ...) FOVEA_TRY_INNER(FOVEA_CONCAT(fovea_result_, __LINE__), binding, __VA_ARGS__)
#define FOVEA_OK(...)                                                                                      \
  do {                                                                                                     \
    if (auto fovea_result_ = (__VA_ARGS__); !fovea_result_) return std::unexpected(fovea_result_.error()); \
  } while (0)
