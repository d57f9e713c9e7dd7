#include "stream/connectors/mail_body.h"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <algorithm>

#include "base/utf8.h"
#include "stream/clean/html_text.h"
#include "stream/connectors/charset.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// At most kTextBytesMax, cut before a code point.
void bound(std::string& text, bool& truncated) {
  if (text.size() <= kTextBytesMax) return;
  size_t end = kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  truncated = true;
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\xC2\xA0") == std::string_view::npos;
}

std::string bytes_in(GMimeStream* memory) {
  GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

// Words with blanks between, where base64 has none but line ends.
bool is_no_base64(std::string_view raw) {
  auto within = static_cast<size_t>(std::ranges::count_if(
      raw, [](unsigned char c) { return c == ' ' || c == '.' || c == ',' || c == '?' || c == '!' || c >= 0x80; }));
  return within * 20 > raw.size();
}

// The content of a leaf, its transfer encoding undone; as it stands where it says base64 and is not.
std::string content_of(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  if (g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_BASE64) {
    GMimeStream* from = g_mime_data_wrapper_get_stream(content);
    GMimeStream* raw = g_mime_stream_mem_new();
    g_mime_stream_reset(from);
    g_mime_stream_write_to_stream(from, raw);
    g_mime_stream_reset(from);
    std::string bytes = bytes_in(raw);
    g_object_unref(raw);
    if (is_no_base64(bytes)) return bytes;
  }
  GMimeStream* memory = g_mime_stream_mem_new();
  g_mime_data_wrapper_write_to_stream(content, memory);
  std::string out = bytes_in(memory);
  g_object_unref(memory);
  return out;
}

// "<meta charset=...>" of an HTML part without a label.
std::string html_charset(std::string_view html) {
  std::string head(html.substr(0, 2048));
  std::ranges::transform(head, head.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  size_t at = head.find("charset=");
  if (at == std::string::npos) return {};
  at = head.find_first_not_of("\"' ", at + 8);
  if (at == std::string::npos) return {};
  return head.substr(at, std::min(head.find_first_of("\"' />;", at), head.size()) - at);
}

// RFC 3676: lines that end with a blank go on in the next one.
std::string unflow(std::string_view text, bool delete_space) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool quoted = line.starts_with('>');
    bool flows = line.ends_with(' ') && line != "-- " && !quoted;
    if (line.starts_with(' ') && !quoted) line.remove_prefix(1);  // stuffed
    out += flows && delete_space ? line.substr(0, line.size() - 1) : line;
    if (!flows) out += '\n';
  }
  return out;
}

// A plain part that only says that the reader should look at the HTML.
bool is_boilerplate(std::string_view text) {
  constexpr size_t kBytesMax = 400;
  if (blank(text)) return true;
  if (text.size() > kBytesMax) return false;
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (std::string_view each : {"html-capable",
                                "html capable",
                                "does not support html",
                                "doesn't support html",
                                "supports html",
                                "html-compatible",
                                "html compatible",
                                "view this email in your browser",
                                "view it in your browser",
                                "enable html",
                                "html version",
                                "this is a multi-part message",
                                "html format",
                                "html e-mail",
                                "html email",
                                "html-format",
                                "不支持html",
                                "支持html",
                                "以html",
                                "浏览器中查看",
                                "html格式",
                                "超文本"}) {
    if (low.find(each) != std::string::npos) return true;
  }
  return false;
}

class Reader {
 public:
  MailBody take() {
    // Bodies one after another: the plain ones, and HTML where there was no plain one.
    bound(body_.text, body_.truncated);
    bound(body_.html, body_.truncated);
    bound(body_.forwarded, body_.truncated);
    return std::move(body_);
  }

  void message(GMimeMessage* message, size_t depth, size_t forwards) {
    GMimeObject* root = message == nullptr ? nullptr : g_mime_message_get_mime_part(message);
    if (root != nullptr) part(root, depth, forwards);
  }

 private:
  void part(GMimeObject* object, size_t depth, size_t forwards) {
    if (++parts_ > kMimePartsMax || depth > kMimeDepthMax) {
      body_.truncated = true;
      return;
    }
    if (GMIME_IS_MULTIPART(object)) {
      multipart(GMIME_MULTIPART(object), depth, forwards);
    } else if (GMIME_IS_MESSAGE_PART(object)) {
      forwarded(GMIME_MESSAGE_PART(object), depth, forwards);
    } else if (GMIME_IS_PART(object)) {
      leaf(GMIME_PART(object));
    }
  }

  void multipart(GMimeMultipart* parts, size_t depth, size_t forwards) {
    GMimeContentType* type = g_mime_object_get_content_type(GMIME_OBJECT(parts));
    int count = g_mime_multipart_get_count(parts);
    if (type != nullptr && g_mime_content_type_is_type(type, "multipart", "alternative")) {
      alternative(parts, count, depth, forwards);
      return;
    }
    for (int i = 0; i < count; ++i) part(g_mime_multipart_get_part(parts, i), depth + 1, forwards);
  }

