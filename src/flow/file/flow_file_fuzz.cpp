#include "flow/file/flow_file.h"

namespace {

// No files: every table is missing.
class NoFiles final : public fovea::Files {
 public:
  fovea::Result<std::string> read(const std::string& path, uint64_t, uint64_t) override {
    if (path.ends_with(".csv")) return "text,=> label\n~ a,b\n-,c\n";
    return fovea::fail(fovea::Code::kNotFound, "no such file", path);
  }
  fovea::Result<uint64_t> size(const std::string&) override { return 0; }
  fovea::Result<void> write_atomic(const std::string&, std::string_view) override { return {}; }
  fovea::Result<void> append(const std::string&, std::string_view) override { return {}; }
  fovea::Result<void> truncate(const std::string&, uint64_t) override { return {}; }
  fovea::Result<void> rename(const std::string&, const std::string&) override { return {}; }
  fovea::Result<void> remove(const std::string&) override { return {}; }
  fovea::Result<std::vector<std::string>> list(const std::string&) override { return {}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  NoFiles files;
  auto flow = fovea::file::parse_flow(files, "flow.yaml", {reinterpret_cast<const char*>(data), size});
  if (!flow && flow.error().where.empty()) __builtin_trap();  // every error has a place
  return 0;
}
