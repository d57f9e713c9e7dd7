#include "engine/tokenize/text_pipeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/piece_cache.h"

namespace fovea::tokenize {

// The tokens of one text, before the post-processor.
struct TextPipeline::Sequence {
  struct Blanks {
    uint32_t leading = 0, trailing = 0;  // characters of the token that are white space
  };
  std::string_view text;  // valid UTF-8: as given, or `repaired`
  std::string repaired;
  std::vector<uint32_t> given_at;  // [bytes of `repaired` + 1] where they were in the text as it was given
  std::vector<int32_t> ids;
  std::vector<TokenSpan> spans;
  std::vector<Blanks> blanks;  // [tokens] where offsets are trimmed
  bool truncated = false;

  void start() {
    ids.clear();
    spans.clear();
    blanks.clear();
    given_at.clear();
    truncated = false;
  }
};

struct TextPipeline::Scratch {
  AlignedText text, part;
  NormalizerScratch normalizer;
  std::vector<Piece> pieces;
  PreTokenizerScratch pre;
  std::vector<ModelToken> tokens;
  ModelScratch model;
  PieceCache cache;
  Sequence first, second;
};

// Scratch for one call, given back at its end.
class TextPipeline::Borrowed {
 public:
  explicit Borrowed(const TextPipeline& from) : from_(from) {
    {
      const std::lock_guard lock(from_.mutex_);
      if (!from_.spare_.empty()) {
        scratch_ = std::move(from_.spare_.back());
        from_.spare_.pop_back();
      }
    }
    if (!scratch_) scratch_ = std::make_unique<Scratch>();
  }
  ~Borrowed() {
    if (scratch_->text.size() > kScratchBytesKept) return;
    const std::lock_guard lock(from_.mutex_);
    from_.spare_.push_back(std::move(scratch_));
  }
  Scratch& operator*() { return *scratch_; }

 private:
  const TextPipeline& from_;
  std::unique_ptr<Scratch> scratch_;
};

TextPipeline::TextPipeline(PipelineParts parts) : parts_(std::move(parts)) {}
TextPipeline::~TextPipeline() = default;

Result<std::unique_ptr<TextPipeline>> TextPipeline::create(PipelineParts parts) {
  std::unique_ptr<TextPipeline> made(new TextPipeline(std::move(parts)));
  std::vector<AddedToken>& added = made->parts_.added;
  if (added.size() > kSpecialTokensMax)
    return fail(Code::kInvalidArgument, fmt::format("more than {} added tokens", kSpecialTokensMax));
  made->id_max_ = made->parts_.model->id_max();
  std::vector<AddedToken> raw, normalised;
  for (AddedToken& token : added) {
    made->id_max_ = std::max<int64_t>(made->id_max_, token.id);
    if (token.special) made->special_texts_.insert(token.text);
    if (token.normalized) token.text = made->parts_.normalizer.normalise(token.text);
    made->added_texts_[token.id] = token.text;
    (token.normalized ? normalised : raw).push_back(token);
  }
  made->raw_ = AddedTokens(std::move(raw));
  made->normalised_ = AddedTokens(std::move(normalised));
  for (const auto* how : {&made->parts_.post_processor.single, &made->parts_.post_processor.pair})
    for (const TemplatePart& part : *how) made->id_max_ = std::max<int64_t>(made->id_max_, part.id);
  return made;
}

Result<std::string> TextPipeline::decode(std::span<const int32_t> ids, bool skip_special) const {
  if (!parts_.decoder) return std::unexpected(parts_.decoder.error());
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const int32_t id : ids) {
    const auto added = added_texts_.find(id);
    const auto piece = added == added_texts_.end() ? parts_.model->piece_of(id) : added->second;
    if (!piece) continue;
    std::string text(*piece);
    if (!skip_special || !special_texts_.contains(text)) tokens.push_back(std::move(text));
  }
  return parts_.decoder->text_of(std::move(tokens));
}

// Counts the characters that ByteLevel's trim_offsets leaves out: a space as byte or letter, and white space.
void TextPipeline::note_blanks(std::string_view token, bool bytes, Sequence& out) const {
  Sequence::Blanks found;
  const auto blank = [&](char32_t c) { return bytes ? c == U' ' : c == byte_letter(' ') || points_.has(c, kSpace); };
  size_t at = 0;
  while (at < token.size() && blank(next_code_point(token, at))) ++found.leading;
  for (size_t end = token.size(); end > 0; ++found.trailing) {
    size_t start = end - 1;
    while (start > 0 && continues_utf8(token[start])) --start;
    size_t next = start;
    if (!blank(next_code_point(token, next))) break;
    end = start;
  }
  out.blanks.push_back(found);
}

