#include "act/append_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "act/arguments.h"
#include "act/limits.h"

namespace fovea::act {
namespace {

struct Line {
  std::string path, text;  // `text` ends with a newline
};

Result<Line> line_of_effect(const record::Effect& effect) {
  FOVEA_TRY(std::string path, text_of(effect.arguments, "path"));
  const Json& body = member(effect.arguments, "body");
  std::string text(text_or(body, ""));
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  if (!body.is_string()) text = to_text(body);
  if (text.size() > kLineBytesMax) {
    return fail(Code::kResourceExhausted,
                fmt::format("a line of {} bytes; at most {} are written", text.size(), kLineBytesMax));
  }
  return Line{std::move(path), text + "\n"};
}

uint64_t whole_number(const Json& object, std::string_view name) {
  double value = number_or(member(object, name), 0);
  return value > 0 ? static_cast<uint64_t>(value) : 0;
}

Json place(uint64_t offset, size_t bytes) {
  return JsonObject{{"offset", static_cast<int64_t>(offset)}, {"bytes", static_cast<int64_t>(bytes)}};
}

// What stands in a file from some offset on.
struct Tail {
  uint64_t from = 0;
  std::string bytes;
  std::multimap<std::string_view, uint64_t> lines;  // complete lines with their newline → offset, views into `bytes`
  std::string_view torn;                            // what follows the last newline
};

// What follows `end_of_whole` is torn.
void split(Tail& tail, size_t end_of_whole = std::string_view::npos) {
  std::string_view rest = std::string_view(tail.bytes).substr(0, end_of_whole);
  for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    tail.lines.emplace(rest.substr(0, end + 1), tail.from + static_cast<uint64_t>(rest.data() - tail.bytes.data()));
  }
  tail.torn = std::string_view(tail.bytes).substr(static_cast<size_t>(rest.data() - tail.bytes.data()));
}

class AppendFile final : public Effector {
 public:
  explicit AppendFile(Files& files) : files_(files) {}
  std::string_view kind() const override { return "append"; }

