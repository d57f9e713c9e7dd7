// Messages of text-embeddings-inference over gRPC (tei.proto): ::tei::v1::EmbedRequest and the rest.
// Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/tei.pb.h>
