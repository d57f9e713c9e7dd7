#include "door/wire/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace fovea::wire {
namespace {

std::string packed(const std::string& text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size()),
      Z_OK);
  out.resize(size);
  return out;
}

TEST(Inflate, AtTheLimitAndOnePastIt) {
  const std::string text(100'000, 'a');
  EXPECT_EQ(*inflate_bytes(packed(text), Frame::kGzipOrZlib, text.size()), text);
  EXPECT_EQ(inflate_bytes(packed(text), Frame::kGzipOrZlib, text.size() - 1).error().code, Code::kOutOfRange);
  EXPECT_FALSE(inflate_bytes(packed(text).substr(2), Frame::kNone, text.size()));  // the checksum is left over
}

TEST(Inflate, DamagedOrCutShort) {
  const std::string whole = packed("some text that is packed");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(inflate_bytes(whole.substr(0, size), Frame::kGzipOrZlib, 1000).error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(inflate_bytes(whole + "x", Frame::kGzipOrZlib, 1000));
}

}  // namespace
}  // namespace fovea::wire
