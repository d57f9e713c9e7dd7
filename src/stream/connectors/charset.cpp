#include "stream/connectors/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/utf8.h"

namespace fovea::connectors {
namespace {

bool is_ascii(std::string_view bytes) {
  return std::ranges::none_of(bytes, [](unsigned char c) { return c >= 0x80; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The converter's name for a label; empty for labels that say nothing.
std::string converter_of(std::string_view label) {
  std::string name = lower(label);
  std::erase_if(name, [](char c) { return c == '"' || c == '\'' || c == ' '; });
  for (std::string_view each : {"gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "gb-2312", "csgb2312", "euc-cn"}) {
    if (name == each) return "gb18030";
  }
  for (std::string_view each : {"iso-8859-1", "latin1", "us-ascii", "ascii", "ansi_x3.4-1968", "iso8859-1", "cp1252"}) {
    if (name == each) return "windows-1252";
  }
  for (std::string_view each : {"unknown-8bit", "x-unknown", "default", "default_charset", "8bit", "x-user-defined"}) {
    if (name == each) return "";
  }
  if (name == "utf8" || name == "unicode-1-1-utf-8") return "utf-8";
  return name;
}

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
  void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};

// Decodes as `converter` says; what cannot be decoded becomes U+FFFD. Empty result and false: no such converter.
bool convert(std::string_view bytes, const std::string& converter, std::string& out) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UConverter, Close> from(ucnv_open(converter.c_str(), &error));
  if (U_FAILURE(error) || !from) return false;
  std::unique_ptr<UConverter, Close> to(ucnv_open("UTF-8", &error));
  if (U_FAILURE(error)) return false;
  out.resize(bytes.size() * 4 + 16);
  char* target = out.data();
  const char* source = bytes.data();
  ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &source, source + bytes.size(), nullptr,
                 nullptr, nullptr, nullptr, true, true, &error);
  out.resize(static_cast<size_t>(target - out.data()));
  return U_SUCCESS(error);
}

std::string guess(std::string_view bytes) {
  if (is_utf8(bytes)) return "utf-8";
  if (plausible_gb18030(bytes)) return "gb18030";
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<UCharsetDetector, Close> detector(ucsdet_open(&error));
  if (U_FAILURE(error)) return "windows-1252";
  constexpr size_t kLookedAt = 16u << 10;
  ucsdet_setText(detector.get(), bytes.data(), static_cast<int32_t>(std::min(bytes.size(), kLookedAt)), &error);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &error);
  constexpr int32_t kSureEnough = 40;
  if (U_FAILURE(error) || match == nullptr || ucsdet_getConfidence(match, &error) < kSureEnough) return "windows-1252";
  std::string name = converter_of(ucsdet_getName(match, &error));
  bool wide = name.starts_with("utf-16") || name.starts_with("utf-32") || name.starts_with("ibm");
  return wide ? "windows-1252" : name;
}

}  // namespace

// GB2312 characters have both bytes from A1 on, the common ones their first from B0 to D7. Cyrillic in one-byte code
// pages looks alike, but stays within a third of the range.
bool plausible_gb18030(std::string_view bytes) {
  size_t common = 0, pairs = 0, high = 0, narrow = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto a = static_cast<unsigned char>(bytes[i]);
    if (a < 0x80) continue;
    ++high;
    if (i + 1 >= bytes.size()) break;
    auto b = static_cast<unsigned char>(bytes[i + 1]);
    if (a == 0x80 || a == 0xFF || b < 0x40) continue;
    ++pairs;
    ++i;
    if (b < 0xA1) continue;
    common += (a >= 0xB0 && a <= 0xD7) || a == 0xA1 || a == 0xA3;
    narrow += b >= 0xC0 && b <= 0xDF;
  }
  if (pairs == 0 || high > pairs + pairs / 8 + 1) return false;
  if (pairs >= 6 && narrow * 10 > pairs * 9) return false;
  return common * 10 >= pairs * 7;
}

Decoded to_utf8(std::string_view bytes, std::string_view label) {
  std::string converter = converter_of(label);
  bool stateful = converter.starts_with("iso-2022") || converter.starts_with("hz") || converter.starts_with("utf-16") ||
                  converter.starts_with("utf-32") || converter.starts_with("utf-7");
  if (!stateful && is_ascii(bytes)) return {std::string(bytes), false};
  if (!stateful && is_utf8(bytes)) return {std::string(bytes), converter != "utf-8"};
  bool repaired = false;
  if (converter.empty() || converter == "utf-8" || (converter == "windows-1252" && plausible_gb18030(bytes))) {
    // Mostly UTF-8 with a broken byte here and there stays UTF-8; anything else is what it looks like.
    size_t broken = 0, multibyte = 0;
    for (size_t at = 0; at < bytes.size();) {
      bool ascii = static_cast<unsigned char>(bytes[at]) < 0x80;
      char32_t c = next_code_point(bytes, at);
      broken += c == kReplacement;
      multibyte += !ascii && c != kReplacement;
    }
    if (converter == "utf-8" && multibyte > 4 * broken) return {repair_utf8(bytes), true};
    converter = guess(bytes);
    repaired = true;
  }
  std::string out;
  if (!convert(bytes, converter, out)) {
    if (!convert(bytes, guess(bytes), out)) return {repair_utf8(bytes), true};
    repaired = true;
  }
  return {repair_utf8(out), repaired};
}

}  // namespace fovea::connectors
