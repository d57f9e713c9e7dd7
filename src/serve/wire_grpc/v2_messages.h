// Messages of KServe v2 over gRPC (v2.proto), as protoc makes them: inference::ModelInferRequest and the rest.
// Heavy: for .cpp files only. Inside fovea they are called ::inference::..., since fovea::inference is ours.
#pragma once

#include <serve/wire_grpc/v2.pb.h>
