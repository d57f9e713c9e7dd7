// Bytes of a file that may grow, or of a pipe: what records are cut from.
// Threads: one; a pipe's read may be woken by wake() from any.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"

namespace fovea::connectors {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // `bytes_max` bytes at `offset`, fewer at the end; none where nothing is at hand. A pipe waits at most `wait` and
  // ignores `offset`.
  virtual Result<std::string> read(uint64_t offset, size_t bytes_max, Nanos wait) = 0;
  virtual Result<uint64_t> size() = 0;  // as it is now; a pipe's is unknown: UINT64_MAX
  virtual bool ended() const = 0;       // no more bytes will come
  virtual bool seekable() const = 0;
  virtual void wake() = 0;
};

std::unique_ptr<ByteStream> open_file_stream(std::string path, Files& files);
std::unique_ptr<ByteStream> open_pipe_stream(int descriptor);  // does not close it

}  // namespace fovea::connectors
