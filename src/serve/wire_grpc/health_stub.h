// The client of gRPC's health checking: ::grpc::health::v1::Health::NewStub(channel). Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/health.grpc.pb.h>
