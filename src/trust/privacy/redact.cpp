#include "trust/privacy/redact.h"

#include <algorithm>
#include <numeric>

#include "base/digest.h"
#include "base/suggest.h"

namespace fovea::privacy {
namespace {

constexpr size_t kPseudonymHexDigits = 12;  // 48 bits: two of a million senders collide with a chance of 0.2 %

enum class Pseudonyms { kWhole, kAll };

class Redactor {
 public:
  Redactor(Kinds kinds, std::string_view key) : kinds_(kinds), key_(key) {}

  // True where something was found; `text` is then replaced.
  bool text(std::string_view text, Pseudonyms pseudonyms, std::string& out) {
    std::vector<Span> spans = find_personal_data(text, kinds_);
    if (spans.empty()) return false;
    out.clear();
    size_t at = 0;
    for (const Span& span : spans) {
      std::string_view found = text.substr(span.begin, span.end - span.begin);
      bool whole = trimmed(text.substr(0, span.begin)).empty() && trimmed(text.substr(span.end)).empty();
      out += text.substr(at, span.begin - at);
      out += '[';
      out += kind_name(span.kind);
      if (whole || pseudonyms == Pseudonyms::kAll) out += ':' + pseudonym(found);
      out += ']';
      at = span.end;
      ++counts_.by_kind[static_cast<size_t>(span.kind)];
    }
    out += text.substr(at);
    return true;
  }

  void string(boost::json::string& value, Pseudonyms pseudonyms) {
    std::string out;
    if (text({value.data(), value.size()}, pseudonyms, out)) value = out;
  }

  void value(Json& json) {
    switch (json.kind()) {
      case boost::json::kind::string:
        string(json.get_string(), Pseudonyms::kWhole);
        break;
      case boost::json::kind::array:
        for (Json& each : json.get_array()) value(each);
        break;
      case boost::json::kind::object:
        object(json.get_object());
        break;
      case boost::json::kind::int64:
        number(json, json.get_int64() < 0 ? 0 : static_cast<uint64_t>(json.get_int64()));
        break;
      case boost::json::kind::uint64:
        number(json, json.get_uint64());
        break;
      default:
        break;
    }
  }

  void object(JsonObject& members) {
    bool rename = false;
    std::string out;
    for (auto& each : members) {
      value(each.value());
      rename = rename || !find_personal_data({each.key().data(), each.key().size()}, kinds_).empty();
    }
    if (!rename) return;
    JsonObject renamed;
    for (auto& each : members) {
      std::string_view name(each.key().data(), each.key().size());
      renamed.emplace(text(name, Pseudonyms::kAll, out) ? std::string_view(out) : name, std::move(each.value()));
    }
    members = std::move(renamed);
  }

  const Counts& counts() const { return counts_; }

 private:
  static std::string_view trimmed(std::string_view text) {
    size_t first = text.find_first_not_of(" \t\r\n<>\"'");
    return first == std::string_view::npos ? "" : text.substr(first);
  }

  // Of the letters and digits only: "138-0013-8000" and "13800138000" are one sender.
  std::string pseudonym(std::string_view found) const {
    std::string plain;
    for (char c : found) {
      if (c != ' ' && c != '-' && c != '(' && c != ')') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return to_hex(bytes_of(hmac_sha256(key_, plain))).substr(0, kPseudonymHexDigits);
  }

  // Only numbers long enough to be any of the kinds; a time in milliseconds (13 digits from 1) is none.
  void number(Json& json, uint64_t value) {
    if (value < 10'000'000'000u) return;
    std::string digits = std::to_string(value), out;
    if (digits.size() == 13 && digits[0] == '1') return;
    if (text(digits, Pseudonyms::kWhole, out)) json = out;
  }

  Kinds kinds_;
  std::string_view key_;
  Counts counts_;
};

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

Result<Kind> kind_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kKindNames, name);
  if (found != kKindNames.end()) return static_cast<Kind>(found - kKindNames.begin());
  return fail(Code::kInvalidArgument, "'" + std::string(name) + "' is no kind of personal data that can be redacted",
              "", suggest(name, kKindNames));
}

uint64_t Counts::total() const {
  return std::accumulate(by_kind.begin(), by_kind.end(), uint64_t{0});
}

Counts& Counts::operator+=(const Counts& other) {
  for (size_t i = 0; i < by_kind.size(); ++i) by_kind[i] += other.by_kind[i];
  return *this;
}

Json to_json(const Counts& counts) {
  JsonObject out;
  for (size_t i = 0; i < kKindNames.size(); ++i) {
    if (counts.by_kind[i] > 0) out[kKindNames[i]] = counts.by_kind[i];
  }
  return out;
}

std::string redact_text(std::string_view text, Kinds kinds, Counts& counts) {
  std::string out;
  size_t at = 0;
  for (const Span& span : find_personal_data(text, kinds)) {
    out += text.substr(at, span.begin - at);
    out += '[';
    out += kind_name(span.kind);
    out += ']';
    at = span.end;
    ++counts.by_kind[static_cast<size_t>(span.kind)];
  }
  out += text.substr(at);
  return out;
}

Counts redact_json(Json& value, Kinds kinds, std::string_view pseudonym_key) {
  Redactor redactor(kinds, pseudonym_key);
  redactor.value(value);
  return redactor.counts();
}

Counts redact_event(record::Event& event, Kinds kinds, std::string_view pseudonym_key) {
  Redactor redactor(kinds, pseudonym_key);
  std::string out;
  for (std::string_view name : {"id", "key"}) {
    if (Json* value = event.fields.if_contains(name); value && value->is_string()) {
      redactor.string(value->get_string(), Pseudonyms::kAll);
    }
  }
  redactor.object(event.fields);
  Counts counts = redactor.counts();
  // The same values as in `fields`: not counted again.
  for (std::string* text : {&event.id, &event.key, &event.original, &event.problem}) {
    if (redactor.text(*text, Pseudonyms::kAll, out)) *text = out;
  }
  return counts;
}

}  // namespace fovea::privacy
