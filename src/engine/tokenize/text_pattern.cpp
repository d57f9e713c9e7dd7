#include "engine/tokenize/text_pattern.h"

#include <fmt/format.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include <array>
#include <mutex>

#include "base/utf8.h"
#include "engine/tokenize/expression_text.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/word_pattern.h"

namespace fovea::tokenize {
namespace {

class TextOf final : public TextPattern {
 public:
  explicit TextOf(std::string_view text) : text_(text) {}
  void find(std::string_view text, std::vector<Match>& out) const override {
    for (size_t at = text.find(text_); at != std::string_view::npos; at = text.find(text_, at + text_.size()))
      out.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(at + text_.size())});
  }

 private:
  std::string text_;
};

class SpacesOf final : public TextPattern {  // " {2,}" and " +"
 public:
  explicit SpacesOf(size_t least) : least_(least) {}
  void find(std::string_view text, std::vector<Match>& out) const override {
    for (size_t at = text.find(' '); at != std::string_view::npos;) {
      const size_t end = std::min(text.find_first_not_of(' ', at), text.size());
      if (end - at >= least_) out.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
      at = text.find(' ', end);
    }
  }

 private:
  size_t least_;
};

class WordsOf final : public TextPattern {
 public:
  explicit WordsOf(size_t digits) : digits_(digits) {}  // 0: GPT-2's
  void find(std::string_view text, std::vector<Match>& out) const override {
    if (digits_ == 0) return find_gpt2_words(points_, text, 0, text.size(), out);
    find_cl100k_words(points_, digits_, text, out);
  }

 private:
  CodePoints points_;
  size_t digits_;
};

struct CloseExpression {
  void operator()(URegularExpression* expression) const { uregex_close(expression); }
};
struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};
using Expression = std::unique_ptr<URegularExpression, CloseExpression>;

class ExpressionOf final : public TextPattern {
 public:
  explicit ExpressionOf(Expression expression) : original_(std::move(expression)) {}

  void find(std::string_view text, std::vector<Match>& out) const override {
    UErrorCode status = U_ZERO_ERROR;
    Expression expression = take(status);
    const std::unique_ptr<UText, CloseText> shown(
        utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &status));
    if (U_FAILURE(status)) return;
    uregex_setUText(expression.get(), shown.get(), &status);
    size_t at = 0;
    bool matched = false;
    size_t last = 0;
    while (at <= text.size() && uregex_find64(expression.get(), static_cast<int64_t>(at), &status) &&
           !U_FAILURE(status)) {
      const auto begin = static_cast<size_t>(uregex_start64(expression.get(), 0, &status));
      const auto end = static_cast<size_t>(uregex_end64(expression.get(), 0, &status));
      if (U_FAILURE(status) || end < begin || end > text.size()) break;
      // No empty match right behind the last one, as in the reference.
      if (begin == end && matched && last == end) {
        at += at < text.size() ? character_length(text, at) : 1;
        continue;
      }
      out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
      matched = true;
      at = last = end;
    }
    give_back(std::move(expression));
  }

 private:
  static size_t character_length(std::string_view text, size_t at) {
    size_t next = at;
    next_code_point(text, next);
    return next - at;
  }

  Expression take(UErrorCode& status) const {
    {
      const std::lock_guard lock(mutex_);
      if (!spare_.empty()) {
        Expression found = std::move(spare_.back());
        spare_.pop_back();
        return found;
      }
    }
    Expression made(uregex_clone(original_.get(), &status));
    if (U_FAILURE(status)) return made;
    uregex_setTimeLimit(made.get(), kExpressionSteps, &status);
    uregex_setStackLimit(made.get(), kExpressionStackBytes, &status);
    return made;
  }

  void give_back(Expression expression) const {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(expression));
  }

  Expression original_;
  mutable std::mutex mutex_;
  mutable std::vector<Expression> spare_;  // one for each thread that was in find() at the same time
};

struct Known {
  std::string_view expression;
  size_t digits;
};
constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::array kKnown = {
    Known{kGpt2, 0},
    Known{R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", 0},
    Known{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
          R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          3},
    Known{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3})"
          R"(| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)",
          3},
    Known{R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
          R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
          1},
};

}  // namespace

Result<std::shared_ptr<const TextPattern>> TextPattern::of_text(std::string_view text) {
  if (text.empty()) return fail(Code::kInvalidArgument, "the pattern is empty");
  return std::make_shared<const TextOf>(text);
}

Result<std::shared_ptr<const TextPattern>> TextPattern::of_expression(std::string_view expression) {
  for (const Known& known : kKnown)
    if (expression == known.expression) return std::make_shared<const WordsOf>(known.digits);
  if (expression == " {2,}") return std::make_shared<const SpacesOf>(2);
  if (expression == " +") return std::make_shared<const SpacesOf>(1);
  if (expression.empty() || expression.size() > kExpressionBytesMax)
    return fail(Code::kInvalidArgument, fmt::format("an expression has 1 to {} bytes", kExpressionBytesMax));
  const std::string words = expression_for_icu(expression);
  std::vector<UChar> units(words.size() + 1);
  int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(units.data(), static_cast<int32_t>(units.size()), &length, words.data(),
                static_cast<int32_t>(words.size()), &status);
  UParseError where{};
  // Oniguruma's ^ and $ stand at every line, and LF alone ends one.
  Expression made(uregex_open(units.data(), length, UREGEX_MULTILINE | UREGEX_UNIX_LINES, &where, &status));
  if (U_FAILURE(status))
    return fail(Code::kInvalidArgument, fmt::format("the regular expression cannot be read: {} at character {}",
                                                    u_errorName(status), where.offset));
  return std::make_shared<const ExpressionOf>(std::move(made));
}

}  // namespace fovea::tokenize
