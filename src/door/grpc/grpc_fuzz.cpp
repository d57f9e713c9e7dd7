// Any bytes to any method of the gRPC door, as one message or, where a byte of the input says so, as several of a
// stream. First byte: the method; second: how many messages the rest is cut into; the rest: the bytes. Every call ends
// once, never with INTERNAL or UNKNOWN; every answer is the message that the method promises.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdlib>
#include <memory>

#include "door/grpc/service.h"
#include "door/wire/stub_inference_test.h"

namespace {

using namespace fovea;
namespace pb = ::google::protobuf;

void check(bool holds) {
  if (!holds) std::abort();
}

struct Served {
  VirtualClock clock{TimePoint{1}};
  wire::StubInference stub;
  access::OpenAccess access;
  std::unique_ptr<rpc::Service> service =
      std::make_unique<rpc::Service>(stub, clock, access, rpc::ServiceOptions{.model = "sentiment"});
  std::vector<const rpc::Method*> methods;

  Served() {
    for (const rpc::Method& each : service->methods()) {
      // Loads answer from their thread, watchers go on until somebody ends them.
      if (each.needs.right != access::Right::kOperate && each.kind != rpc::Kind::kWatched) methods.push_back(&each);
    }
  }
};

const pb::Message* answer_of(std::string_view method) {
  std::string name(method.substr(1));
  name[name.rfind('/')] = '.';
  const auto* found = pb::DescriptorPool::generated_pool()->FindMethodByName(name);
  return pb::MessageFactory::generated_factory()->GetPrototype(found->output_type());
}

class Checked final : public rpc::Outlet {
 public:
  explicit Checked(const pb::Message* answer) : answer_(answer) {}
  void more() override {}
  void send(std::string message) override {
    check(!ended_);
    const std::unique_ptr<pb::Message> read(answer_->New());
    check(read->ParseFromString(message));
  }
  void answer(std::string message) override {
    send(std::move(message));
    finish({});
  }
  void finish(rpc::Ending ending) override {
    if (ended_) return;
    ended_ = true;
    if (ending.error) check(ending.error->code != Code::kInternal && ending.error->code != Code::kUnknown);
  }
  size_t unsent() const override { return 0; }
  bool ended() const { return ended_; }

 private:
  const pb::Message* const answer_;
  bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Served& served = *new Served;
  if (size < 2) return 0;
  const rpc::Method& method = *served.methods[data[0] % served.methods.size()];
  const size_t pieces = method.kind == rpc::Kind::kUnary ? 1 : 1 + data[1] % 8;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto outlet = std::make_shared<Checked>(answer_of(method.name));
  const auto session = served.service->begin({method.name, {}, {}, Nanos(0)}, outlet);
  for (size_t i = 0; i < pieces; ++i) {
    if (data[1] & 0x80) {
      session->take(std::string(rest));
      continue;
    }
    const size_t begin = rest.size() * i / pieces, end = rest.size() * (i + 1) / pieces;
    session->take(std::string(rest.substr(begin, end - begin)));
  }
  session->end();
  check(outlet->ended());
  check(served.service->under_way() == 0);
  return 0;
}