void TextPipeline::add_token(const AddedToken& token, std::string_view found, TokenSpan span, Sequence& out) const {
  out.ids.push_back(token.id);
  out.spans.push_back(span);
  if (parts_.post_processor.trim_offsets) note_blanks(found, false, out);
}

// Adds the tokens of normalised text without added tokens.
void TextPipeline::add_normalised(AlignedText& text, uint32_t origin, size_t enough, Scratch& scratch,
                                  Sequence& out) const {
  if (text.size() == 0) return;
  scratch.pieces.assign(1, {0, static_cast<uint32_t>(text.size()), origin});
  parts_.pre_tokenizer.run(text, scratch.pieces, scratch.pre);
  const std::string_view view = text.view();
  for (const Piece& piece : scratch.pieces) {
    const std::string_view bytes = view.substr(piece.begin, piece.end - piece.begin);
    scratch.tokens.clear();
    const uint64_t hash = PieceCache::hash_of(bytes);
    if (!scratch.cache.find(bytes, hash, scratch.tokens)) {
      parts_.model->tokenize(bytes, scratch.model, scratch.tokens);
      scratch.cache.keep(bytes, hash, scratch.tokens);
    }
    for (const ModelToken& token : scratch.tokens) {
      out.ids.push_back(token.id);
      out.spans.push_back(text.span(piece.begin + token.begin, piece.begin + token.end));
      if (!parts_.post_processor.trim_offsets) continue;
      const bool unknown = token.id == parts_.model->unknown_id();
      note_blanks(unknown ? std::string_view() : bytes.substr(token.begin, token.end - token.begin), parts_.bytes, out);
    }
    if (out.ids.size() >= enough) return;
  }
}

// Adds the tokens of text[begin, end), which holds no token that is found in the raw text.
void TextPipeline::add_part(std::string_view text, size_t begin, size_t end, size_t enough, Scratch& scratch,
                            Sequence& out) const {
  scratch.text.show(text.substr(begin, end - begin), static_cast<uint32_t>(begin));
  parts_.normalizer.run(scratch.text, scratch.normalizer, static_cast<uint32_t>(begin));
  if (scratch.text.size() == 0) return;
  normalised_.find(scratch.text.view(), [&](size_t from, size_t to, const AddedToken* token) {
    const TokenSpan span = scratch.text.span(from, to);
    if (token != nullptr) {
      add_token(*token, scratch.text.view().substr(from, to - from), span, out);
      return true;
    }
    if (from == 0 && to == scratch.text.size()) {
      add_normalised(scratch.text, span.begin, enough, scratch, out);
      return false;
    }
    scratch.part.start();
    scratch.part.append_part(scratch.text, from, to);
    add_normalised(scratch.part, span.begin, enough, scratch, out);
    return out.ids.size() < enough;
  });
}

// All tokens of the text, or at least `enough` of its first ones.
void TextPipeline::read(std::string_view text, size_t enough, Scratch& scratch, Sequence& out) const {
  out.start();
  out.truncated = text.size() > kTextBytesMax;
  text = text.substr(0, kTextBytesMax);
  out.text = text;
  if (!is_ascii(text) && !is_utf8(text)) {
    out.repaired.clear();
    for (size_t at = 0; at < text.size();) {
      const auto begin = static_cast<uint32_t>(at);
      append_utf8(next_code_point(text, at), out.repaired);
      out.given_at.resize(out.repaired.size(), begin);
    }
    out.given_at.push_back(static_cast<uint32_t>(text.size()));
    out.text = out.repaired;
  }
  raw_.find(out.text, [&](size_t from, size_t to, const AddedToken* token) {
    if (token == nullptr) {
      add_part(out.text, from, to, enough, scratch, out);
      return out.ids.size() < enough;
    }
    add_token(*token, out.text.substr(from, to - from), {static_cast<uint32_t>(from), static_cast<uint32_t>(to)}, out);
    return true;
  });
}

