// fovea-train-torch FOLDER: does the job that lies in the folder and says how it goes, a JSON line at a time, on
// standard output. Started by `fovea train`. Exits 0 done, 1 failed, 2 usage, 130 cancelled (SIGINT, SIGTERM).
#include <malloc.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>

#include "base/json.h"
#include "engine/train/torch/fit.h"

namespace {

std::atomic<bool> cancelled{false};

void tell(const fovea::JsonObject& line) {
  std::string text = fovea::to_text(fovea::Json(line));
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

fovea::Result<void> work(const std::string& folder) {
  FOVEA_TRY(auto job, fovea::train_torch::read_job(folder));
  FOVEA_TRY(auto rows, fovea::train_torch::read_training_rows(job));
  return fovea::train_torch::fit(job, rows, cancelled, tell);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fovea-train-torch FOLDER (started by `fovea train`)\n");
    return 2;
  }
  // Every step frees and asks again for the same large blocks: keep them, a third of the time went into page faults.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
  std::signal(SIGINT, [](int) { cancelled = true; });
  std::signal(SIGTERM, [](int) { cancelled = true; });
  try {
    if (auto done = work(argv[1]); !done) {
      const fovea::Error& e = done.error();
      tell({{"event", "error"}, {"message", e.message}, {"where", e.where}, {"hint", e.hint}});
      return e.code == fovea::Code::kCancelled ? 130 : 1;
    }
  } catch (const std::exception& e) {  // libtorch throws
    tell({{"event", "error"}, {"message", e.what()}, {"where", "libtorch"}, {"hint", ""}});
    return 1;
  }
  tell({{"event", "done"}});
  return 0;
}
