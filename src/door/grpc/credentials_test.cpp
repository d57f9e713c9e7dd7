#include "door/grpc/credentials.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "door/grpc/calling_test.h"
#include "serve/wire_grpc/v2_stub.h"

namespace fovea::rpc {
namespace {

namespace fs = std::filesystem;

// A folder with an authority `ca`, and `server` and `client` certified by it; gone with the test.
class Certificates : public ::testing::Test {
 protected:
  Certificates() {
    std::string name = ::testing::TempDir() + "credentials-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2");
    certify("server", "subjectAltName=IP:127.0.0.1");
    certify("client", "subjectAltName=DNS:reporting.example");
  }
  ~Certificates() override { fs::remove_all(folder_); }

  void run(const std::string& arguments) {
    ASSERT_EQ(std::system(("cd " + folder_ + " && openssl " + arguments + " >/dev/null 2>&1").c_str()), 0) << arguments;
  }
  void certify(const std::string& name, const std::string& extension) {
    std::ofstream(folder_ + "/" + name + ".ext") << extension;
    run("req -newkey rsa:2048 -nodes -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name);
    run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -out " + name +
        ".pem -days 2 -extfile " + name + ".ext");
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  ServerOptions with_tls() const {
    ServerOptions options;
    options.port = 0;
    options.tls_certificate = path("server.pem");
    options.tls_key = path("server.key");
    return options;
  }

  std::string folder_;
};

// Keeps the certificate's names that it was asked with.
class Names final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask& ask) override {
    names.assign(ask.names.begin(), ask.names.end());
    return access::Caller{};
  }
  bool guarded() const override { return true; }
  std::vector<std::string> names;
};

bool lives(uint16_t port, const std::shared_ptr<::grpc::ChannelCredentials>& credentials) {
  ::grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.use_local_subchannel_pool", 1);  // else one that failed with other credentials is found again
  const auto stub = ::inference::GRPCInferenceService::NewStub(
      ::grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), credentials, arguments));
  ::grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  ::inference::ServerLiveResponse response;
  return stub->ServerLive(&context, {}, &response).ok();
}

TEST_F(Certificates, OfTheServerAndOfClients) {
  const SystemClock clock;
  wire::StubInference stub;
  Names names;
  Service service(stub, clock, names), another(stub, clock, names);
  ::grpc::SslCredentialsOptions trusting{text("ca.pem"), "", ""};
  ::grpc::SslCredentialsOptions known{text("ca.pem"), text("client.key"), text("client.pem")};
  auto server = Server::start(with_tls(), service);
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_TRUE(lives((*server)->port(), ::grpc::SslCredentials(trusting)));
  EXPECT_TRUE(names.names.empty());
  EXPECT_FALSE(lives((*server)->port(), ::grpc::InsecureChannelCredentials()));
  (*server)->stop();
  ServerOptions mutual = with_tls();
  mutual.tls_client_ca = path("ca.pem");
  server = Server::start(mutual, another);
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_FALSE(lives((*server)->port(), ::grpc::SslCredentials(trusting)));
  EXPECT_TRUE(lives((*server)->port(), ::grpc::SslCredentials(known)));
  EXPECT_EQ(names.names, (std::vector<std::string>{"dns:reporting.example", "cn:client"}));
  (*server)->stop();
}

TEST_F(Certificates, WhatIsNoneIsSaid) {
  const auto where = [](ServerOptions options) {
    const auto out = credentials_of(options);
    return out ? std::string("usable") : out.error().where;
  };
  EXPECT_EQ(where(with_tls()), "usable");
  ServerOptions options = with_tls();
  options.tls_certificate = path("none.pem");
  EXPECT_EQ(where(options), options.tls_certificate);
  options = with_tls();
  options.tls_key = path("client.key");  // of another certificate
  EXPECT_EQ(where(options), options.tls_key);
  options = with_tls();
  options.tls_client_ca = path("server.key");
  EXPECT_EQ(where(options), options.tls_client_ca);
}

TEST(CheckedAddress, LoopbackUnlessTlsAndCredentials) {
  const auto of = [](std::string address, bool tls, bool keys, std::string client_ca = {}) {
    ServerOptions options;
    options.address = std::move(address);
    if (tls) options.tls_certificate = options.tls_key = "x";
    options.keys_asked = keys;
    options.tls_client_ca = std::move(client_ca);
    const auto out = checked_address(options);
    return out ? out->host + (out->loopback ? " loopback" : "") : "refused";
  };
  EXPECT_EQ(of("127.0.0.1", false, false), "127.0.0.1 loopback");
  EXPECT_EQ(of("localhost", false, false), "127.0.0.1 loopback");
  EXPECT_EQ(of("::1", false, false), "::1 loopback");
  EXPECT_EQ(of("0.0.0.0", false, false), "refused");
  EXPECT_EQ(of("0.0.0.0", true, false), "refused");
  EXPECT_EQ(of("0.0.0.0", false, true), "refused");
  EXPECT_EQ(of("0.0.0.0", true, true), "0.0.0.0");
  EXPECT_EQ(of("::", true, false, "ca"), "::");
  EXPECT_EQ(of("127.0.0.1", false, false, "ca"), "refused");
  EXPECT_EQ(of("nowhere", true, true), "refused");
}

}  // namespace
}  // namespace fovea::rpc