void TextPipeline::cut(Sequence& sequence, size_t most) const {
  if (sequence.ids.size() <= most) return;
  sequence.truncated = true;
  const auto keep = [&](auto& values) {
    if (values.empty()) return;
    if (parts_.truncation.side == TruncationSide::kLeft)
      values.erase(values.begin(), values.end() - static_cast<ptrdiff_t>(most));
    values.resize(most);
  };
  keep(sequence.ids);
  keep(sequence.spans);
  keep(sequence.blanks);
}

void TextPipeline::cut_pair(Sequence& first, Sequence& second, size_t most) const {
  const size_t of_first = first.ids.size(), of_second = second.ids.size();
  if (of_first + of_second <= most) return;
  const size_t over = of_first + of_second - most;
  if (parts_.truncation.strategy == TruncationStrategy::kOnlyFirst && of_first > over)
    return cut(first, of_first - over);
  if (parts_.truncation.strategy == TruncationStrategy::kOnlySecond && of_second > over)
    return cut(second, of_second - over);
  const size_t shorter = std::min(of_first, of_second);
  size_t low = shorter, high = shorter > most ? shorter : std::max(shorter, most - shorter);
  if (low + high > most) {
    low = most / 2;
    high = low + most % 2;
  }
  cut(first, of_first > of_second ? high : low);
  cut(second, of_first > of_second ? low : high);
}

// Trims the spans, and takes them back to the text as it was given.
void TextPipeline::finish(Sequence& sequence) const {
  for (size_t i = 0; i < sequence.blanks.size(); ++i) {
    auto [leading, trailing] = sequence.blanks[i];
    TokenSpan& span = sequence.spans[i];
    const bool first = i == 0 || span.begin == 0;
    if (first && parts_.post_processor.add_prefix_space && leading == 1) leading = 0;
    for (; leading > 0 && span.begin < span.end; --leading)
      span.begin += static_cast<uint32_t>(utf8_length(sequence.text[span.begin]));
    for (; trailing > 0 && span.end > span.begin; --trailing) do
        --span.end;
      while (span.end > span.begin && continues_utf8(sequence.text[span.end]));
  }
  if (sequence.given_at.empty()) return;
  for (TokenSpan& span : sequence.spans) span = {sequence.given_at[span.begin], sequence.given_at[span.end]};
}

void TextPipeline::put(const Sequence& first, const Sequence& second, const std::vector<TemplatePart>& how,
                       Encoding& out) const {
  for (const TemplatePart& part : how) {
    if (part.kind == TemplatePart::Kind::kToken) {
      out.ids.push_back(part.id);
      out.spans.emplace_back();
      out.texts.push_back(kNoText);
    } else {
      const Sequence& text = part.kind == TemplatePart::Kind::kFirst ? first : second;
      out.ids.insert(out.ids.end(), text.ids.begin(), text.ids.end());
      out.spans.insert(out.spans.end(), text.spans.begin(), text.spans.end());
      out.texts.resize(out.ids.size(), part.kind == TemplatePart::Kind::kFirst ? 0 : 1);
    }
    out.type_ids.resize(out.ids.size(), part.type_id);
  }
}

void TextPipeline::encode(std::string_view text, size_t tokens_max, Encoding& out) const {
  FOVEA_CHECK(tokens_max >= special_tokens());
  out.clear();
  Borrowed borrowed(*this);
  Sequence& sequence = (*borrowed).first;
  const size_t most = tokens_max - special_tokens();
  const bool all = parts_.truncation.side == TruncationSide::kLeft;
  read(text, all || most == SIZE_MAX ? SIZE_MAX : most + 1, *borrowed, sequence);
  cut(sequence, most);
  finish(sequence);
  put(sequence, sequence, parts_.post_processor.single, out);
  out.truncated = sequence.truncated;
}

void TextPipeline::encode_pair(std::string_view first, std::string_view second, size_t tokens_max,
                               Encoding& out) const {
  FOVEA_CHECK(tokens_max >= special_tokens(true));
  out.clear();
  Borrowed borrowed(*this);
  Sequence& a = (*borrowed).first;
  Sequence& b = (*borrowed).second;
  // All of both: which of them is the longer one decides where the odd token goes.
  read(first, SIZE_MAX, *borrowed, a);
  read(second, SIZE_MAX, *borrowed, b);
  cut_pair(a, b, tokens_max - special_tokens(true));
  finish(a);
  finish(b);
  put(a, b, parts_.post_processor.pair, out);
  out.truncated = a.truncated || b.truncated;
}

}  // namespace fovea::tokenize
