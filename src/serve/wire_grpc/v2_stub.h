// The client of KServe v2 over gRPC: ::inference::GRPCInferenceService::NewStub(channel). Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/v2.grpc.pb.h>
