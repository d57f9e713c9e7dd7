#include "serve/registry/model_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

constexpr std::string_view kHub = "hf://", kMlflow = "mlflow://", kS3 = "s3://";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Of a branch or tag: names parted by '/', none of them "..".
bool is_revision(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('/'));
    if (!is_name(part) || part.find("..") != std::string_view::npos) return false;
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return true;
}

// MLflow's names may have blanks and more, but neither '/' nor ':', nor '@', which parts the alias off here.
bool is_mlflow_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         std::ranges::none_of(name, [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f || c == ':'; });
}

Result<ModelAddress> hub_address(ModelAddress out, std::string_view rest) {
  const size_t at = rest.find('@');
  out.name = rest.substr(0, at);
  out.revision = at == std::string_view::npos ? "main" : rest.substr(at + 1);
  const size_t slash = out.name.find('/');
  const bool named = slash == std::string::npos
                         ? is_name(out.name)
                         : is_name(out.name.substr(0, slash)) && is_name(out.name.substr(slash + 1));
  if (named && out.name.find("..") == std::string::npos && is_revision(out.revision)) return out;
  return fail(Code::kInvalidArgument, "is no model of a hub", out.text,
              "write hf://ORG/NAME or hf://ORG/NAME@REVISION");
}

Result<ModelAddress> mlflow_address(ModelAddress out, std::string_view rest) {
  const auto wrong = [&] {
    return fail(Code::kInvalidArgument, "is no model of an MLflow registry", out.text,
                "write mlflow://MODEL@ALIAS or mlflow://MODEL/VERSION");
  };
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    out.alias = rest.substr(at + 1);
    if (!is_name(out.alias)) return wrong();
    rest = rest.substr(0, at);
  } else if (const size_t slash = rest.rfind('/'); slash != std::string_view::npos) {
    out.revision = rest.substr(slash + 1);
    if (out.revision.empty() || out.revision.size() > 9 ||
        !std::ranges::all_of(out.revision, [](char c) { return c >= '0' && c <= '9'; }))
      return wrong();
    rest = rest.substr(0, slash);
  } else {
    return wrong();
  }
  if (!is_mlflow_name(rest) || rest.find('/') != std::string_view::npos) return wrong();
  out.name = rest;
  return out;
}

Result<ModelAddress> s3_address(ModelAddress out, std::string_view rest) {
  const size_t slash = std::min(rest.find('/'), rest.size());
  out.name = rest.substr(0, slash);
  out.revision = rest.substr(std::min(slash + 1, rest.size()));
  while (out.revision.ends_with('/')) out.revision.pop_back();
  const auto control = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  if (out.name.size() >= 3 && out.name.size() <= 63 && is_name(out.name) && std::ranges::none_of(out.revision, control))
    return out;
  return fail(Code::kInvalidArgument, "is no place in a store", out.text, "write s3://BUCKET/PREFIX");
}

}  // namespace

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && is_letter(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_remote(std::string_view text) {
  return text.starts_with(kHub) || text.starts_with(kMlflow) || text.starts_with(kS3);
}

Result<ModelAddress> parse_address(std::string_view text) {
  ModelAddress out;
  out.text = text;
  if (text.empty() || text.size() > kAddressBytesMax)
    return fail(Code::kInvalidArgument,
                fmt::format("an address has 1 to {} bytes, this one {}", kAddressBytesMax, text.size()), "address");
  if (text.starts_with(kHub)) {
    out.kind = ModelAddress::Kind::kHub;
    return hub_address(std::move(out), text.substr(kHub.size()));
  }
  if (text.starts_with(kMlflow)) {
    out.kind = ModelAddress::Kind::kMlflow;
    return mlflow_address(std::move(out), text.substr(kMlflow.size()));
  }
  if (text.starts_with(kS3)) {
    out.kind = ModelAddress::Kind::kS3;
    return s3_address(std::move(out), text.substr(kS3.size()));
  }
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos)
    return fail(Code::kInvalidArgument, fmt::format("'{}' is no kind of address", text.substr(0, scheme)), out.text,
                "a folder, or hf://, mlflow:// or s3://");
  out.name = text;
  return out;
}

}  // namespace fovea::registry