  // The same thing in several forms: each is read into its own Texts; plain wins unless it says nothing.
  void alternative(GMimeMultipart* parts, int count, size_t depth, size_t forwards) {
    std::string text = std::move(body_.text), html = std::move(body_.html);
    std::string plain_text, html_text, html_source;
    for (int i = 0; i < count; ++i) {
      body_.text.clear();
      body_.html.clear();
      part(g_mime_multipart_get_part(parts, i), depth + 1, forwards);
      if (!body_.html.empty()) {
        html_text = std::move(body_.text);
        html_source = std::move(body_.html);
      } else if (!blank(body_.text)) {
        plain_text = std::move(body_.text);
      }
    }
    bool plain = !is_boilerplate(plain_text) || blank(html_text);
    body_.text = std::move(text);
    body_.html = std::move(html);
    append(body_.text, plain ? plain_text : html_text);
    append(body_.html, html_source);
  }

  void forwarded(GMimeMessagePart* part, size_t depth, size_t forwards) {
    GMimeMessage* inner = g_mime_message_part_get_message(part);
    if (inner == nullptr) return;
    if (forwards >= kForwardDepthMax) {
      body_.truncated = true;
      return;
    }
    Reader reader;
    reader.parts_ = parts_;
    reader.message(inner, depth + 1, forwards + 1);
    parts_ = reader.parts_;
    MailBody within = reader.take();
    std::string text;
    for (const char* name : {"From", "Date", "Subject"}) {
      GMimeHeader* header = g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(inner)), name);
      if (header == nullptr) continue;
      text += fmt::format("{}: {}\n", name, decode_header(view(g_mime_header_get_raw_value(header))));
    }
    append(body_.forwarded, text + "\n" + within.text);
    append(body_.forwarded, within.forwarded);
    for (Json& each : within.attachments) attach(std::move(each));
    body_.charset_repaired |= within.charset_repaired;
    body_.truncated |= within.truncated;
  }

  void leaf(GMimePart* part) {
    GMimeObject* object = GMIME_OBJECT(part);
    GMimeContentType* type = g_mime_object_get_content_type(object);
    bool text = type == nullptr || g_mime_content_type_is_type(type, "text", "*");
    bool html = type != nullptr && g_mime_content_type_is_type(type, "text", "html");
    bool readable = html || type == nullptr || g_mime_content_type_is_type(type, "text", "plain") ||
                    g_mime_content_type_is_type(type, "text", "enriched");
    std::string_view disposition = view(g_mime_object_get_disposition(object));
    std::string_view file = view(g_mime_part_get_filename(part));
    std::string content = content_of(part);
    bool attached = g_ascii_strcasecmp(std::string(disposition).c_str(), "attachment") == 0;
    if (!text || !readable || attached) {
      JsonObject attachment;
      attachment["name"] = decode_header(file);
      attachment["type"] = type == nullptr
                               ? "application/octet-stream"
                               : fmt::format("{}/{}", repair_utf8(view(g_mime_content_type_get_media_type(type))),
                                             repair_utf8(view(g_mime_content_type_get_media_subtype(type))));
      attachment["bytes"] = content.size();
      attach(std::move(attachment));
      return;
    }
    if (content.size() > 4 * kTextBytesMax) {
      content.resize(4 * kTextBytesMax);
      body_.truncated = true;
    }
    std::string_view label = type == nullptr ? "" : view(g_mime_content_type_get_parameter(type, "charset"));
    std::string guessed = html && label.empty() ? html_charset(content) : std::string(label);
    Decoded decoded = to_utf8(content, guessed);
    body_.charset_repaired |= decoded.repaired && !is_utf8(content);
    std::erase(decoded.text, '\0');
    body_text(std::move(decoded.text), html, type);
  }

  void body_text(std::string text, bool html, GMimeContentType* type) {
    if (html || clean::looks_like_html(text)) {
      clean::Tricks tricks;
      append(body_.text, clean::html_to_text(text, tricks));
      append(body_.html, text);
      return;
    }
    const char* format = type == nullptr ? nullptr : g_mime_content_type_get_parameter(type, "format");
    const char* delsp = type == nullptr ? nullptr : g_mime_content_type_get_parameter(type, "delsp");
    bool flowed = format != nullptr && g_ascii_strcasecmp(format, "flowed") == 0;
    append(body_.text, flowed ? unflow(text, delsp != nullptr && g_ascii_strcasecmp(delsp, "yes") == 0) : text);
  }

  void append(std::string& to, std::string_view text) {
    if (blank(text)) return;
    if (!to.empty()) to += to.ends_with('\n') ? "\n" : "\n\n";
    to += text;
    bound(to, body_.truncated);
  }

  void attach(Json attachment) {
    if (body_.attachments.size() < kAttachmentsMax) {
      body_.attachments.push_back(std::move(attachment));
    } else {
      body_.truncated = true;
    }
  }

  MailBody body_;
  size_t parts_ = 0;
};

}  // namespace

MailBody read_mail_body(GMimeMessage* message) {
  Reader reader;
  reader.message(message, 0, 0);
  return reader.take();
}

}  // namespace fovea::connectors
