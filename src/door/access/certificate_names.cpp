#include "door/access/certificate_names.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "door/access/limits.h"

namespace fovea::access {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* it) const {
    kFree(it);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

Certificate parse(std::string_view text) {
  if (text.starts_with("-----BEGIN")) {
    const std::unique_ptr<BIO, Free<BIO_free_all>> in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return Certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  }
  const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
  return Certificate(d2i_X509(nullptr, &begin, static_cast<long>(text.size())));
}

// Names with a NUL or the like have been used to look like another's.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

void add(std::vector<std::string>& out, std::string_view kind, const ASN1_STRING* value) {
  if (value == nullptr || out.size() >= kCertificateNamesMax) return;
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                              static_cast<size_t>(ASN1_STRING_length(value)));
  if (is_plain(text)) out.push_back(std::string(kind) + std::string(text));
}

void add_common_name(std::vector<std::string>& out, X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return;  // none, or which of them?
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return;
  const std::string_view name(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  const bool shown =
      !name.empty() && name.size() <= 1024 && std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (shown) out.push_back("cn:" + std::string(name));
  OPENSSL_free(text);
}

}  // namespace

Result<std::vector<std::string>> certificate_names(std::string_view text) {
  const Certificate certificate = parse(text);
  if (!certificate) return fail(Code::kInvalidArgument, "is no certificate", {}, "PEM or DER");
  std::vector<std::string> out;
  const Names names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(names.get(), i);
    if (each->type == GEN_DNS) add(out, "dns:", each->d.dNSName);
    if (each->type == GEN_URI) add(out, "uri:", each->d.uniformResourceIdentifier);
    if (each->type == GEN_EMAIL) add(out, "email:", each->d.rfc822Name);
  }
  add_common_name(out, certificate.get());
  return out;
}

bool is_certificate_name(std::string_view name) {
  constexpr std::string_view kKinds[] = {"dns:", "uri:", "email:", "cn:"};
  return std::ranges::any_of(kKinds, [&](auto kind) { return name.starts_with(kind) && name.size() > kind.size(); });
}

}  // namespace fovea::access
