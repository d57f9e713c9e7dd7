// The client of gRPC's server reflection: ::grpc::reflection::v1::ServerReflection::NewStub(channel).
// Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/reflection_v1.grpc.pb.h>
