#include "engine/tokenize/expression_text.h"

#include <array>
#include <utility>

namespace fovea::tokenize {
namespace {

using Later = std::pair<std::string_view, std::string_view>;

// What Unicode 15.1 and 16 added to each category.
constexpr std::string_view kNumbers =
    R"(\x{10D40}-\x{10D49}\x{116D0}-\x{116E3}\x{11BF0}-\x{11BF9}\x{16130}-\x{16139}\x{16D70}-\x{16D79})"
    R"(\x{1CCF0}-\x{1CCF9}\x{1E5F1}-\x{1E5FA})";
constexpr std::string_view kLetters =
    R"(\x{1C89}-\x{1C8A}\x{A7CB}-\x{A7CD}\x{A7DA}-\x{A7DC}\x{105C0}-\x{105F3}\x{10D4A}-\x{10D65}\x{10D6F}-\x{10D85})"
    R"(\x{10EC2}-\x{10EC4}\x{11380}-\x{11389}\x{1138B}\x{1138E}\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3})"
    R"(\x{11BC0}-\x{11BE0}\x{13460}-\x{143FA}\x{16100}-\x{1611D}\x{16D40}-\x{16D6C}\x{18CFF}\x{1E5D0}-\x{1E5ED})"
    R"(\x{1E5F0}\x{2EBF0}-\x{2EE5D})";
constexpr std::string_view kOtherLetters =
    R"(\x{105C0}-\x{105F3}\x{10D4A}-\x{10D4D}\x{10D4F}\x{10EC2}-\x{10EC4}\x{11380}-\x{11389}\x{1138B}\x{1138E})"
    R"(\x{11390}-\x{113B5}\x{113B7}\x{113D1}\x{113D3}\x{11BC0}-\x{11BE0}\x{13460}-\x{143FA}\x{16100}-\x{1611D})"
    R"(\x{16D43}-\x{16D6A}\x{18CFF}\x{1E5D0}-\x{1E5ED}\x{1E5F0}\x{2EBF0}-\x{2EE5D})";
constexpr std::string_view kMarks =
    R"(\x{897}\x{10D69}-\x{10D6D}\x{10EFC}\x{113B8}-\x{113C0}\x{113C2}\x{113C5}\x{113C7}-\x{113CA}\x{113CC}-\x{113D0})"
    R"(\x{113D2}\x{113E1}-\x{113E2}\x{11F5A}\x{1611E}-\x{1612F}\x{1E5EE}-\x{1E5EF})";
constexpr std::string_view kPunctuationMarks =
    R"(\x{1B4E}-\x{1B4F}\x{1B7F}\x{10D6E}\x{113D4}-\x{113D5}\x{113D7}-\x{113D8}\x{11BE1}\x{16D6D}-\x{16D6F}\x{1E5FF})";
constexpr std::string_view kSymbols =
    R"(\x{2427}-\x{2429}\x{2FFC}-\x{2FFF}\x{31E4}-\x{31E5}\x{31EF}\x{10D8E}-\x{10D8F}\x{1CC00}-\x{1CCEF})"
    R"(\x{1CD00}-\x{1CEB3}\x{1F8B2}-\x{1F8BB}\x{1F8C0}-\x{1F8C1}\x{1FA89}\x{1FA8F}\x{1FABE}\x{1FAC6}\x{1FADC})"
    R"(\x{1FADF}\x{1FAE9}\x{1FBCB}-\x{1FBEF})";
constexpr std::array kLater = {Later{"L", kLetters},
                               Later{"N", kNumbers},
                               Later{"Nd", kNumbers},
                               Later{"M", kMarks},
                               Later{"P", kPunctuationMarks},
                               Later{"S", kSymbols},
                               Later{"Lo", kOtherLetters},
                               Later{"Lu", R"(\x{1C89}\x{A7CB}-\x{A7CC}\x{A7DA}\x{A7DC}\x{10D50}-\x{10D65})"},
                               Later{"Ll", R"(\x{1C8A}\x{A7CD}\x{A7DB}\x{10D70}-\x{10D85})"},
                               Later{"Lm", R"(\x{10D4E}\x{10D6F}\x{16D40}-\x{16D42}\x{16D6B}-\x{16D6C})"},
                               Later{"Han", R"(\x{2EBF0}-\x{2EE5D})"}};

// The set of a property, written \p{..} or \P{..}; empty where nothing is known to differ.
std::string property_set(std::string_view name, bool outside) {
  for (const auto& [known, later] : kLater)
    if (name == known)
      return std::string(outside ? "[^" : "[") + "\\p{" + std::string(name) + "}" + std::string(later) + "]";
  return {};
}

std::string shorthand_set(char letter) {
  if (letter == 'd' || letter == 'D') return property_set("Nd", letter == 'D');
  std::string set = letter == 'W' ? "[^" : "[";  // Oniguruma's \w has superscript digits and fractions, no joiners
  set += R"([\w--[\u200C\u200D]]\u00B2\u00B3\u00B9\u00BC-\u00BE)";
  return set.append(kLetters).append(kMarks).append(kNumbers) + "]";
}

}  // namespace

std::string expression_for_icu(std::string_view expression) {
  std::string out;
  for (size_t at = 0; at < expression.size(); ++at) {
    const char c = expression[at];
    if (c != '\\' || at + 1 == expression.size()) {
      out += c;
      continue;
    }
    const char kind = expression[++at];
    std::string set;
    size_t end = at;
    if ((kind == 'p' || kind == 'P') && expression.substr(at + 1).starts_with('{')) {
      end = expression.find('}', at);
      if (end != std::string_view::npos) set = property_set(expression.substr(at + 2, end - at - 2), kind == 'P');
    } else if (kind == 'd' || kind == 'D' || kind == 'w' || kind == 'W') {
      set = shorthand_set(kind);
    }
    if (set.empty()) {
      out += c;
      out += kind;
    } else {
      out += set;
      at = end;
    }
  }
  return out;
}

}  // namespace fovea::tokenize
