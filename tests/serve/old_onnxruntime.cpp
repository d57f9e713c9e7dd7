// ONNX Runtime 1.15.1 as far as its version: for tests of what is said about a library that is too old.
#include <cstdint>

namespace {

struct ApiBase {
  const void* (*api)(uint32_t version);
  const char* (*version)();
};

const void* api(uint32_t) {
  return nullptr;
}
const char* version() {
  return "1.15.1";
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ApiBase* OrtGetApiBase() {
  static const ApiBase base{api, version};
  return &base;
}
