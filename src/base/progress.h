// Progress of long work on standard error: one line that is rewritten on a terminal, a line now and then elsewhere.
// Threads: one.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"

namespace fovea {

class Progress {
 public:
  Progress(std::string what, const Clock& clock, std::FILE* out = stderr);
  ~Progress();
  // `fraction` in [0, 1]; `note` stands after the time left ("accuracy 91.2 %").
  void update(double fraction, const std::string& note);
  void done(const std::string& note);
  static bool quiet();  // FOVEA_QUIET is set

 private:
  struct Mark {
    Nanos at;
    double fraction;
  };
  std::string left(Nanos now, double fraction);

  std::string what_;
  const Clock& clock_;
  std::FILE* out_;
  bool terminal_;
  Nanos start_;
  std::vector<Mark> marks_;  // a hundred at most: the pace of the later half tells the time left
  Nanos shown_{-1};
};

}  // namespace fovea