  Result<void> check(const Json& arguments) const override {
    FOVEA_OK(check_members(arguments, "append", {"path", "body"}));
    FOVEA_OK(text_of(arguments, "path"));
    if (arguments.as_object().if_contains("body") == nullptr) {
      return fail(Code::kInvalidArgument, "'body' is missing", "append", "say what the line holds");
    }
    return {};
  }

  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    std::map<std::string, uint64_t> sizes;
    std::vector<Json> out;
    for (const record::Effect& effect : effects) {
      std::string path(text_or(member(effect.arguments, "path"), ""));
      auto known = sizes.find(path);
      if (known == sizes.end()) {
        FOVEA_TRY(uint64_t size, size_or_none(path));
        known = sizes.emplace(path, size).first;
      }
      out.push_back(JsonObject{{"offset", static_cast<int64_t>(known->second)}});
    }
    return out;
  }

  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    return each_file(effects, [this](const std::string& path, Batch& batch) { append(path, batch); });
  }

  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    return each_file(effects,
                     [this](const std::string& path, Batch& batch) { find_lines(path, batch, "it was not written"); });
  }

  record::Outcome undo(const record::Effect& effect) override {
    auto line = line_of_effect(effect);
    if (!line) return failed(line.error().text());
    auto taken = take_back(effect, *line);
    if (taken) return std::move(*taken);
    return again(taken.error().text());
  }

 private:
  struct Intended {
    uint64_t from;  // the size that prepare() noted
    std::string text;
    record::Outcome* outcome;
  };
  using Batch = std::vector<Intended>;
  static constexpr size_t kNoHole = std::string_view::npos;

  template <typename Do>
  std::vector<record::Outcome> each_file(std::span<const record::Effect> effects, const Do& act) {
    std::vector<record::Outcome> outcomes(effects.size());
    std::map<std::string, Batch> files;
    for (size_t i = 0; i < effects.size(); ++i) {
      auto line = line_of_effect(effects[i]);
      if (!line) {
        outcomes[i] = failed(line.error().text());
        continue;
      }
      files[line->path].push_back({whole_number(effects[i].outcome, "offset"), std::move(line->text), &outcomes[i]});
    }
    for (auto& [path, batch] : files) act(path, batch);
    return outcomes;
  }

  Result<uint64_t> size_or_none(const std::string& path) {
    auto size = files_.size(path);
    if (!size && size.error().code == Code::kNotFound) return uint64_t{0};
    return size;
  }

  // A newline first where someone else's last line has none.
  Result<std::string> opening(const std::string& path, uint64_t size) {
    if (size == 0) return std::string();
    FOVEA_TRY(std::string last, files_.read(path, size - 1, 1));
    return std::string(last == "\n" ? "" : "\n");
  }

  void append(const std::string& path, Batch& batch) {
    auto give_up = [&](const Error& error) {
      for (Intended& each : batch) *each.outcome = again(error.text());
    };
    auto size = size_or_none(path);
    if (!size) return give_up(size.error());
    auto text = opening(path, *size);
    if (!text) return give_up(text.error());
    for (Intended& each : batch) {
      *each.outcome = done(place(*size + text->size(), each.text.size()));
      *text += each.text;
    }
    if (auto written = files_.append(path, *text); !written) find_lines(path, batch, written.error().text());
  }

  // Where the line begins in which a power cut left zeros: later parts of a write may reach the disk before earlier
  // ones. kNoHole where there is none, or where what follows is not all ours.
  static size_t hole_in(std::string_view bytes, const Batch& batch) {
    size_t zero = bytes.find('\0');
    if (zero == kNoHole) return kNoHole;
    size_t last_end = bytes.substr(0, zero).rfind('\n');
    size_t begin = last_end == std::string_view::npos ? 0 : last_end + 1;
    std::string_view rest = bytes.substr(begin);
    for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
      std::string_view line = rest.substr(0, end + 1);
      bool ours = line.find('\0') != kNoHole ||
                  std::ranges::any_of(batch, [&](const Intended& each) { return each.text == line; });
      if (!ours) return kNoHole;
    }
    return begin;
  }

  // Which of the intended lines stand in the file; cuts off a torn one of ours.
  void find_lines(const std::string& path, Batch& batch, const std::string& error) {
    auto say = [&](const record::Outcome& outcome) {
      for (Intended& each : batch) *each.outcome = outcome;
    };
    uint64_t from = batch.front().from;
    for (const Intended& each : batch) from = std::min(from, each.from);
    auto size = size_or_none(path);
    if (!size) return say(unknown(size.error().text(), std::chrono::seconds(1)));
    if (*size < from) return say(unknown(path + ": the file is shorter than it was; it was cut or replaced"));
    if (*size - from > kReconcileBytesMax) return say(unknown(path + ": too much was written since to look through"));
    Tail tail{from, {}, {}, {}};
    if (*size > from) {
      auto bytes = files_.read(path, from, *size - from);
      if (!bytes) return say(unknown(bytes.error().text(), std::chrono::seconds(1)));
      tail.bytes = std::move(*bytes);
    }
    size_t hole = hole_in(tail.bytes, batch);
    split(tail, hole);
    bool ours_torn = false;
    for (Intended& each : batch) {
      auto found = tail.lines.lower_bound(each.text);
      while (found != tail.lines.end() && found->first == each.text && found->second < each.from) ++found;
      if (found != tail.lines.end() && found->first == each.text) {
        *each.outcome = done(place(found->second, each.text.size()));
        tail.lines.erase(found);
        continue;
      }
      *each.outcome = again(error);
      ours_torn = ours_torn || (!tail.torn.empty() && (hole != kNoHole || each.text.starts_with(tail.torn)));
    }
    if (!ours_torn) return;
    if (auto cut = files_.truncate(path, *size - tail.torn.size()); !cut)
      say(unknown(cut.error().text(), std::chrono::seconds(1)));
  }

  Result<record::Outcome> take_back(const record::Effect& effect, const Line& line) {
    uint64_t offset = whole_number(effect.outcome, "offset");
    FOVEA_TRY(uint64_t size, size_or_none(line.path));
    if (size <= offset) return done(JsonObject{{"undone", "it was not there"}});
    if (size - offset > kReconcileBytesMax) return failed(line.path + ": too much was written since to look through");
    Tail tail{offset, {}, {}, {}};
    FOVEA_TRY(tail.bytes, files_.read(line.path, offset, size - offset));
    split(tail);
    std::string against =
        to_text(JsonObject{{"undoes", effect.key}, {"body", member(effect.arguments, "body")}}) + "\n";
    if (tail.lines.contains(against)) return done(JsonObject{{"undone", "a line takes it back"}});
    auto found = tail.lines.find(line.text);
    if (found == tail.lines.end()) return done(JsonObject{{"undone", "it was not there"}});
    if (found->second + line.text.size() == size) {
      FOVEA_OK(files_.truncate(line.path, found->second));
      return done(JsonObject{{"undone", "it was cut off"}});
    }
    FOVEA_TRY(std::string text, opening(line.path, size));
    FOVEA_OK(files_.append(line.path, text + against));
    return done(JsonObject{{"undone", "a line takes it back"}});
  }

  Files& files_;
};

}  // namespace

std::unique_ptr<Effector> make_append_file(Files& files) {
  return std::make_unique<AppendFile>(files);
}

}  // namespace fovea::act
