// A client in Go, which knows no proto of ours: it finds the service by reflection, calls it, streams, watches health,
// and meets deadlines. usage: grpc_go HOST:PORT
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	health "google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const service = "inference.GRPCInferenceService"

func must(err error) {
	if err != nil {
		fmt.Println("FAIL:", err)
		os.Exit(1)
	}
}

func check(holds bool, what ...any) {
	if !holds {
		must(fmt.Errorf("%v", what))
	}
}

// The file that has the symbol, as the server describes it.
func describe(conn *grpc.ClientConn, symbol string) protoreflect.FileDescriptor {
	stream, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(context.Background())
	must(err)
	must(stream.Send(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: symbol}}))
	reply, err := stream.Recv()
	must(err)
	must(stream.CloseSend())
	var file descriptorpb.FileDescriptorProto
	must(proto.Unmarshal(reply.GetFileDescriptorResponse().GetFileDescriptorProto()[0], &file))
	described, err := protodesc.NewFile(&file, nil)
	must(err)
	return described
}

type client struct {
	conn *grpc.ClientConn
	file protoreflect.FileDescriptor
}

func (c client) message(name, text string) *dynamicpb.Message {
	out := dynamicpb.NewMessage(c.file.Messages().ByName(protoreflect.Name(name)))
	must(prototext.Unmarshal([]byte(text), out))
	return out
}

func (c client) ask(method, text string, options ...grpc.CallOption) (*dynamicpb.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out := c.message(method+"Response", "")
	return out, c.conn.Invoke(ctx, "/"+service+"/"+method, c.message(method+"Request", text), out, options...)
}

func field(m protoreflect.Message, name string) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
}

const asked = `model_name: "%s" id: "%s" inputs { name: "text" datatype: "BYTES" shape: 1 ` +
	`contents { bytes_contents: "hello world" } }`

func rows(response protoreflect.Message) protoreflect.List {
	output := field(response, "outputs").List().Get(0).Message()
	return field(field(output, "contents").Message(), "fp32_contents").List()
}

func (c client) streams() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true},
		"/"+service+"/ModelStreamInfer")
	must(err)
	for i := 0; i < 50; i++ {
		must(stream.SendMsg(c.message("ModelInferRequest", fmt.Sprintf(asked, "embed", fmt.Sprint(i)))))
	}
	must(stream.CloseSend())
	for i := 0; i < 50; i++ {
		out := c.message("ModelStreamInferResponse", "")
		must(stream.RecvMsg(out))
		response := field(out, "infer_response").Message()
		check(field(response, "id").String() == fmt.Sprint(i), "order", i)
		check(rows(response).Len() == 4, "row", i)
	}
}

func main() {
	conn, err := grpc.Dial(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	c := client{conn, describe(conn, service)}
	live, err := c.ask("ServerLive", "")
	must(err)
	check(field(live, "live").Bool(), "live")
	plain, err := c.ask("ModelInfer", fmt.Sprintf(asked, "embed", "7"))
	must(err)
	packed, err := c.ask("ModelInfer", fmt.Sprintf(asked, "embed", "7"), grpc.UseCompressor(gzip.Name))
	must(err)
	check(proto.Equal(plain, packed) && rows(plain).Len() == 4 && field(plain, "id").String() == "7", plain)
	_, err = c.ask("ModelInfer", fmt.Sprintf(asked, "nobody", ""))
	check(status.Code(err) == codes.NotFound, err)
	_, err = c.ask("ModelInfer", `model_name: "embed"`)
	check(status.Code(err) == codes.InvalidArgument, err)
	past, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	err = conn.Invoke(past, "/"+service+"/ServerLive", c.message("ServerLiveRequest", ""), live)
	check(status.Code(err) == codes.DeadlineExceeded, err)
	err = conn.Invoke(context.Background(), "/"+service+"/Nothing", c.message("ServerLiveRequest", ""), live)
	check(status.Code(err) == codes.Unimplemented, err)
	c.streams()
	checker := health.NewHealthClient(conn)
	reply, err := checker.Check(context.Background(), &health.HealthCheckRequest{Service: "embed"})
	must(err)
	check(reply.Status == health.HealthCheckResponse_SERVING, reply)
	watch, err := checker.Watch(context.Background(), &health.HealthCheckRequest{Service: "gone"})
	must(err)
	reply, err = watch.Recv()
	must(err)
	check(reply.Status == health.HealthCheckResponse_NOT_SERVING, reply)
	fmt.Println("Go: reflection, unary, packed, statuses, deadlines, a stream, health")
}
