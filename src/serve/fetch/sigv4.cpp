#include "serve/fetch/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/time_text.h"
#include "serve/fetch/uri.h"

namespace fovea::fetch {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hex_sha256(std::string_view bytes) {
  return to_hex(bytes_of(sha256(bytes)));
}

std::string keyed(std::string_view key, std::string_view text) {
  return std::string(bytes_of(hmac_sha256(key, text)));
}

// "20150830T123600Z"
std::string amz_date(TimePoint now) {
  const int64_t seconds = now.ns / 1'000'000'000, days = seconds / 86400, left = seconds % 86400;
  const CivilDate date = civil_from_days(days);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", date.year, date.month, date.day, left / 3600, left / 60 % 60,
                     left % 60);
}

// Parts sorted by name, then value; a part without '=' has an empty value.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parts;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    parts.emplace_back(part.substr(0, equals), equals == std::string_view::npos ? "" : part.substr(equals + 1));
  }
  std::ranges::sort(parts);
  std::string out;
  for (const auto& [name, value] : parts) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

// In small letters; blanks around it gone, runs of them inside one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string small(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

Result<Headers> sign_sigv4(const SigningRequest& request, const AwsCredentials& credentials, const SigningScope& scope,
                           TimePoint now) {
  FOVEA_TRY(const Uri uri, parse_uri(request.url));
  const std::string payload = request.payload_sha256.empty() ? hex_sha256("") : request.payload_sha256;
  const std::string date = amz_date(now);
  Headers added{{"X-Amz-Date", date}};
  if (scope.service == "s3") added.emplace_back("X-Amz-Content-Sha256", payload);
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);

  std::map<std::string, std::string> sorted{{"host", uri.authority}};
  for (const Headers* each : {&request.headers, &std::as_const(added)})
    for (const auto& [name, value] : *each) {
      auto [at, fresh] = sorted.try_emplace(small(name), canonical_value(value));
      if (!fresh) at->second += "," + canonical_value(value);
    }
  std::string headers, names;
  for (const auto& [name, value] : sorted) {
    headers += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string path = scope.service == "s3" ? uri.path : percent_encoded(uri.path, true);
  const std::string canonical =
      request.method + "\n" + path + "\n" + canonical_query(uri.query) + "\n" + headers + "\n" + names + "\n" + payload;
  const std::string day = date.substr(0, 8), where = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, where, hex_sha256(canonical));
  std::string key = keyed("AWS4" + credentials.secret_key, day);
  for (std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")})
    key = keyed(key, part);
  added.emplace_back("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                                  credentials.access_key, where, names, to_hex(keyed(key, to_sign))));
  return added;
}

}  // namespace fovea::fetch
