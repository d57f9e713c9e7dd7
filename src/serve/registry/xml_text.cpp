#include "serve/registry/xml_text.h"

#include <charconv>
#include <cstdint>

#include "base/utf8.h"

namespace fovea::registry {
namespace {

// False: not one that is known.
bool append_entity(std::string& out, std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, letter] : kNamed) {
    if (name != known) continue;
    out += letter;
    return true;
  }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const int base = name.starts_with('x') ? 16 : 10;
  if (base == 16) name.remove_prefix(1);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  if (error != std::errc() || end != name.data() + name.size() || code == 0 || code > 0x10ffff ||
      (code >= 0xd800 && code < 0xe000))
    return false;
  append_utf8(code, out);
  return true;
}

}  // namespace

std::optional<std::string_view> next_element(std::string_view xml, std::string_view name, size_t& from) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const size_t begin = xml.find(open, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t end = xml.find(close, begin + open.size());
  if (end == std::string_view::npos) return std::nullopt;
  from = end + close.size();
  return xml.substr(begin + open.size(), end - begin - open.size());
}

std::string element_text(std::string_view xml, std::string_view name) {
  size_t from = 0;
  const auto found = next_element(xml, name, from);
  if (!found) return "";
  std::string out;
  for (size_t i = 0; i < found->size(); ++i) {
    const char c = (*found)[i];
    const size_t end = c == '&' ? found->find(';', i) : std::string_view::npos;
    if (end != std::string_view::npos && append_entity(out, found->substr(i + 1, end - i - 1))) {
      i = end;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace fovea::registry
