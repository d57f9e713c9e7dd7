// The clients of text-embeddings-inference over gRPC: ::tei::v1::Embed::NewStub(channel) and the other services.
// Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/tei.grpc.pb.h>
