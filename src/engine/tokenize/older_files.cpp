#include <fmt/format.h>

#include <algorithm>

#include "engine/tokenize/byte_pair.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_folder.h"
#include "engine/tokenize/tokenizer_json.h"
#include "engine/tokenize/word_piece.h"

namespace fovea::tokenize {
namespace {

using Kind = TemplatePart::Kind;

// A token is a text, or an object with its text in "content".
std::string token_text(const Json& value, std::string_view fallback) {
  return std::string(text_or(value.is_object() ? member(value, "content") : value, fallback));
}

// Takes the next line, which ends at LF alone (a piece may be U+2028); a CR before it belongs to its end.
std::string_view take_line(std::string_view& lines) {
  const size_t end = std::min(lines.find('\n'), lines.size());
  std::string_view line = lines.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  lines.remove_prefix(std::min(end + 1, lines.size()));
  return line;
}

std::vector<TemplatePart> around(int32_t before, int32_t behind) {
  return {{Kind::kToken, before, 0}, {Kind::kFirst, -1, 0}, {Kind::kToken, behind, 0}};
}

// "model.merges[3]" is in merges.txt, all else in vocab.json.
Error in_older_files(Error error) {
  constexpr std::string_view kMerges = "model.merges", kPieces = "model.vocab";
  if (error.where.starts_with(kMerges)) {
    error.where.replace(0, kMerges.size(), "merges.txt: ");
  } else {
    error.where.replace(0, error.where.starts_with(kPieces) ? kPieces.size() : error.where.size(), "vocab.json");
  }
  return error;
}

void add_more_tokens(const Json& config, PipelineParts& parts) {
  const Json& more = member(config, "additional_special_tokens");
  if (!more.is_array()) return;
  for (const Json& token : more.get_array()) {
    const std::string text = token_text(token, "");
    if (const int32_t id = parts.model->id_of(text); id >= 0 && !text.empty()) parts.added.push_back({text, id});
  }
}

}  // namespace

Result<PipelineParts> parts_from_vocabulary(std::string_view lines, const Json& config) {
  const std::string file = "vocab.txt";
  WordPieceSetup setup;
  for (int32_t id = 0; !lines.empty(); ++id) {
    if (setup.pieces.size() == kVocabularyMax)
      return fail(Code::kInvalidArgument, fmt::format("more than {} lines", kVocabularyMax), file,
                  "is this the vocabulary of a BERT model?");
    setup.pieces.emplace_back(take_line(lines), id);
  }
  setup.unknown = token_text(member(config, "unk_token"), "[UNK]");
  auto model = WordPiece::create(std::move(setup));
  if (!model) {
    Error error = std::move(model).error();
    error.where = file + (error.where.empty() ? "" : ": " + error.where);
    if (error.hint.empty()) error.hint = "is this the vocabulary of a BERT model, and complete?";
    return std::unexpected(std::move(error));
  }
  PipelineParts parts;
  int32_t cls = -1, sep = -1;
  for (auto [field, fallback] :
       {std::pair("unk_token", "[UNK]"), std::pair("sep_token", "[SEP]"), std::pair("pad_token", "[PAD]"),
        std::pair("cls_token", "[CLS]"), std::pair("mask_token", "[MASK]")}) {
    const std::string text = token_text(member(config, field), fallback);
    const std::string_view name(field);
    const int32_t id = (*model)->id_of(text);
    if (id < 0 && (name == "cls_token" || name == "sep_token"))
      return fail(Code::kInvalidArgument, fmt::format("lacks the {} '{}'", field, text), file,
                  "is this the vocabulary of a BERT model?");
    if (id >= 0 && !text.empty()) parts.added.push_back({text, id});
    if (name == "cls_token") cls = id;
    if (name == "sep_token") sep = id;
  }
  parts.model = std::move(*model);
  add_more_tokens(config, parts);
  BertStep bert;
  apply_bert_config(config, bert, std::nullopt);
  parts.normalizer = Normalizer({bert});
  parts.pre_tokenizer = PreTokenizer({BertSplit()});
  parts.decoder = Decoder({JoinPieces()});
  parts.post_processor.single = around(cls, sep);
  parts.post_processor.pair = around(cls, sep);
  parts.post_processor.pair.push_back({Kind::kSecond, -1, 1});
  parts.post_processor.pair.push_back({Kind::kToken, sep, 1});
  return parts;
}

Result<PipelineParts> parts_from_merges(std::string_view vocabulary, std::string_view merges, const Json& config) {
  FOVEA_TRY(Json parsed, parse_json_file(vocabulary, "vocab.json"));
  JsonArray lines;
  while (!merges.empty()) {
    const std::string_view line = take_line(merges);
    if (!line.empty() && !line.starts_with("#version")) lines.emplace_back(boost::json::string(line));
  }
  const Json model = JsonObject{{"type", "BPE"}, {"vocab", std::move(parsed)}, {"merges", std::move(lines)}};
  PipelineParts parts;
  auto read = read_model(JsonField(model, "model"));
  if (!read) return std::unexpected(in_older_files(std::move(read).error()));
  parts.model = std::move(*read);
  const bool prefix = member(config, "add_prefix_space").is_bool() && member(config, "add_prefix_space").get_bool();
  prefer_bytes(parts, {ByteLevelSplit{prefix, true}});
  parts.decoder = Decoder({BytesFromLetters()});
  const std::string_view kind = text_or(member(config, "tokenizer_class"), "");
  const bool knows_pairs = parts.model->id_of("<s>") >= 0 && parts.model->id_of("</s>") >= 0;
  const bool roberta = kind.empty()
                           ? knows_pairs
                           : kind.starts_with("Roberta") || kind.starts_with("Bart") || kind.starts_with("Longformer");
  if (!roberta && !kind.empty() && !kind.starts_with("GPT2"))
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", kind),
                "tokenizer_config.json: tokenizer_class",
                "supported without tokenizer.json: GPT2, Roberta, Bart and Longformer tokenizers");
  if (roberta && !knows_pairs)
    return fail(Code::kInvalidArgument, "lacks '<s>' or '</s>'", "vocab.json", "is this the vocabulary of a RoBERTa?");
  const auto special = [&](std::string_view field, std::string_view fallback) {
    const std::string text = token_text(member(config, field), fallback);
    const int32_t id = parts.model->id_of(text);
    if (id >= 0 && !text.empty())
      parts.added.push_back({text, id, false, roberta && field == "mask_token", false, false});
  };
  for (const char* field : {"bos_token", "eos_token", "unk_token"}) {
    const std::string_view name(field);
    special(name, !roberta ? "<|endoftext|>" : name == "bos_token" ? "<s>" : name == "eos_token" ? "</s>" : "<unk>");
  }
  if (roberta) {
    special("pad_token", "<pad>");
    special("mask_token", "<mask>");
    PostProcessor& post = parts.post_processor;
    const int32_t cls = parts.model->id_of(token_text(member(config, "cls_token"), "<s>"));
    const int32_t sep = parts.model->id_of(token_text(member(config, "sep_token"), "</s>"));
    if (cls < 0 || sep < 0)
      return fail(Code::kInvalidArgument, "lacks the cls_token or sep_token", "vocab.json",
                  "tokenizer_config.json names them; do the files belong together?");
    post.single = post.pair = around(cls, sep);
    post.pair.push_back({Kind::kToken, sep, 0});
    post.pair.push_back({Kind::kSecond, -1, 0});
    post.pair.push_back({Kind::kToken, sep, 0});
    post.trim_offsets = true;
    post.add_prefix_space = prefix;
  }
  add_more_tokens(config, parts);
  return parts;
}

}  // namespace fovea::tokenize
