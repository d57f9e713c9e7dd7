#include "door/assemble/grpc_door.h"

#include <gtest/gtest.h>

namespace fovea::assemble {
namespace {

TEST(GrpcDoor, ReadsAnAddress) {
  HttpDoor door;
  door.tls_certificate = "c";
  door.tls_key = "k";
  door.tls_client_ca = "a";
  const auto options = grpc_options("[::1]:9", door, true);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->address, "::1");
  EXPECT_EQ(options->port, 9);
  EXPECT_TRUE(options->keys_asked);
  EXPECT_EQ(options->tls_certificate + options->tls_key + options->tls_client_ca, "cka");
  for (const char* bad : {"", "8081", ":8081", "host:", "host:x", "host:65536", "host:-1", "host:80 "}) {
    EXPECT_EQ(grpc_options(bad, door, false).error().where, "--grpc") << bad;
  }
}

}  // namespace
}  // namespace fovea::assemble
