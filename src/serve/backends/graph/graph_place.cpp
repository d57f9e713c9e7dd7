#include "serve/backends/graph/graph_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "serve/backends/graph/limits.h"

namespace fovea::graph {
namespace {

namespace fs = std::filesystem;
constexpr std::array<std::string_view, 4> kUsual = {"model", "onnx/model", "openvino_model", "graph"};
constexpr std::string_view kConfig = "config.pbtxt";

// Tokens of Protocol Buffers' text form, as far as scalars of the outermost message need them.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // Empty: the end. A string comes with its first quote.
  std::string next() {
    skip_blanks();
    if (at_ >= text_.size()) return {};
    const char first = text_[at_];
    if (first == '"' || first == '\'') return quoted(first);
    size_t end = at_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_' ||
                                  text_[end] == '-' || text_[end] == '.' || text_[end] == '+'))
      ++end;
    end = std::max(end, at_ + 1);
    return take(end);
  }

 private:
  std::string take(size_t end) {
    std::string token(text_.substr(at_, end - at_));
    at_ = end;
    return token;
  }
  std::string quoted(char quote) {
    std::string out(1, quote);
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    ++at_;
    return out;
  }
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      } else if (!std::isspace(static_cast<unsigned char>(text_[at_])) && text_[at_] != ',' && text_[at_] != ';') {
        return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool is_text(const std::string& token) {
  return !token.empty() && (token[0] == '"' || token[0] == '\'');
}

Result<void> set_field(TritonConfig& config, const std::string& name, const std::string& value,
                       const std::string& path) {
  const auto bad = [&](const char* what) {
    return fail(Code::kInvalidArgument, fmt::format("{} is {}", name, what), path);
  };
  if (name == "max_batch_size") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), config.max_batch_size);
    if (error != std::errc() || end != value.data() + value.size() || config.max_batch_size < 0 ||
        config.max_batch_size > kBatchMax)
      return bad("no whole number from 0 to 65536");
  } else if (name == "default_model_filename" || name == "backend" || name == "platform") {
    if (!is_text(value)) return bad("no string");
    const std::string text = value.substr(1);
    if (name == "default_model_filename") {
      if (text.find('/') != std::string::npos || text == "..") return bad("no name of a file");
      config.model_file = text;
    } else if (config.backend.empty() || name == "backend") {
      config.backend = text.substr(0, text.find('_'));
    }
  }
  return {};
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool has_tokenizer(const fs::path& folder) {
  return is_file(folder / "config.json") && (is_file(folder / "tokenizer.json") || is_file(folder / "vocab.txt"));
}

std::vector<fs::path> files_with(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == extension && is_file(at->path())) out.push_back(at->path());
  std::ranges::sort(out);
  return out;
}

Result<TritonConfig> config_of(const fs::path& folder) {
  const std::string version = folder.filename().string();
  const bool numbered = !version.empty() && std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
  for (const fs::path& at : {folder, numbered ? folder.parent_path() : folder}) {
    const std::string path = (at / kConfig).string();
    if (!is_file(path)) continue;
    FOVEA_TRY(const std::string text, read_file(path, kConfigBytesMax));
    return parse_triton_config(text, path);
  }
  return TritonConfig{};
}

Result<fs::path> graph_in(const fs::path& folder, std::string_view extension, const TritonConfig& config) {
  if (!config.model_file.empty()) {
    if (is_file(folder / config.model_file)) return folder / config.model_file;
    return fail(Code::kNotFound, "the file that config.pbtxt names is not there",
                (folder / config.model_file).string());
  }
  for (const std::string_view each : kUsual) {
    const fs::path file = folder / (std::string(each) + std::string(extension));
    if (is_file(file)) return file;
  }
  const auto found = files_with(folder, extension);
  if (found.size() == 1) return found.front();
  if (found.empty()) return fail(Code::kNotFound, fmt::format("no {} file", extension), folder.string());
  return fail(Code::kInvalidArgument,
              fmt::format("several {} files, {} and {} among them", extension, found[0].filename().string(),
                          found[1].filename().string()),
              folder.string(), "name the file, or call one of them model" + std::string(extension));
}

}  // namespace

Result<TritonConfig> parse_triton_config(std::string_view text, const std::string& path) {
  TritonConfig config;
  Tokens tokens(text);
  int depth = 0;
  for (std::string token = tokens.next(); !token.empty(); token = tokens.next()) {
    if (token == "{" || token == "[" || token == "<") {
      ++depth;
    } else if (token == "}" || token == "]" || token == ">") {
      if (--depth < 0) return fail(Code::kInvalidArgument, "a bracket closes what none opened", path);
    } else if (depth == 0 && !is_text(token) && token != ":") {
      const std::string colon = tokens.next();
      if (colon == "{" || colon == "[") {
        ++depth;
        continue;
      }
      if (colon != ":")
        return fail(Code::kInvalidArgument, fmt::format("'{}' has no value", token.substr(0, 40)), path);
      const std::string value = tokens.next();
      if (value == "{" || value == "[" || value == "<") {
        ++depth;
      } else {
        FOVEA_OK(set_field(config, token, value, path));
      }
    }
  }
  if (depth != 0) return fail(Code::kInvalidArgument, "a bracket is not closed", path);
  return config;
}

Result<GraphPlace> find_graph(const std::string& place, std::span<const std::string_view> extensions) {
  std::error_code error;
  GraphPlace out;
  if (!fs::is_directory(place, error)) {
    if (!fs::exists(place, error)) return fail(Code::kNotFound, "there is no such file or folder", place);
    out.file = place;
    out.folder = fs::path(place).parent_path().string();
    return out;
  }
  out.folder = place;
  FOVEA_TRY(out.config, config_of(place));
  Result<fs::path> found = fail(Code::kNotFound, "no graph", place);
  for (const std::string_view extension : extensions) {
    auto one = graph_in(place, extension, out.config);
    if (one || one.error().code != Code::kNotFound || extension == extensions.back()) found = std::move(one);
    if (found || found.error().code != Code::kNotFound) break;
  }
  if (!found) return std::unexpected(found.error());
  out.file = found->string();
  out.texts = has_tokenizer(place);
  return out;
}

bool holds_graph(const std::string& place, std::string_view extension, std::string_view backend, bool usual) {
  std::error_code error;
  if (fs::is_regular_file(place, error)) return usual && fs::path(place).extension() == extension;
  if (!fs::is_directory(place, error)) return false;
  for (const char* ours : {".safetensors", ".fovea"})
    if (!files_with(place, ours).empty()) return false;
  if (files_with(place, extension).empty() && files_with(fs::path(place) / "onnx", extension).empty()) return false;
  const auto config = config_of(place);
  return config && !config->backend.empty() ? config->backend == backend : usual;
}

}  // namespace fovea::graph
