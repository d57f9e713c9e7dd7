#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/suggest.h"
#include "stream/connectors/csv.h"
#include "stream/connectors/dropped_file.h"
#include "stream/connectors/folder_source.h"
#include "stream/connectors/jsonl.h"
#include "stream/connectors/mail_message.h"
#include "stream/connectors/mbox.h"
#include "stream/connectors/record_source.h"

namespace fovea::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kKinds = {"mail", "mbox", "jsonl", "csv", "folder", "stdin", "http"};
constexpr std::array<std::string_view, 2> kPipeFormats = {"jsonl", "csv"};

// How the flow calls it: "jsonl:./events.jsonl" → "events.jsonl".
std::string shown_of(const SourceOptions& options, const std::string& path) {
  size_t colon = options.name.find(':');
  std::string shown = colon == std::string::npos ? path : options.name.substr(colon + 1);
  return fs::path(shown).lexically_normal().string();
}

Result<void> expect(const std::string& path, bool folder, std::string_view kind) {
  std::error_code error;
  fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return fail(Code::kNotFound, fmt::format("the source's {} is not there", folder ? "folder" : "file"), path,
                "paths in a flow are taken from the flow file's folder");
  }
  if (folder != fs::is_directory(status)) {
    return fail(
        Code::kInvalidArgument,
        fmt::format("'{}' reads a {}, and this is a {}", kind, folder ? "folder" : "file", folder ? "file" : "folder"),
        path, kind == "mail" ? "for one file of many messages write { mbox: FILE }" : "");
  }
  return {};
}

Result<std::unique_ptr<Source>> open_folder(std::string_view kind, const std::string& path, SourceOptions options,
                                            Files& files) {
  FOVEA_OK(expect(path, true, kind));
  std::string shown = shown_of(options, path);
  while (shown.size() > 1 && shown.ends_with('/')) shown.pop_back();
  FolderLayout layout{path, shown, {""}, false};
  if (kind == "folder") {
    return std::make_unique<FolderSource>(std::move(options), std::move(layout), kDroppedFileBytesMax,
                                          dropped_file_event, files);
  }
  if (fs::is_directory(fs::path(path) / "new") && fs::is_directory(fs::path(path) / "cur")) {
    layout.folders = {"new", "cur"};
    layout.maildir = true;
  }
  auto reader = [](const FolderFile& file, std::string_view bytes, TimePoint now) {
    return mail_event(bytes, file.modified, now);
  };
  return std::make_unique<FolderSource>(std::move(options), std::move(layout), kMailBytesMax, reader, files);
}

}  // namespace

Result<std::unique_ptr<Source>> open_source(std::string_view kind, const std::string& path, SourceOptions options,
                                            Files& files) {
  if (kind == "mail" || kind == "folder") return open_folder(kind, path, std::move(options), files);
  std::string shown = kind == "stdin" ? "stdin" : shown_of(options, path);
  std::string_view format_name = kind == "stdin" ? std::string_view(path) : kind;
  std::unique_ptr<RecordFormat> format;
  if (format_name == "jsonl") format = jsonl_format();
  if (format_name == "csv") format = csv_format();
  if (kind == "mbox") format = mbox_format(shown);
  if (kind == "stdin" && !format) {
    return fail(Code::kInvalidArgument, fmt::format("standard input cannot be read as '{}'", path), "",
                suggest(path, kPipeFormats));
  }
  if (kind == "http") return fail(Code::kInvalidArgument, "an HTTP source is filled by the server, not opened");
  if (!format)
    return fail(Code::kInvalidArgument, fmt::format("no kind of source '{}'", kind), "", suggest(kind, kKinds));
  if (kind == "stdin") {
    return std::make_unique<RecordSource>(std::move(options), shown, open_pipe_stream(STDIN_FILENO), std::move(format));
  }
  FOVEA_OK(expect(path, false, kind));
  return std::make_unique<RecordSource>(std::move(options), shown, open_file_stream(path, files), std::move(format));
}

}  // namespace fovea::connectors
