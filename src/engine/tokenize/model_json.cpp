#include "engine/tokenize/byte_pair.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"
#include "engine/tokenize/unigram.h"
#include "engine/tokenize/word_piece.h"

namespace fovea::tokenize {
namespace {

using Pieces = std::vector<std::pair<std::string, int32_t>>;

Result<Pieces> read_vocabulary(const JsonField& field) {
  if (!field.value().is_object()) return field.malformed("must be an object of pieces and their ids");
  Pieces pieces;
  pieces.reserve(field.value().get_object().size());
  for (const auto& [piece, id_value] : field.value().get_object()) {
    const JsonField id_field(id_value, fmt::format("{}['{}']", field.where(), std::string_view(piece).substr(0, 40)));
    FOVEA_TRY(const int32_t id, id_field.whole_number(0, static_cast<int64_t>(kVocabularyMax) - 1));
    pieces.emplace_back(piece, id);
  }
  return pieces;
}

template <typename Model>
Result<std::unique_ptr<SubwordModel>> made_or_error(Result<std::unique_ptr<Model>> made, const JsonField& field) {
  if (made) return std::unique_ptr<SubwordModel>(std::move(*made));
  Error error = std::move(made).error();
  error.where = field.where() + (error.where.empty() ? "" : "." + error.where);
  if (error.hint.empty()) error.hint = kMendField;
  return std::unexpected(std::move(error));
}

Result<std::unique_ptr<SubwordModel>> read_word_piece(const JsonField& field, bool whole_words) {
  WordPieceSetup setup;
  setup.whole_words = whole_words;
  FOVEA_TRY(setup.pieces, read_vocabulary(field.at("vocab")));
  if (const JsonField unknown = field.at("unk_token"); !unknown.absent()) {
    FOVEA_TRY(setup.unknown, unknown.text());
  }
  if (const JsonField prefix = field.at("continuing_subword_prefix"); !prefix.absent()) {
    FOVEA_TRY(setup.continuing_prefix, prefix.text());
  }
  if (const JsonField most = field.at("max_input_chars_per_word"); !most.absent()) {
    FOVEA_TRY(const int32_t chars, most.whole_number(1, 10'000));
    setup.word_chars_max = static_cast<size_t>(chars);
  }
  return made_or_error(WordPiece::create(std::move(setup)), field);
}

// A merge is [left, right], or in older files "left right".
Result<void> read_merges(const JsonField& field, BytePairSetup& setup) {
  FOVEA_TRY(const size_t count, field.list_size(kMergesMax));
  setup.merges.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const Json& merge = field.value().get_array()[i];
    if (merge.is_string()) {
      const std::string_view line(merge.get_string());
      const size_t space = line.find(' ');
      if (line.starts_with("#version")) continue;
      if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
        return field.at(i).malformed("must be two pieces with a space between them");
      setup.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
      continue;
    }
    if (!merge.is_array() || merge.get_array().size() != 2 || !merge.get_array()[0].is_string() ||
        !merge.get_array()[1].is_string())
      return field.at(i).malformed("must be a list of two pieces");
    setup.merges.emplace_back(merge.get_array()[0].get_string(), merge.get_array()[1].get_string());
  }
  return {};
}

Result<std::unique_ptr<SubwordModel>> read_byte_pair(const JsonField& field) {
  BytePairSetup setup;
  FOVEA_TRY(setup.pieces, read_vocabulary(field.at("vocab")));
  FOVEA_OK(read_merges(field.at("merges"), setup));
  if (const JsonField dropout = field.at("dropout"); number_or(dropout.value(), 0) != 0)
    return fail(Code::kUnimplemented, "leaves out merges at random", dropout.where(), "set it to null");
  if (const std::string_view unknown = text_or(field.at("unk_token").value(), ""); !unknown.empty())
    setup.unknown = unknown;
  setup.continuing_prefix = text_or(field.at("continuing_subword_prefix").value(), "");
  setup.end_suffix = text_or(field.at("end_of_word_suffix").value(), "");
  FOVEA_TRY(setup.fuse_unknown, field.at("fuse_unk").flag_or(false));
  FOVEA_TRY(setup.byte_fallback, field.at("byte_fallback").flag_or(false));
  FOVEA_TRY(setup.ignore_merges, field.at("ignore_merges").flag_or(false));
  return made_or_error(BytePair::create(std::move(setup)), field);
}

Result<std::unique_ptr<SubwordModel>> read_unigram(const JsonField& field) {
  UnigramSetup setup;
  const JsonField vocabulary = field.at("vocab");
  FOVEA_TRY(const size_t count, vocabulary.list_size(kVocabularyMax));
  setup.pieces.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const Json& entry = vocabulary.value().get_array()[i];
    const bool sound = entry.is_array() && entry.get_array().size() == 2 && entry.get_array()[0].is_string() &&
                       entry.get_array()[1].is_number();
    if (!sound) return vocabulary.at(i).malformed("must be a list of a piece and its score");
    setup.pieces.emplace_back(entry.get_array()[0].get_string(), number_or(entry.get_array()[1], 0));
  }
  const JsonField unknown = field.at("unk_id");
  if (unknown.absent())
    return fail(Code::kUnimplemented, "a Unigram model needs an unknown token", unknown.where(),
                "name the id of its <unk>");
  FOVEA_TRY(const int32_t id, unknown.whole_number(0, static_cast<int64_t>(kVocabularyMax) - 1));
  setup.unknown = static_cast<size_t>(id);
  FOVEA_TRY(setup.byte_fallback, field.at("byte_fallback").flag_or(false));
  return made_or_error(Unigram::create(std::move(setup)), field);
}

}  // namespace

Result<std::unique_ptr<SubwordModel>> read_model(const JsonField& field) {
  if (field.absent()) return field.malformed("is missing");
  std::string_view type = field.type();
  if (type.empty())  // files from before 2021 do not say
    type = field.at("vocab").value().is_array() ? "Unigram" : !field.at("merges").absent() ? "BPE" : "WordPiece";
  if (type == "WordPiece") return read_word_piece(field, false);
  if (type == "WordLevel") return read_word_piece(field, true);
  if (type == "BPE") return read_byte_pair(field);
  if (type == "Unigram") return read_unigram(field);
  return field.unsupported(type, "WordPiece, BPE, Unigram, WordLevel");
}

}  // namespace fovea::tokenize
