#include "stream/clean/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.h"

namespace fovea::clean {
namespace {

constexpr size_t kHtmlBytesMax = 4u << 20;
constexpr size_t kDepthMax = 256;
constexpr size_t kHrefBytesMax = 300;

std::string lower(std::string_view text) {
  std::string out;
  for (char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

bool is_skipped(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_EMBED:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_TEXTAREA:
      return true;
    default:
      return false;
  }
}

bool is_block(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_ADDRESS:
      return true;
    default:
      return false;
  }
}

// Paragraphs stand apart, other blocks on lines of their own.
bool is_paragraph(GumboTag tag) {
  return tag == GUMBO_TAG_P || tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_BLOCKQUOTE || tag == GUMBO_TAG_PRE ||
         (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6);
}

// The value of a property in a style attribute, lower case and without blanks; nullopt where it is not set.
std::optional<std::string> property(std::string_view style, std::string_view name) {
  while (!style.empty()) {
    size_t end = std::min(style.find(';'), style.size());
    std::string_view each = style.substr(0, end);
    style.remove_prefix(std::min(end + 1, style.size()));
    size_t colon = each.find(':');
    if (colon == std::string_view::npos) continue;
    std::string key = lower(each.substr(0, colon)), value = lower(each.substr(colon + 1));
    auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    std::erase_if(key, is_blank);
    std::erase_if(value, is_blank);
    if (key == name) return value;
  }
  return std::nullopt;
}

// "#fff", "white", "rgb(255,255,255)" as one number; nullopt for what is none of these.
std::optional<uint32_t> colour(std::string_view text) {
  if (text.ends_with("!important")) text.remove_suffix(10);
  if (text == "white") return 0xFFFFFF;
  if (text == "black") return 0;
  if (text.starts_with('#') && (text.size() == 4 || text.size() == 7)) {
    uint32_t value = 0;
    for (char c : text.substr(1)) {
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<uint32_t>(digit);
      if (text.size() == 4) value = value * 16 + static_cast<uint32_t>(digit);
    }
    return value;
  }
  if (text.starts_with("rgb(")) {
    uint32_t value = 0, part = 0;
    for (char c : text.substr(4)) {
      if (c >= '0' && c <= '9') part = (part * 10 + static_cast<uint32_t>(c - '0')) & 0xFFF;
      if (c == ',' || c == ')') value = value * 256 + std::min(part, 255u), part = 0;
    }
    return value & 0xFFFFFF;
  }
  return std::nullopt;
}

bool is_zero(const std::string& value) {
  return value.starts_with("0") && value.find_first_of("123456789") == std::string::npos;
}

bool nearly_same(uint32_t a, uint32_t b) {
  auto apart = [&](int shift) {
    return std::abs(static_cast<int>(a >> shift & 0xFF) - static_cast<int>(b >> shift & 0xFF));
  };
  return apart(0) + apart(8) + apart(16) < 12;
}

// HTML made to be slow: the parser walks all open elements at each tag, and opens formatting elements again in every
// block.
bool is_hostile(std::string_view html) {
  constexpr size_t kOpenMax = 3000, kReopenedMax = 4'000'000;
  size_t open = 0, formatting = 0, open_max = 0, formatting_max = 0, tags = 0;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    bool closes = html.substr(at + 1).starts_with('/');
    size_t begin = at + 1 + closes, end = begin;
    while (end < html.size() && end - begin < 10 && ((html[end] | 32) >= 'a' && (html[end] | 32) <= 'z')) ++end;
    if (end == begin) continue;
    std::string name = lower(html.substr(begin, end - begin));
    constexpr std::array<std::string_view, 10> kVoid = {"br",    "img", "hr",   "meta", "link",
                                                        "input", "col", "area", "base", "wbr"};
    constexpr std::array<std::string_view, 14> kFormatting = {"a",    "b", "big",   "code",   "em",     "font", "i",
                                                              "nobr", "s", "small", "strike", "strong", "tt",   "u"};
    if (std::ranges::find(kVoid, name) != kVoid.end()) continue;
    bool formats = std::ranges::find(kFormatting, name) != kFormatting.end();
    ++tags;
    if (closes) {
      open -= open > 0;
      formatting -= formats && formatting > 0;
    } else {
      open_max = std::max(open_max, ++open);
      formatting_max = std::max(formatting_max, formatting += formats);
    }
  }
  return open_max > kOpenMax || formatting_max * tags > kReopenedMax;
}

// For what is not worth a parser: tags become line ends, scripts and styles go.
std::string without_tags(std::string_view html) {
  std::string out;
  for (size_t at = 0; at < html.size();) {
    if (html[at] != '<') {
      out += html[at++];
      continue;
    }
    std::string name = lower(html.substr(at + 1, 6));
    std::string_view until = name == "script" ? "</script" : name.starts_with("style") ? "</style" : "";
    size_t from = until.empty() ? at : std::min(html.find(until, at), html.size());
    at = std::min(html.find('>', from), html.size() - 1) + 1;
    if (!out.empty() && out.back() != '\n') out += '\n';
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

struct Look {
  std::optional<uint32_t> background;  // of the nearest element that sets one
  bool pre = false;
};

class Writer {
 public:
  explicit Writer(Tricks& tricks) : tricks_(tricks) {}

  void children(const GumboVector& nodes, size_t depth, const Look& look) {
    for (unsigned i = 0; i < nodes.length; ++i) node(*static_cast<const GumboNode*>(nodes.data[i]), depth, look);
  }

  std::string take() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  void node(const GumboNode& node, size_t depth, const Look& look) {
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_CDATA || node.type == GUMBO_NODE_WHITESPACE) {
      text(node.v.text.text, look.pre);
    } else if (node.type == GUMBO_NODE_ELEMENT && depth < kDepthMax) {
      element(node.v.element, depth, look);
    }
  }

  void element(const GumboElement& element, size_t depth, Look look) {
    GumboTag tag = element.tag;
    if (is_skipped(tag)) return;
    if (tag == GUMBO_TAG_BR) return newline_now();
    if (tag == GUMBO_TAG_HR) return newline(1), text("---", false), newline(1);
    if (tag == GUMBO_TAG_IMG) return image(element);
    if (hidden(element, look)) {
      size_t before = out_.size();
      Writer aside(tricks_);
      aside.children(element.children, depth + 1, look);
      tricks_.hidden_html += !aside.take().empty();
      out_.resize(before);
      return;
    }
    look.pre = look.pre || tag == GUMBO_TAG_PRE;
    if (is_block(tag)) newline(is_paragraph(tag) ? 2 : 1);
    if (tag == GUMBO_TAG_LI) text("- ", false);
    if ((tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) && !at_line_start()) blank();
    if (tag == GUMBO_TAG_BLOCKQUOTE) ++quotes_;
    size_t begin = out_.size();
    children(element.children, depth + 1, look);
    if (tag == GUMBO_TAG_A) link(element, begin);
    if (is_block(tag)) newline(is_paragraph(tag) ? 2 : 1);
    if (tag == GUMBO_TAG_BLOCKQUOTE) --quotes_;
  }

  // What a reader cannot see. Keeps the background up to date for what lies within.
  static bool hidden(const GumboElement& element, Look& look) {
    if (attribute(element, "hidden")) return true;
    auto background = attribute(element, "bgcolor");
    if (background) look.background = colour(lower(*background));
    auto text_colour = attribute(element, "color");
    std::optional<uint32_t> ink = text_colour ? colour(lower(*text_colour)) : std::nullopt;
    if (auto style = attribute(element, "style")) {
      if (property(*style, "display").value_or("").starts_with("none")) return true;
      if (property(*style, "visibility").value_or("").starts_with("hidden")) return true;
      if (is_zero(property(*style, "font-size").value_or("x"))) return true;
      if (is_zero(property(*style, "opacity").value_or("x"))) return true;
      bool flat =
          is_zero(property(*style, "max-height").value_or("x")) || is_zero(property(*style, "height").value_or("x"));
      if (flat && property(*style, "overflow").value_or("") == "hidden") return true;
      for (std::string_view name : {"background", "background-color"}) {
        if (auto value = property(*style, name)) {
          if (auto parsed = colour(*value)) look.background = parsed;
        }
      }
      if (auto value = property(*style, "color")) ink = colour(*value);
    }
    return ink && nearly_same(*ink, look.background.value_or(0xFFFFFF));
  }

  static std::optional<std::string_view> attribute(const GumboElement& element, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
    if (found == nullptr) return std::nullopt;
    return std::string_view(found->value);
  }

  // A link's address where the text does not show it.
  void link(const GumboElement& element, size_t begin) {
    auto href = attribute(element, "href");
    if (!href || !(href->starts_with("http") || href->starts_with("mailto:")) || href->size() > kHrefBytesMax) return;
    std::string_view address = *href;
    for (std::string_view scheme : {"https://", "http://", "mailto:"}) {
      if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    }
    while (address.ends_with('/')) address.remove_suffix(1);
    std::string_view shown = std::string_view(out_).substr(std::min(begin, out_.size()));
    if (shown.find_first_not_of(" \n") == std::string_view::npos || address.empty()) return;
    if (shown.find(address) != std::string_view::npos) return;
    text(" <" + std::string(*href) + ">", false);
  }

  void image(const GumboElement& element) {
    auto alt = attribute(element, "alt");
    if (!alt || alt->find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    blank();
    text(*alt, false);
    blank();
  }

  void text(std::string_view text, bool pre) {
    for (size_t i = 0; i < text.size(); ++i) {
      char c = text[i];
      if (c == '\r') continue;
      if (pre && c == '\n') {
        newline_now();
        continue;
      }
      bool space = c == ' ' || c == '\t' || c == '\n' || c == '\f';
      if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0') space = true, ++i;  // no-break space
      if (space) {
        pre ? put(' ') : blank();
      } else {
        put(c);
      }
    }
  }

  bool at_line_start() const { return out_.empty() || out_.back() == '\n'; }

  void blank() {
    if (!at_line_start() && !pending_blank_) pending_blank_ = true;
  }

  void put(char c) {
    while (lines_ > 0 && !out_.empty()) out_ += '\n', --lines_;
    if (lines_ > 0) lines_ = 0;
    if (at_line_start()) {
      for (int i = 0; i < std::min(quotes_, 8); ++i) out_ += "> ";
    } else if (pending_blank_) {
      out_ += ' ';
    }
    pending_blank_ = false;
    out_ += c;
  }

  // At least `count` line ends stand before what follows.
  void newline(int count) {
    pending_blank_ = false;
    int have = 0;
    for (size_t i = out_.size(); i > 0 && out_[i - 1] == '\n'; --i) ++have;
    lines_ = std::max(lines_, count - have);
  }

  void newline_now() {
    pending_blank_ = false;
    ++lines_;
    lines_ = std::min(lines_, 2);
  }

  Tricks& tricks_;
  std::string out_;
  int lines_ = 0;   // line ends owed before the next character
  int quotes_ = 0;  // depth of block quotes
  bool pending_blank_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html, Tricks& tricks) {
  std::string valid = repair_utf8(html.substr(0, kHtmlBytesMax));
  std::erase(valid, '\0');
  if (is_hostile(valid)) return without_tags(valid);
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  GumboOutput* parsed = gumbo_parse_with_options(&options, valid.data(), valid.size());
  if (parsed == nullptr) return {};
  Writer writer(tricks);
  if (parsed->root != nullptr) writer.children(parsed->root->v.element.children, 0, Look{});
  std::string out = writer.take();
  gumbo_destroy_output(&options, parsed);
  return out;
}

bool looks_like_html(std::string_view text) {
  std::string head = lower(text.substr(0, 4096));
  size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string::npos || head[first] != '<') return false;
  for (std::string_view start : {"<!doctype html", "<html", "<body", "<head"}) {
    if (head.substr(first).starts_with(start)) return true;
  }
  size_t tags = 0;
  for (std::string_view tag :
       {"<p>", "<p ", "<div", "<br", "<table", "<span", "<a href", "<td", "<b>", "</p>", "</div>"}) {
    tags += head.find(tag) != std::string::npos;
  }
  return tags >= 3;
}

}  // namespace fovea::clean
