// Messages of gRPC's health checking (health.proto): ::grpc::health::v1::HealthCheckRequest and -Response.
// Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/health.pb.h>
