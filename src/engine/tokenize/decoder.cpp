#include "engine/tokenize/decoder.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/utf8.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/normalizer.h"

namespace fovea::tokenize {
namespace {

using Tokens = std::vector<std::string>;

void replace_all(std::string& text, std::string_view what, std::string_view fresh) {
  if (what.empty()) return;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += fresh.size()) {
    text.replace(at, what.size(), fresh);
  }
}

// English, as BERT's tokenizer took it apart (decoders/wordpiece.rs).
void clean_up(std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kPairs = {{{" .", "."},
                                                                                     {" ?", "?"},
                                                                                     {" !", "!"},
                                                                                     {" ,", ","},
                                                                                     {" ' ", "'"},
                                                                                     {" n't", "n't"},
                                                                                     {" 'm", "'m"},
                                                                                     {" do not", " don't"},
                                                                                     {" 's", "'s"},
                                                                                     {" 've", "'ve"},
                                                                                     {" 're", "'re"}}};
  for (const auto& [what, fresh] : kPairs) replace_all(text, what, fresh);
}

std::unordered_map<char32_t, char> bytes_of_letters() {
  std::unordered_map<char32_t, char> out;
  for (int byte = 0; byte < 256; ++byte) {
    out.emplace(byte_letter(static_cast<unsigned char>(byte)), static_cast<char>(byte));
  }
  return out;
}

void apply(const BytesFromLetters&, Tokens& tokens) {
  const auto letters = bytes_of_letters();
  std::string bytes, own;
  for (const std::string& token : tokens) {
    own.clear();
    bool all = true;
    for (size_t at = 0; at < token.size() && all;) {
      const auto found = letters.find(next_code_point(token, at));
      all = found != letters.end();
      if (all) own += found->second;
    }
    bytes += all ? own : token;
  }
  tokens.assign(1, repair_utf8(bytes));
}

void apply(const JoinPieces& how, Tokens& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    std::string& token = tokens[i];
    if (i != 0 && !token.starts_with(how.prefix)) {
      token.insert(0, " ");
    } else if (i != 0) {
      token.erase(0, how.prefix.size());
    }
    if (how.cleanup) clean_up(token);
  }
}

void apply(const BlanksFromMetaspace& how, Tokens& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    replace_all(tokens[i], how.replacement, i == 0 && how.prepended ? "" : " ");
  }
}

void apply(const BlanksFromSuffix& how, Tokens& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    replace_all(tokens[i], how.suffix, i + 1 == tokens.size() ? "" : " ");
  }
}

void apply(const JoinFrames& how, Tokens& tokens) {
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  for (std::string& token : tokens) {
    replace_all(token, how.pad, "");
    if (!how.cleanup) continue;
    clean_up(token);
    replace_all(token, how.delimiter, " ");
  }
  std::erase(tokens, "");
}

void apply(const ReplaceInTokens& how, Tokens& tokens) {
  std::vector<Match> matches;
  for (std::string& token : tokens) {
    matches.clear();
    how.pattern->find(token, matches);
    std::string out;
    size_t from = 0;
    for (const Match& each : matches) {
      out.append(token, from, each.begin - from).append(how.fresh);
      from = each.end;
    }
    token = out.append(token, from);
  }
}

void apply(const StripTokens& how, Tokens& tokens) {
  const size_t length = how.character.size();
  for (std::string& token : tokens) {
    size_t begin = 0, end = token.size();
    for (size_t i = 0; i < how.begin && token.compare(begin, length, how.character) == 0; ++i) begin += length;
    for (size_t i = 0; i < how.end && end >= begin + length && token.compare(end - length, length, how.character) == 0;
         ++i) {
      end -= length;
    }
    token = token.substr(begin, end - begin);
  }
}

// Of "<0x0A>"; -1: another token.
int named_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int out = 0;
  for (const char c : token.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9'                     ? c - '0'
                      : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                               : -1;
    if (digit < 0) return -1;
    out = out * 16 + digit;
  }
  return out;
}

void apply(const BytesFromNames&, Tokens& tokens) {
  Tokens out;
  std::string bytes;
  const auto flush = [&] {
    if (!bytes.empty() && is_utf8(bytes)) {
      out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), "\uFFFD");
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    if (const int byte = named_byte(token); byte >= 0) {
      bytes += static_cast<char>(byte);
      continue;
    }
    flush();
    out.push_back(std::move(token));
  }
  flush();
  tokens = std::move(out);
}

std::string joined(const Tokens& tokens, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i != 0) out += between;
    out += tokens[i];
  }
  return out;
}

void apply(const JoinAll&, Tokens& tokens) {
  tokens.assign(1, joined(tokens, ""));
}

Result<void> check_size(const Tokens& tokens) {
  size_t bytes = 0;
  for (const std::string& each : tokens) bytes += each.size();
  if (bytes <= kTextBytesMax) return {};
  return fail(Code::kOutOfRange, "the text is too long", "ids", "decode fewer at once");
}

}  // namespace

Result<std::string> Decoder::text_of(std::vector<std::string> tokens) const {
  FOVEA_OK(check_size(tokens));
  if (!steps_) return joined(tokens, " ");
  for (const DecoderStep& step : *steps_) {
    std::visit([&](const auto& how) { apply(how, tokens); }, step);
    FOVEA_OK(check_size(tokens));
  }
  return joined(tokens, "");
}

}  // namespace fovea::tokenize
