// Limits of what is pulled from registries, whose listings are not trusted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fovea::registry {

constexpr size_t kAddressBytesMax = 1024;
constexpr size_t kNameBytesMax = 128;  // of a model, a version, an alias
constexpr size_t kFilesMax = 2000;     // of one model
constexpr size_t kPathBytesMax = 512;  // of one file
constexpr size_t kPathDepthMax = 16;
constexpr uint64_t kModelBytesMax = uint64_t{64} << 30;  // all files of one model
constexpr uint64_t kFileOfUnknownSizeMax = uint64_t{16} << 30;
constexpr size_t kPagesMax = 100;  // of one listing
constexpr int kAttempts = 5;       // of one file
constexpr Nanos kFirstPause =
    std::chrono::milliseconds(200);  // before the second attempt; then twice as long each time
constexpr Nanos kPauseMax = std::chrono::seconds(5);
constexpr Nanos kListingTimeout = std::chrono::seconds(60);
constexpr Nanos kOtherPullMax = std::chrono::hours(2);     // that a pull of the same model is waited for
constexpr Nanos kPrunePatience = std::chrono::seconds(5);  // with pulls that are under way
constexpr size_t kVersionsMax = 10'000;                    // of one model in a folder
constexpr size_t kAliasesMax = 64;
constexpr size_t kAliasHistoryMax = 16;
constexpr uint64_t kRegistryFileBytesMax = uint64_t{1} << 20;

}  // namespace fovea::registry
