#include "engine/train/torch_job.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/digest.h"
#include "base/files.h"

extern char** environ;

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

std::string_view raw_bytes(const std::vector<uint32_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint32_t)};
}

// A child process and the reading end of its standard output. Ended and waited for by the destructor.
class Child {
 public:
  static Result<Child> start(const std::string& program, const std::string& argument);
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (out_ >= 0) ::close(out_);
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  void interrupt() { ::kill(pid_, SIGINT); }

  // The next line; an empty text when `timeout_ms` passed without one; nothing at the end.
  std::optional<std::string> line(int timeout_ms) {
    for (;;) {
      if (size_t end = pending_.find('\n'); end != std::string::npos) {
        std::string one = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return one;
      }
      pollfd ready{out_, POLLIN, 0};
      int polled = ::poll(&ready, 1, timeout_ms);
      if (polled == 0 || (polled < 0 && errno == EINTR)) return std::string();
      char buffer[4096];
      ssize_t got = ::read(out_, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      pending_.append(buffer, static_cast<size_t>(got));
      if (pending_.size() > (1 << 20)) return std::nullopt;  // no line of ours is a MiB long
    }
  }

  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  Child(pid_t pid, int out) : pid_(pid), out_(out) {}
  pid_t pid_;
  int out_;
  std::string pending_;
};

// The child's environment: OpenBLAS of Debian 12 does not know newer processors and falls back to AVX2 on them.
std::vector<std::string> child_environment() {
  std::vector<std::string> out;
  for (char** each = environ; *each; ++each) out.emplace_back(*each);
#if defined(__x86_64__)
  if (!std::getenv("OPENBLAS_CORETYPE") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    out.emplace_back("OPENBLAS_CORETYPE=SkylakeX");
  }
#endif
  return out;
}

Result<Child> Child::start(const std::string& program, const std::string& argument) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Code::kUnavailable, std::strerror(errno), "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string name = program, folder = argument;
  char* argv[] = {name.data(), folder.data(), nullptr};
  std::vector<std::string> environment = child_environment();
  std::vector<char*> envp;
  for (std::string& each : environment) envp.push_back(each.data());
  envp.push_back(nullptr);
  // A group of its own: a Ctrl-C on the terminal reaches us, and we pass it on.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t pid = -1;
  int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv, envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return fail(Code::kUnavailable, std::string("cannot start: ") + std::strerror(failed), program);
  }
  return Child(pid, ends[0]);
}

Error missing_program() {
  return {Code::kUnavailable, "the trainer of attention models, fovea-train-torch, is not there", "",
          "apt-get install libtorch-dev libopenblas0-pthread, and build again; or train with --linear-only"};
}

Result<void> write_job(const std::string& folder, JsonObject& settings, const TorchRows& rows) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Code::kUnavailable, error.message(), folder);
  RealFiles files;
  std::string_view bytes = raw_bytes(rows.words());
  settings["rows_sha256"] = to_hex(bytes_of(sha256(bytes)));
  FOVEA_OK(files.write_atomic(folder + "/rows.bin", bytes));
  return files.write_atomic(folder + "/job.json", to_text(Json(settings)));
}

// One line of the trainer; its error, if it is one.
Result<void> take_line(const Json& line, TorchResult& result, double& fraction, double& loss) {
  std::string_view event = text_or(member(line, "event"), "");
  if (event == "progress") {
    fraction = number_or(member(line, "fraction"), fraction);
    loss = number_or(member(line, "loss"), loss);
  } else if (event == "epoch") {
    result.epochs.push_back({static_cast<int>(number_or(member(line, "epoch"), 0)),
                             number_or(member(line, "held_out_loss"), 0),
                             number_or(member(line, "held_out_accuracy"), 0), number_or(member(line, "seconds"), 0)});
  } else if (event == "held_out") {
    result.best_epoch = static_cast<int>(number_or(member(line, "best_epoch"), 0));
  } else if (event == "early_stop" || event == "time_up") {
    result.stopped_early = true;
  } else if (event == "resumed") {
    result.resumed = true;
  } else if (event == "error") {
    return fail(Code::kInternal, std::string(text_or(member(line, "message"), "the trainer failed")),
                std::string(text_or(member(line, "where"), "")), std::string(text_or(member(line, "hint"), "")));
  }
  return {};
}

Result<std::vector<float>> read_logits(const std::string& path) {
  if (!fs::exists(path)) return std::vector<float>();
  FOVEA_TRY(std::string bytes, read_file(path));
  std::vector<float> out(bytes.size() / 4);
  std::memcpy(out.data(), bytes.data(), out.size() * 4);
  return out;
}

}  // namespace

void TorchRows::begin_row(uint32_t label, bool held_out) {
  words_.push_back(label);
  words_.push_back(held_out ? 1 : 0);
  tokens_at_ = words_.size();
  words_.push_back(0);
}

void TorchRows::add_token(const uint32_t* features, uint32_t count) {
  ++words_[tokens_at_];
  words_.push_back(count);
  words_.insert(words_.end(), features, features + count);
}

std::optional<std::string> find_torch_trainer() {
  std::error_code error;
  if (const char* given = std::getenv("FOVEA_TRAIN_TORCH")) {
    if (fs::is_regular_file(given, error)) return given;
    return std::nullopt;
  }
  fs::path self = fs::read_symlink("/proc/self/exe", error);
  fs::path beside = self.parent_path() / "fovea-train-torch";
  if (!error && fs::is_regular_file(beside, error)) return beside.string();
  return std::nullopt;
}

Result<TorchResult> run_torch_job(const std::string& folder, JsonObject settings, const TorchRows& rows,
                                  const TorchProgress& progress) {
  auto program = find_torch_trainer();
  if (!program) return std::unexpected(missing_program());
  FOVEA_OK(write_job(folder, settings, rows));
  FOVEA_TRY(Child child, Child::start(*program, folder));
  TorchResult result;
  Result<void> said;
  double fraction = 0, loss = 0;
  bool cancelled = false;
  while (auto line = child.line(250)) {
    if (!line->empty()) {
      FOVEA_TRY(Json json, parse_json(*line));
      if (auto taken = take_line(json, result, fraction, loss); !taken) said = std::move(taken);
    }
    if (!cancelled && progress && !progress(fraction, loss, result.epochs)) {
      cancelled = true;
      child.interrupt();
    }
  }
  int status = child.wait();
  if (cancelled || status == 130)
    return fail(Code::kCancelled, "training was cancelled", folder, "run it again to go on");
  if (!said) return std::unexpected(said.error());
  if (status != 0) {
    return fail(Code::kUnavailable, "the trainer ended with status " + std::to_string(status), *program,
                status == 137 ? "was memory short?" : "");
  }
  FOVEA_TRY(result.held_out_logits, read_logits(folder + "/held_out.bin"));
  return result;
}

}  // namespace fovea::train
