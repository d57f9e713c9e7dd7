// Messages of gRPC's server reflection, both versions: ::grpc::reflection::v1 and v1alpha. Heavy: for .cpp files only.
#pragma once

#include <serve/wire_grpc/reflection_v1.pb.h>
#include <serve/wire_grpc/reflection_v1alpha.pb.h>
