#include "stream/clean/quotes.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fovea::clean {
namespace {

std::string_view trim(std::string_view line) {
  size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string_view>& lines, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    out += lines[i];
    out += '\n';
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  size_t first = out.find_first_not_of("\n ");
  return first == std::string::npos ? "" : out.substr(first);
}

bool is_quoted(std::string_view line) {
  std::string_view start = trim(line);
  return start.starts_with('>') || start.starts_with("＞") || (start.starts_with("| ") && start.size() > 2);
}

// "On Tue, 3 Mar 2026 at 10:11, Ann <a@b.example> wrote:" and its Chinese and German kin; `line` may be two lines
// joined.
bool introduces_quote(std::string_view line) {
  std::string text = lower(trim(line));
  if (text.size() > 300) return false;
  bool english =
      text.starts_with("on ") && (text.ends_with("wrote:") || text.ends_with("writes:") || text.ends_with("said:"));
  bool plain =
      text.ends_with(" wrote:") && (text.find('@') != std::string::npos || text.find("[email") != std::string::npos);
  auto ends = [&](std::string_view end) { return text.ends_with(end); };
  bool chinese = (ends("写道：") || ends("写道:") || ends("写道﹕") || ends("寫道：") || ends("寫道:")) &&
                 (text.find("于") != std::string::npos || text.find("在") != std::string::npos ||
                  text.find('<') != std::string::npos || text.find("20") != std::string::npos);
  bool german = text.starts_with("am ") && text.ends_with("schrieb:");
  return english || plain || chinese || german;
}

// "Ville wrote :", "Michael said:": an introduction only where a quoted line follows.
bool names_an_author(std::string_view line) {
  std::string text = lower(trim(line));
  if (text.size() > 160) return false;
  for (std::string_view end :
       {"wrote:", "wrote :", "writes:", "writes :", "said:", "schrieb:", "写道：", "写道:", "寫道：", "说：", "說："}) {
    if (text.ends_with(end)) return true;
  }
  return false;
}

bool begins_introduction(std::string_view line) {
  std::string text = lower(trim(line));
  return text.starts_with("on ") || text.starts_with("在") || text.starts_with("am ");
}

// "-----Original Message-----", "---------- Forwarded message ---------", "------------------ 原始邮件
// ------------------".
enum class Rule { kNone, kOriginal, kForwarded };
Rule rule_of(std::string_view line) {
  std::string text = lower(trim(line));
  if (!(text.starts_with("--") || text.starts_with("__") || text.starts_with("——") || text.starts_with("=="))) {
    return text.starts_with("begin forwarded message") ? Rule::kForwarded : Rule::kNone;
  }
  for (std::string_view each : {"original message", "original appointment", "原始邮件", "原邮件", "ursprüngliche",
                                "回复的原邮件", "原始郵件"}) {
    if (text.find(each) != std::string::npos) return Rule::kOriginal;
  }
  for (std::string_view each : {"forwarded message", "转发邮件", "转发的邮件", "轉寄郵件", "转发信息"}) {
    if (text.find(each) != std::string::npos) return Rule::kForwarded;
  }
  return Rule::kNone;
}

// Which header of a pasted mail head the line is: 1 sender, 2 any other, 0 none.
int head_line(std::string_view line) {
  std::string text = lower(trim(line));
  while (text.starts_with('*') || text.starts_with('>')) text.erase(0, 1);
  auto starts = [&](std::string_view name) {
    if (!text.starts_with(name)) return false;
    std::string_view rest = std::string_view(text).substr(name.size());
    while (rest.starts_with('*') || rest.starts_with(' ')) rest.remove_prefix(1);
    return rest.starts_with(':') || rest.starts_with("：");
  };
  for (std::string_view name : {"from", "发件人", "發件人", "寄件者", "von"}) {
    if (starts(name)) return 1;
  }
  for (std::string_view name : {"sent", "date", "to", "cc", "subject", "发送时间", "发送日期", "时间", "日期", "收件人",
                                "抄送", "主题", "寄件日期", "收件者", "主旨", "gesendet", "an", "betreff"}) {
    if (starts(name)) return 2;
  }
  return 0;
}

// A block of at least three such lines (wrapped ones between allowed) that begins with the sender.
bool is_mail_head(const std::vector<std::string_view>& lines, size_t at) {
  if (head_line(lines[at]) != 1) return false;
  int heads = 1;
  for (size_t i = at + 1; i < lines.size() && i < at + 8; ++i) {
    if (trim(lines[i]).empty() && heads > 1) break;
    heads += head_line(lines[i]) == 2;
  }
  return heads >= 3;
}

// Two wishes in one line end: "Sent from my iPhone", "发自我的iPhone", "Get Outlook for iOS".
bool is_device_line(std::string_view line) {
  std::string text = lower(trim(line));
  if (text.size() > 120) return false;
  for (std::string_view each :
       {"sent from my ", "sent from mail for", "sent from yahoo", "sent from outlook", "sent from samsung", "sent via ",
        "get outlook for", "sent with ", "von meinem iphone", "发自我的", "从我的iphone发送", "发自手机", "来自我的",
        "发送自", "由网易", "發自我的", "从手机发送", "来自qq邮箱"}) {
    if (text.starts_with(each)) return true;
  }
  return false;
}

bool is_disclaimer(std::string_view line) {
  std::string text = lower(trim(line));
  for (std::string_view each : {"this e-mail and any",
                                "this email and any",
                                "this message and any attach",
                                "this message contains confidential",
                                "this e-mail may contain",
                                "this email may contain",
                                "confidentiality notice",
                                "the information contained in this",
                                "the information in this e",
                                "disclaimer:",
                                "if you are not the intended recipient",
                                "please consider the environment",
                                "this communication is intended",
                                "本邮件及其附件",
                                "本邮件及附件",
                                "此邮件及其附件",
                                "本邮件含有保密",
                                "本邮件所含信息",
                                "免责声明",
                                "保密声明",
                                "此电子邮件",
                                "本电子邮件",
                                "如果您不是指定的收件人",
                                "如果您误收"}) {
    if (text.starts_with(each) ||
        (text.starts_with("*") && text.find(each) != std::string::npos && text.find(each) < 6))
      return true;
  }
  return false;
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

std::string drop_quotes(std::string_view text) {
  std::vector<std::string_view> lines = lines_of(text), kept;
  auto next_words = [&](size_t i) {
    while (i < lines.size() && trim(lines[i]).empty()) ++i;
    return i;
  };
  bool dropped = false;  // since the last line that was kept
  for (size_t i = 0; i < lines.size(); ++i) {
    Rule rule = rule_of(lines[i]);
    bool head = rule == Rule::kNone && is_mail_head(lines, i);
    if (rule == Rule::kForwarded) {  // what follows is what the sender wants to be read
      kept.insert(kept.end(), lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end());
      break;
    }
    if (rule == Rule::kOriginal || head) break;  // all that follows is history
    bool gap = dropped && trim(lines[i]).empty() && !kept.empty() && trim(kept.back()).empty();
    if (is_quoted(lines[i]) || gap) {
      dropped = true;
      continue;
    }
    bool introduces = introduces_quote(lines[i]);
    size_t used = 1;
    if (!introduces && i + 1 < lines.size() && !trim(lines[i]).empty()) {  // wrapped over two lines
      std::string both = std::string(trim(lines[i])) + " " + std::string(trim(lines[i + 1]));
      introduces = introduces_quote(both) && (begins_introduction(lines[i]) || !introduces_quote(lines[i + 1]));
      used = introduces ? 2 : 1;
    }
    if (introduces) {
      // History follows, quoted or (where a client puts no marks) not; without anything after it, it introduces
      // nothing.
      size_t next = next_words(i + used);
      if (next == lines.size() || !is_quoted(lines[next])) break;
      i += used - 1;
      dropped = true;
      continue;
    }
    if (names_an_author(lines[i])) {
      size_t next = next_words(i + 1);
      dropped = next < lines.size() && is_quoted(lines[next]);
      if (dropped) continue;
    }
    dropped = false;
    kept.push_back(lines[i]);
  }
  std::string own = joined(kept, kept.size());
  return blank(own) ? joined(lines, lines.size()) : own;
}

bool is_forward(std::string_view subject) {
  std::string text = lower(trim(subject));
  for (std::string_view each :
       {"fwd:", "fw:", "tr:", "tr :", "wg:", "转发:", "转发：", "转:", "转：", "轉寄:", "轉寄：", "fwd：", "fw："}) {
    if (text.starts_with(each)) return true;
  }
  return false;
}

std::string drop_signature(std::string_view text) {
  std::vector<std::string_view> lines = lines_of(text);
  // An OpenPGP signed text (RFC 9580 7.1): the armour goes, the words stay.
  if (!lines.empty() && trim(lines[0]) == "-----BEGIN PGP SIGNED MESSAGE-----") {
    size_t begin = 1;
    while (begin < lines.size() && !trim(lines[begin]).empty()) ++begin;
    auto end = std::ranges::find_if(
        lines, [](std::string_view line) { return trim(line) == "-----BEGIN PGP SIGNATURE-----"; });
    lines.erase(end, lines.end());
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(begin, lines.size())));
  }
  size_t end = lines.size();
  auto own_words_before = [&](size_t at) { return !blank(joined(lines, at)); };
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    while (line.ends_with('\r')) line.remove_suffix(1);
    // "-- " of RFC 3676 4.3, and "--" alone, which mailers make of it; only near the end.
    if ((line == "-- " || line == "--") && lines.size() - i <= 20 && own_words_before(i)) {
      end = i;
      break;
    }
    if (is_disclaimer(line) && own_words_before(i)) {
      end = i;
      break;
    }
  }
  // A device line is the last but for blank ones.
  size_t last = end;
  while (last > 0 && trim(lines[last - 1]).empty()) --last;
  if (last > 0 && is_device_line(lines[last - 1]) && own_words_before(last - 1)) end = last - 1;
  return joined(lines, end);
}

}  // namespace fovea::clean
