#include "base/yaml/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>

#include "base/utf8.h"
#include "base/yaml/limits.h"

namespace fovea {
namespace {

// What the events of the parser are built into. It cannot return errors, so it throws, and parse_yaml() catches.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, "?", anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "an alias (*name)"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(mark, tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Yaml::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Yaml::Kind::kMap);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  std::optional<Yaml> root;

 private:
  struct Open {
    Yaml node;
    std::optional<std::string> key;
    Place key_place;
  };

  [[noreturn]] void stop(Code code, const YAML::Mark& mark, std::string message, std::string hint = {}) const {
    throw Error{code, std::move(message), where_of(file_, {mark.line + 1, mark.column + 1}), std::move(hint)};
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) const {
    stop(Code::kInvalidArgument, mark, fmt::format("{} is not allowed here", what), "write it out");
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "an anchor (&name)");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "a tag (!name)");
    if (++nodes_ > kYamlNodesMax) stop(Code::kResourceExhausted, mark, fmt::format("over {} values", kYamlNodesMax));
  }

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) {
    check(mark, tag, anchor);
    Yaml node;
    node.text = value;
    node.plain = tag != "!";
    node.place = {mark.line + 1, mark.column + 1};
    if (!stack_.empty() && stack_.back().node.kind == Yaml::Kind::kMap && !stack_.back().key) {
      if (value == "<<" && node.plain) refuse(mark, "a merge key (<<)");
      if (stack_.back().node.find(value)) {
        stop(Code::kInvalidArgument, mark, fmt::format("the key '{}' stands twice", value));
      }
      stack_.back().key = value;
      stack_.back().key_place = node.place;
      return;
    }
    place(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Yaml::Kind kind) {
    check(mark, tag, anchor);
    if (stack_.size() >= kYamlDepthMax)
      stop(Code::kResourceExhausted, mark, fmt::format("nested over {} deep", kYamlDepthMax));
    if (!stack_.empty() && stack_.back().node.kind == Yaml::Kind::kMap && !stack_.back().key) {
      stop(Code::kInvalidArgument, mark, "a key must be a plain text",
           "a text that begins with { or [ stands in quotes");
    }
    Open next;
    next.node.kind = kind;
    next.node.place = {mark.line + 1, mark.column + 1};
    stack_.push_back(std::move(next));
  }

  void close() {
    Yaml node = std::move(stack_.back().node);
    stack_.pop_back();
    place(std::move(node));
  }

  void place(Yaml node) {
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    Open& top = stack_.back();
    if (top.node.kind == Yaml::Kind::kList) {
      top.node.items.push_back(std::move(node));
      return;
    }
    top.node.members.push_back({std::move(*top.key), std::move(node)});
    top.node.key_places.push_back(top.key_place);
    top.key.reset();
  }

  const std::string& file_;
  std::vector<Open> stack_;
  size_t nodes_ = 0;
};

}  // namespace

const Yaml* Yaml::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view kind_word(const Yaml& node) {
  if (node.kind == Yaml::Kind::kList) return "a list";
  if (node.kind == Yaml::Kind::kMap) return "a mapping";
  return node.is_null() ? "nothing" : "a text";
}

std::string where_of(const std::string& file, Place place) {
  return fmt::format("{}:{}:{}", file, place.line, place.column);
}

Result<Yaml> parse_yaml(const std::string& file, std::string_view text) {
  if (text.size() > kYamlBytesMax) {
    return fail(Code::kResourceExhausted, fmt::format("{} bytes; at most {}", text.size(), kYamlBytesMax), file);
  }
  if (size_t at = utf8_error_at(text); at != text.size()) {
    return fail(Code::kInvalidArgument, "not UTF-8", fmt::format("{}: byte {}", file, at), "save the file as UTF-8");
  }
  // yaml-cpp recurses once a level of brackets, before a handler hears of them.
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{';
    depth -= c == ']' || c == '}';
    if (depth > 1'000) return fail(Code::kResourceExhausted, "brackets nested over 1,000 deep", file);
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(file);
    if (!parser.HandleNextDocument(builder) || !builder.root)
      return fail(Code::kInvalidArgument, "an empty file", file);
    Builder second(file);
    if (parser.HandleNextDocument(second) && second.root) {
      return fail(Code::kInvalidArgument, "a second document", where_of(file, second.root->place),
                  "one file is one document");
    }
    return std::move(*builder.root);
  } catch (const Error& error) {
    return std::unexpected(error);
  } catch (const YAML::Exception& error) {
    return fail(Code::kInvalidArgument, "not YAML: " + error.msg,
                where_of(file, {error.mark.line + 1, error.mark.column + 1}));
  } catch (const std::exception& error) {
    return fail(Code::kInvalidArgument, fmt::format("not YAML: {}", error.what()), file);
  }
}

}  // namespace fovea
