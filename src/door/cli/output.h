// Where output goes: people read standard error, programs read standard output.
#pragma once

#include <string>

#include "base/error.h"
#include "base/json.h"

namespace fovea::cli {

constexpr int kDone = 0, kFailed = 1, kUsage = 2, kTryAgain = 75, kSkipped = 99;

void say(const std::string& line);          // a line for people
void answer(const Json& json);              // the one JSON line for programs
int report(const Error& error, bool json);  // one clear line (and {"error":...}); gives the exit code
// Of a command that gives one object: that as the answer, where `json` asks for it, or the report; gives the exit code.
int answer_or_report(const Result<JsonObject>& made, bool json);
bool colours();  // standard error is a terminal and NO_COLOR is not set

// Marks up for a terminal, or leaves the text alone.
std::string bold(const std::string& text);
std::string dim(const std::string& text);
std::string tint(const std::string& text, int colour);  // a 256-colour index

// `text` cut and padded to `columns` of a terminal; wide characters count two.
std::string fit(const std::string& text, size_t columns);

}  // namespace fovea::cli
