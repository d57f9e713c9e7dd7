// Certificates that openssl's own program made.
#include "door/access/certificate_names.h"

#include <cstdlib>

#include "base/files.h"
#include "door/access/written_files_test.h"

namespace fovea::access {
namespace {

class CertificateNames : public WrittenFiles {
 protected:
  std::string made(const std::string& subject, const std::string& names, const std::string& form = "PEM") {
    const std::string path = folder_ + "/c";
    const std::string order = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout " +
                              folder_ + "/k -subj '" + subject + "' " +
                              (names.empty() ? "" : "-addext 'subjectAltName=" + names + "' ") +
                              "2>/dev/null | openssl x509 -outform " + form + " -out " + path;
    EXPECT_EQ(std::system(order.c_str()), 0) << order;
    return *read_file(path);
  }
  using Names = std::vector<std::string>;
};

TEST_F(CertificateNames, AlternativeNamesAndTheCommonName) {
  const std::string names = "DNS:a.example,URI:spiffe://acme/reporting,email:ops@acme.example,IP:127.0.0.1";
  const Names want{"dns:a.example", "uri:spiffe://acme/reporting", "email:ops@acme.example", "cn:Reporting Job"};
  EXPECT_EQ(certificate_names(made("/O=acme/CN=Reporting Job", names)), want);
  EXPECT_EQ(certificate_names(made("/O=acme/CN=Reporting Job", names, "DER")), want);
}

TEST_F(CertificateNames, WhatIsNotClearIsLeftOut) {
  EXPECT_EQ(certificate_names(made("/O=acme", "")), Names{});
  EXPECT_EQ(certificate_names(made("/CN=one/CN=two", "")), Names{}) << "which of them?";
  EXPECT_EQ(certificate_names("nonsense").error().code, Code::kInvalidArgument);
  EXPECT_FALSE(certificate_names(""));
  EXPECT_FALSE(certificate_names("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

TEST(CertificateName, Kinds) {
  EXPECT_TRUE(is_certificate_name("dns:a"));
  EXPECT_TRUE(is_certificate_name("cn:Reporting Job"));
  EXPECT_FALSE(is_certificate_name("dns:"));
  EXPECT_FALSE(is_certificate_name("a.example"));
}

}  // namespace
}  // namespace fovea::access
