// gRPC runs the ends of all callback calls, of servers and clients, on one queue with threads of its own, which goes
// with the last channel or server that used it. Its end races with those threads, and waits for ever where it comes in
// one of them (gRPC 1.51; issues 37858 and 40213 of grpc/grpc): a model that is unloaded must not end the process.
// Threads: any.
#pragma once

namespace fovea::grpc_wire {

// From the first call on the queue stays until the process ends.
void keep_callback_queue();

}  // namespace fovea::grpc_wire
