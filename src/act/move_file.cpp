#include "act/move_file.h"

#include <filesystem>

#include "act/arguments.h"

namespace fovea::act {
namespace {

struct Move {
  std::string from, to;
};

Result<Move> move_of(const record::Effect& effect) {
  FOVEA_TRY(std::string from, text_of(effect.arguments, "path"));
  FOVEA_TRY(std::string folder, text_of(effect.arguments, "to"));
  std::filesystem::path name = std::filesystem::path(from).filename();
  if (name.empty() || name == "." || name == "..") {
    return fail(Code::kInvalidArgument, "not the path of a file", from);
  }
  return Move{from, (std::filesystem::path(folder) / name).string()};
}

class MoveFile final : public Effector {
 public:
  explicit MoveFile(Files& files) : files_(files) {}
  std::string_view kind() const override { return "move"; }

  Result<void> check(const Json& arguments) const override {
    FOVEA_OK(check_members(arguments, "move", {"path", "to"}));
    FOVEA_OK(text_of(arguments, "to"));
    if (!member(arguments, "path").is_null()) FOVEA_OK(text_of(arguments, "path"));  // known once there is an event
    return {};
  }

  // Whether the target's name was taken before: then it is not ours that is found there later.
  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    std::vector<Json> out;
    for (const record::Effect& effect : effects) {
      auto move = move_of(effect);
      out.push_back(move ? Json(JsonObject{{"to", move->to}, {"taken", files_.size(move->to).has_value()}}) : Json());
    }
    return out;
  }

  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      auto move = move_of(effect);
      out.push_back(move ? carry(move->from, move->to) : failed(move.error().text()));
    }
    return out;
  }

  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      auto move = move_of(effect);
      out.push_back(move ? look(*move, member(effect.outcome, "taken")) : failed(move.error().text()));
    }
    return out;
  }

  record::Outcome undo(const record::Effect& effect) override {
    auto move = move_of(effect);
    if (!move) return failed(move.error().text());
    if (!files_.size(move->to) && files_.size(move->from)) return done(JsonObject{{"to", move->from}});
    return carry(move->to, move->from);
  }

 private:
  static bool gone(const Result<uint64_t>& size) { return !size && size.error().code == Code::kNotFound; }

  record::Outcome carry(const std::string& from, const std::string& to) {
    auto moved = files_.rename(from, to);
    if (!moved && moved.error().code == Code::kFailedPrecondition) moved = copy_over(from, to);
    if (moved) return done(JsonObject{{"to", to}});
    const Error& error = moved.error();
    if (error.code == Code::kAlreadyExists) {
      return failed(to + ": the name is taken; nothing is overwritten");
    }
    if (error.code == Code::kNotFound) return failed(error.text());
    if (gone(files_.size(from)) && files_.size(to)) return done(JsonObject{{"to", to}});  // only its sync failed
    return again(error.text());
  }

  // Between devices. The copy gets its name only when it is whole, and takes it only if it is free.
  Result<void> copy_over(const std::string& from, const std::string& to) {
    FOVEA_TRY(std::string bytes, files_.read(from, 0, UINT64_MAX));
    std::string part = to + ".part";
    FOVEA_OK(files_.write_atomic(part, bytes));
    if (auto named = files_.rename(part, to); !named) {
      (void)files_.remove(part);  // what matters is why it has no name
      return named;
    }
    return files_.remove(from);
  }

  record::Outcome look(const Move& move, const Json& taken) {
    auto from = files_.size(move.from), to = files_.size(move.to);
    if ((!from && !gone(from)) || (!to && !gone(to))) {
      return unknown((from ? to : from).error().text(), std::chrono::seconds(1));
    }
    bool was_taken = taken.is_bool() && taken.get_bool();
    if (from && !to) return again("it was not moved");
    if (from && was_taken) return failed(move.to + ": the name is taken; nothing is overwritten");
    if (from) return finish(move);
    if (to && !was_taken) return done(JsonObject{{"to", move.to}});
    return unknown(move.from + ": it is in neither place");
  }

  // Both are there and the target was not before: a copy whose original was not yet removed, or someone else's file.
  record::Outcome finish(const Move& move) {
    auto old_bytes = files_.read(move.from, 0, UINT64_MAX), new_bytes = files_.read(move.to, 0, UINT64_MAX);
    if (!old_bytes || !new_bytes) {
      return unknown((old_bytes ? new_bytes : old_bytes).error().text(), std::chrono::seconds(1));
    }
    if (*old_bytes != *new_bytes) return failed(move.to + ": the name is taken; nothing is overwritten");
    if (auto removed = files_.remove(move.from); !removed) {
      return unknown(removed.error().text(), std::chrono::seconds(1));
    }
    return done(JsonObject{{"to", move.to}});
  }

  Files& files_;
};

}  // namespace

std::unique_ptr<Effector> make_move_file(Files& files) {
  return std::make_unique<MoveFile>(files);
}

}  // namespace fovea::act
