#include "serve/fetch/uri.h"

#include <algorithm>

#include "serve/fetch/limits.h"

namespace fovea::fetch {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string percent_encoded(std::string_view text, bool keep_slash) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[static_cast<uint8_t>(c) & 15];
    }
  }
  return out;
}

Result<Uri> parse_uri(std::string_view url) {
  const auto wrong = [](std::string message) {
    return fail(Code::kInvalidArgument, std::move(message), "url", "write https://HOST[:PORT]/PATH");
  };
  if (url.size() > kUrlBytesMax) return wrong("is too long for a URL");
  Uri out;
  if (url.starts_with("https://")) {
    out.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return wrong("begins neither with http:// nor with https://");
  }
  if (std::ranges::any_of(url, [](char c) { return static_cast<uint8_t>(c) <= 0x20 || c == 0x7f; }))
    return wrong("has blanks or control characters");
  url = url.substr(0, url.find('#'));
  const size_t end = std::min(url.find_first_of("/?"), url.size());
  out.authority = url.substr(0, end);
  if (out.authority.find('@') != std::string::npos) return wrong("has a user in it; give credentials by reference");
  std::string_view host = out.authority;
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (host.empty()) return wrong("has no host");
  out.host = host;
  std::ranges::transform(out.host, out.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = url.substr(end);
  const size_t question = rest.find('?');
  out.path = rest.substr(0, question);
  if (out.path.empty()) out.path = "/";
  if (question != std::string_view::npos) out.query = rest.substr(question + 1);
  return out;
}

bool is_loopback(const Uri& uri) {
  return uri.host == "localhost" || uri.host == "::1" ||
         (uri.host.starts_with("127.") &&
          std::ranges::all_of(uri.host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

}  // namespace fovea::fetch
