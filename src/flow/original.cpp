#include "flow/original.h"

#include <filesystem>

#include "base/time_text.h"

namespace fovea::flow {
namespace {

std::string joined(const std::string& folder, std::string_view path) {
  std::filesystem::path p(path);
  return p.is_absolute() ? p.string() : (std::filesystem::path(folder) / p).lexically_normal().string();
}

void join_member(const std::string& folder, JsonObject& arguments, std::string_view name) {
  if (Json* path = arguments.if_contains(name); path && path->is_string()) *path = joined(folder, text_or(*path, ""));
}

}  // namespace

Result<void> place_arguments(const file::FlowFile& flow, const file::EffectSpec& spec, const std::string& original,
                             Json& arguments) {
  JsonObject& members = arguments.as_object();
  switch (spec.action.kind) {
    case file::Action::Kind::kAppend:
      join_member(flow.folder, members, "path");
      break;
    case file::Action::Kind::kMove: {
      bool a_file = flow.source.kind == file::Source::Kind::kMail || flow.source.kind == file::Source::Kind::kFolder;
      if (!a_file)
        return fail(Code::kFailedPrecondition, "there is no file to move: the event did not come from one", "",
                    "use `move` with a mail or folder source");
      members["path"] = joined(flow.folder, original);
      join_member(flow.folder, members, "to");
      break;
    }
    case file::Action::Kind::kHttp:
      members["timeout"] = format_duration(spec.timeout);
      break;
    case file::Action::Kind::kMail:
      if (Json* smtp = members.if_contains("smtp")) {
        Json server = std::move(*smtp);
        members.erase("smtp");
        members["server"] = std::move(server);
      }
      members["timeout"] = format_duration(spec.timeout);
      break;
  }
  return {};
}

}  // namespace fovea::flow
