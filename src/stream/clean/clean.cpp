#include "stream/clean/clean.h"

#include <array>

#include "stream/clean/html_text.h"
#include "stream/clean/quotes.h"

namespace fovea::clean {
namespace {

constexpr std::array<std::string_view, 6> kBodies = {"text", "body", "message", "content", "description", "comment"};
constexpr std::array<std::string_view, 4> kLines = {"subject", "title", "from_name", "forwarded"};

void operator+=(Tricks& to, const Tricks& more) {
  to.zero_width += more.zero_width;
  to.bidi += more.bidi;
  to.variation_selectors += more.variation_selectors;
  to.control += more.control;
  to.homoglyphs += more.homoglyphs;
  to.hidden_html += more.hidden_html;
}

std::string_view view(const boost::json::string& text) {
  return {text.data(), text.size()};
}

}  // namespace

Cleaned clean_text(std::string_view text, const Options& options) {
  Cleaned out;
  std::string plain;
  if (options.html_to_text && looks_like_html(text)) {
    plain = html_to_text(text, out.tricks);
    text = plain;
  }
  out.text = normalise(text, out.tricks);
  if (options.drop_quotes) {
    std::string own = drop_quotes(out.text);
    out.quoted_bytes = out.text.size() - own.size();
    out.text = std::move(own);
  }
  if (options.drop_signature) {
    std::string own = drop_signature(out.text);
    out.signature_bytes = out.text.size() - own.size();
    out.text = std::move(own);
  }
  return out;
}

void clean_event(record::Event& event, const Options& options) {
  Tricks tricks;
  Json* html = event.fields.if_contains("html");
  if (html != nullptr && html->is_string() && !html->get_string().empty()) {
    if (!options.html_to_text) event.fields["text"] = html->get_string();
    // `text` was made from it when the mail was read; what was hidden in it is counted here.
    Tricks hidden;
    html_to_text(view(event.fields["html"].get_string()), hidden);
    tricks.hidden_html = hidden.hidden_html;
  }
  const Json* subject = event.fields.if_contains("subject");
  Options used = options;
  if (subject != nullptr && subject->is_string() && is_forward(view(subject->get_string()))) used.drop_quotes = false;
  for (std::string_view name : kBodies) {
    Json* value = event.fields.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    Cleaned cleaned = clean_text(view(value->get_string()), used);
    *value = cleaned.text;
    tricks += cleaned.tricks;
  }
  for (std::string_view name : kLines) {
    Json* value = event.fields.if_contains(name);
    if (value == nullptr || !value->is_string()) continue;
    *value = normalise(view(value->get_string()), tricks);
  }
  if (tricks.total() > 0) event.fields["tricks"] = to_json(tricks);
}

}  // namespace fovea::clean
