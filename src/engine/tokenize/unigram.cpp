#include "engine/tokenize/unigram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/tokenize/aligned_text.h"

namespace fovea::tokenize {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the worst piece, as in SentencePiece

}  // namespace

Result<std::unique_ptr<Unigram>> Unigram::create(UnigramSetup setup) {
  std::unique_ptr<Unigram> made(new Unigram());
  if (setup.unknown >= setup.pieces.size())
    return fail(Code::kInvalidArgument, fmt::format("unk_id {} of {} pieces", setup.unknown, setup.pieces.size()));
  std::vector<std::pair<std::string, int32_t>> ids;
  ids.reserve(setup.pieces.size());
  double least = INFINITY;
  for (const auto& [piece, score] : setup.pieces) {
    if (!std::isfinite(score)) return fail(Code::kInvalidArgument, fmt::format("'{}' has no finite score", piece));
    ids.emplace_back(piece, static_cast<int32_t>(ids.size()));
    made->scores_.push_back(score);
    least = std::min(least, score);
  }
  FOVEA_TRY(made->vocabulary_, Vocabulary::create(ids));
  made->trie_ = ByteTrie(ids);
  made->unknown_score_ = least - kUnknownPenalty;
  made->unknown_id_ = static_cast<int32_t>(setup.unknown);
  made->byte_fallback_ = setup.byte_fallback;
  for (size_t byte = 0; byte < 256; ++byte)
    made->byte_ids_[byte] = made->vocabulary_.find(fmt::format("<0x{:02X}>", byte));
  return made;
}

void Unigram::add_unknown(std::string_view text, uint32_t begin, std::vector<ModelToken>& out) const {
  const uint32_t end = begin + static_cast<uint32_t>(text.size());
  const int32_t id = vocabulary_.find(text);  // several unknown characters may together be a piece
  const auto known = [&](char byte) { return byte_ids_[static_cast<unsigned char>(byte)] >= 0; };
  if (id < 0 && byte_fallback_ && std::ranges::all_of(text, known)) {
    for (char byte : text) out.push_back({byte_ids_[static_cast<unsigned char>(byte)], begin, end});
    return;
  }
  out.push_back({id < 0 ? unknown_id_ : id, begin, end});
}

void Unigram::tokenize(std::string_view piece, ModelScratch& scratch, std::vector<ModelToken>& out) const {
  using Best = ModelScratch::Node;
  scratch.nodes.assign(piece.size() + 1, Best());
  Best* best = scratch.nodes.data();
  const auto offer = [&](Best& to, double score, size_t from, int32_t id) {
    if (to.from == UINT32_MAX || score > to.score) to = {score, static_cast<uint32_t>(from), id};
  };
  for (size_t begin = 0; begin < piece.size();) {
    const size_t length = std::min(utf8_length(piece[begin]), piece.size() - begin);
    const double so_far = best[begin].score;
    bool single = false;
    const ByteTrie::Node* node = &trie_.root();
    for (size_t at = begin; at < piece.size() && (node = trie_.child(*node, piece[at]));) {
      ++at;
      if (node->value < 0) continue;
      offer(best[at], scores_[static_cast<size_t>(node->value)] + so_far, begin, node->value);
      single |= at - begin == length;
    }
    if (!single) offer(best[begin + length], unknown_score_ + so_far, begin, unknown_id_);
    begin += length;
  }
  // From the end to the beginning, then the other way round.
  const size_t first = out.size();
  for (size_t end = piece.size(); end > 0;) {
    const Best& node = best[end];
    size_t begin = node.from;
    while (node.id == unknown_id_ && begin > 0 && best[begin].id == unknown_id_) begin = best[begin].from;
    out.push_back({node.id, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    end = begin;
  }
  std::reverse(out.begin() + static_cast<ptrdiff_t>(first), out.end());
  const auto unknown = [&](const ModelToken& token) { return token.id == unknown_id_; };
  if (std::none_of(out.begin() + static_cast<ptrdiff_t>(first), out.end(), unknown)) return;
  scratch.path.assign(out.begin() + static_cast<ptrdiff_t>(first), out.end());
  out.resize(first);
  for (const ModelToken& token : scratch.path) {
    if (unknown(token)) {
      add_unknown(piece.substr(token.begin, token.end - token.begin), token.begin, out);
    } else {
      out.push_back(token);
    }
  }
}

}  // namespace fovea::tokenize
