// For tests: a BERT folder with random weights in a temporary place, large enough that its kernels take every path
// (several panels of features, messages of up to 256 tokens), small enough that a request takes microseconds.
#pragma once

#include <string>

namespace fovea {

class RandomEncoder {
 public:
  static constexpr int kTokensMax = 256, kVocabulary = 500;

  RandomEncoder();
  ~RandomEncoder();
  RandomEncoder(const RandomEncoder&) = delete;
  RandomEncoder& operator=(const RandomEncoder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace fovea
