#include "engine/tokenize/tokenizer_folder.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

constexpr std::string_view kJsonFile = "tokenizer.json", kVocabularyFile = "vocab.txt", kPiecesFile = "vocab.json",
                           kMergesFile = "merges.txt", kConfigFile = "tokenizer_config.json";

class Folder {
 public:
  explicit Folder(const std::string& folder) : folder_(folder) {}
  // A symbolic link counts wherever it leads: to pass it over would be to answer by other files than were meant.
  bool has(std::string_view name) const {
    std::error_code ignored;
    const auto status = std::filesystem::symlink_status(folder_ + "/" + std::string(name), ignored);
    return std::filesystem::exists(status);
  }
  Result<std::string> text(std::string_view name) const {
    return read_file(folder_ + "/" + std::string(name), kFileBytesMax);
  }
  Result<Json> json(std::string_view name) const {
    FOVEA_TRY(const std::string bytes, text(name));
    return parse_json_file(bytes, folder_ + "/" + std::string(name));
  }
  // An error of a file in this folder.
  std::unexpected<Error> in_folder(Error error) const {
    error.where = folder_ + "/" + error.where;
    return std::unexpected(std::move(error));
  }

 private:
  const std::string& folder_;
};

Result<JsonTokenizer> read_parts(const Folder& folder, const std::string& name, const Json& config) {
  if (folder.has(kJsonFile)) {
    FOVEA_TRY(const std::string text, folder.text(kJsonFile));
    auto made = read_tokenizer_json(text, config);
    if (!made) return folder.in_folder(std::move(made).error());
    return made;
  }
  JsonTokenizer older;
  if (folder.has(kVocabularyFile)) {
    FOVEA_TRY(const std::string text, folder.text(kVocabularyFile));
    auto parts = parts_from_vocabulary(text, config);
    if (!parts) return folder.in_folder(std::move(parts).error());
    older.parts = std::move(*parts);
    return older;
  }
  if (folder.has(kPiecesFile) || folder.has(kMergesFile)) {
    for (const std::string_view file : {kPiecesFile, kMergesFile})
      if (!folder.has(file))
        return fail(Code::kNotFound, "is missing", fmt::format("{}/{}", name, file),
                    "vocab.json and merges.txt belong together; or a tokenizer.json alone");
    FOVEA_TRY(const std::string pieces, folder.text(kPiecesFile));
    FOVEA_TRY(const std::string merges, folder.text(kMergesFile));
    auto parts = parts_from_merges(pieces, merges, config);
    if (!parts) return folder.in_folder(std::move(parts).error());
    older.parts = std::move(*parts);
    return older;
  }
  for (const std::string_view binary : {"sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "spm.model"})
    if (folder.has(binary))
      return fail(Code::kUnimplemented, fmt::format("{} without tokenizer.json", binary), name,
                  "AutoTokenizer.from_pretrained(..).save_pretrained(..) of transformers writes tokenizer.json");
  return fail(Code::kNotFound, "no tokenizer", name,
              "a folder needs tokenizer.json, or vocab.txt, or vocab.json and merges.txt");
}

}  // namespace

Result<FolderTokenizer> read_tokenizer(const std::string& folder) {
  const Folder files(folder);
  Json config;
  if (files.has(kConfigFile)) {
    FOVEA_TRY(config, files.json(kConfigFile));
  }
  FOVEA_TRY(JsonTokenizer made, read_parts(files, folder, config));
  if (text_or(member(config, "truncation_side"), "right") == "left") made.parts.truncation.side = TruncationSide::kLeft;
  auto tokenizer = TextPipeline::create(std::move(made.parts));
  if (!tokenizer) {
    Error error = std::move(tokenizer).error();
    error.where = folder;
    return std::unexpected(std::move(error));
  }
  FolderTokenizer found;
  found.tokenizer = std::move(*tokenizer);
  // transformers writes 1e30 for "no limit".
  const double most = number_or(member(config, "model_max_length"), 0);
  if (most >= 1 && most < 1e9) {
    found.tokens_max = static_cast<int64_t>(most);
  } else {
    found.tokens_max = made.tokens_max;
  }
  return found;
}

}  // namespace fovea::tokenize
