#include "stream/connectors/cloudevents.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

using Events = std::expected<std::vector<record::Event>, Problem>;
using Bad = std::unexpected<Problem>;

constexpr std::string_view kCeExample = "needed: ce-specversion: 1.0, ce-id, ce-source and ce-type";

Bad bad(int status, std::string detail, std::string hint = {}) {
  return Bad(problem(status, std::move(detail), std::move(hint)));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// "Application/JSON; charset=utf-8" → "application/json".
std::string media_type(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type;
}

bool is_json_type(std::string_view type) {
  return type.empty() || type == "application/json" || type == "text/json" || type.ends_with("+json");
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Attribute names: lower-case letters and digits (spec 1.0.2, Attribute Naming Convention).
bool is_attribute_name(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// The context attributes as text (whole numbers and booleans keep their type); checked, and turned into what an Event
// has. `where` names the event of a batch.
std::expected<record::Event, Problem> event_of(JsonObject attributes, Json data, const std::string& source,
                                               TimePoint now, const std::string& where) {
  auto text_of = [&](std::string_view name) {
    const Json* value = attributes.if_contains(name);
    return value == nullptr ? std::string() : std::string(text_or(*value, ""));
  };
  if (attributes.if_contains("specversion") == nullptr)
    return bad(400, where + "specversion is missing", std::string(kCeExample));
  if (text_of("specversion") != "1.0") {
    return bad(400, fmt::format("{}specversion '{}' is not supported", where, text_of("specversion")),
               "send specversion 1.0");
  }
  for (std::string_view name : {"id", "source", "type"}) {
    if (text_of(name).empty())
      return bad(400, fmt::format("{}{} is missing or empty", where, name), std::string(kCeExample));
  }
  record::Event event;
  event.id = text_of("source") + ":" + text_of("id");
  event.source = source;
  event.received = event.time = now;
  event.key = text_of("partitionkey");
  event.original = fmt::format("{} {}", source, event.id);
  if (attributes.contains("time")) {
    auto time = parse_rfc3339(text_of("time"));
    if (!time) return bad(400, fmt::format("{}time: {}", where, time.error().message), time.error().hint);
    event.time = *time;
  }
  if (auto* object = data.if_object()) {
    if (object->size() > kFieldsMax) return bad(400, fmt::format("{}data has more than {} members", where, kFieldsMax));
    event.fields = std::move(*object);
  } else if (!data.is_null()) {
    event.fields["data"] = std::move(data);
  }
  if (!event.fields.contains("id")) event.fields["id"] = text_of("id");
  if (!event.fields.contains("source")) event.fields["source"] = source;
  event.fields["ce"] = std::move(attributes);
  return event;
}

// JSON format 1.0.2: attributes are members; data or data_base64.
std::expected<record::Event, Problem> structured(Json parsed, const std::string& source, TimePoint now,
                                                 const std::string& where) {
  auto* object = parsed.if_object();
  if (object == nullptr) return bad(400, where + "a CloudEvent is a JSON object");
  if (object->contains("data") && object->contains("data_base64"))
    return bad(400, where + "data and data_base64 exclude each other");
  JsonObject attributes;
  Json data;
  for (auto& each : *object) {
    std::string_view name(each.key().data(), each.key().size());
    if (name == "data") {
      data = std::move(each.value());
    } else if (name == "data_base64") {
      auto bytes = from_base64(text_or(each.value(), "!"));
      if (!bytes) return bad(400, where + "data_base64 is not base64 text");
      if (auto inner = parse_json(*bytes); inner && inner->is_object()) {
        data = std::move(*inner);
      } else {
        data = is_utf8(*bytes) ? Json(std::string_view(*bytes)) : std::move(each.value());
      }
    } else if (!is_attribute_name(name)) {
      return bad(400, fmt::format("{}'{}' is no attribute name", where, name), "lower-case letters and digits only");
    } else if (each.value().is_object() || each.value().is_array() || each.value().is_double()) {
      return bad(400, fmt::format("{}attribute '{}' must be a string, a whole number or a boolean", where, name));
    } else if (!each.value().is_null()) {
      attributes[name] = std::move(each.value());
    }
  }
  return event_of(std::move(attributes), std::move(data), source, now, where);
}

Events batch(std::string_view body, const std::string& source, TimePoint now) {
  auto parsed = parse_json(body);
  if (!parsed) return bad(400, fmt::format("{} at {}", parsed.error().message, parsed.error().where));
  auto* array = parsed->if_array();
  if (array == nullptr) return bad(400, "a batch is a JSON array of CloudEvents");
  if (array->size() > kHttpEventsMax)
    return bad(413, fmt::format("{} events; a batch may have {}", array->size(), kHttpEventsMax));
  std::vector<record::Event> events;
  for (size_t i = 0; i < array->size(); ++i) {
    auto event = structured(std::move((*array)[i]), source, now, fmt::format("event {}: ", i));
    if (!event) return Bad(std::move(event.error()));
    events.push_back(std::move(*event));
  }
  return events;
}

// HTTP binding 3.1: attributes in ce- headers, the body is the data.
Events binary(const Headers& headers, std::string_view body, const std::string& source, TimePoint now) {
  JsonObject attributes;
  for (const auto& [name, value] : headers) {
    std::string low = lower(name);
    if (!low.starts_with("ce-")) continue;
    std::string attribute = low.substr(3);
    if (attribute == "datacontenttype") return bad(400, "ce-datacontenttype must not be sent", "use Content-Type");
    if (!is_attribute_name(attribute)) return bad(400, fmt::format("'{}' is no attribute name", attribute));
    if (attributes.contains(attribute)) return bad(400, fmt::format("the header '{}' stands there twice", low));
    auto decoded = decode_header_value(value);
    if (!decoded) return bad(400, fmt::format("the header '{}': {}", low, decoded.error().message));
    attributes[attribute] = *decoded;
  }
  std::string_view content_type = header_of(headers, "content-type");
  if (!content_type.empty()) attributes["datacontenttype"] = content_type;
  Json data;
  if (is_json_type(media_type(content_type)) && !body.empty()) {
    auto parsed = parse_json(body);
    if (!parsed) return bad(400, fmt::format("the data is {} at {}", parsed.error().message, parsed.error().where));
    data = std::move(*parsed);
  } else if (!body.empty()) {
    data = is_utf8(body) ? Json(body) : Json(std::string_view(to_base64(body)));
  }
  auto event = event_of(std::move(attributes), std::move(data), source, now, "");
  if (!event) return Bad(std::move(event.error()));
  std::vector<record::Event> events;
  events.push_back(std::move(*event));
  return events;
}

Events plain(const Headers& headers, std::string_view body, const std::string& source, TimePoint now) {
  auto parsed = parse_json(body);
  if (!parsed)
    return bad(400, fmt::format("{} at {}", parsed.error().message, parsed.error().where), "send a JSON object");
  std::string given(header_of(headers, "idempotency-key"));
  if (given.size() > kFieldNameBytesMax) return bad(400, "the Idempotency-Key is too long");
  bool many = parsed->is_array();
  JsonArray array = many ? std::move(parsed->get_array()) : JsonArray{std::move(*parsed)};
  if (array.size() > kHttpEventsMax)
    return bad(413, fmt::format("{} events; a request may have {}", array.size(), kHttpEventsMax));
  std::string id = given.empty() ? "h-" + to_hex(random_bytes(12)) : given;
  std::vector<record::Event> events;
  for (size_t i = 0; i < array.size(); ++i) {
    std::string where = many ? fmt::format("event {}: ", i) : "";
    auto* object = array[i].if_object();
    if (object == nullptr) return bad(400, where + "an event is a JSON object", "{\"body\": \"...\"}");
    if (object->size() > kFieldsMax) return bad(400, fmt::format("{}more than {} members", where, kFieldsMax));
    record::Event event;
    event.id = many ? fmt::format("{}:{}", id, i) : id;
    event.source = source;
    event.received = event.time = now;
    event.original = fmt::format("{} {}", source, event.id);
    event.fields = std::move(*object);
    if (!event.fields.contains("id")) event.fields["id"] = event.id;
    if (!event.fields.contains("source")) event.fields["source"] = source;
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

std::string_view header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (lower(key) == lower(name)) return value;
  }
  return {};
}

Result<std::string> decode_header_value(std::string_view value) {
  std::string unquoted;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    for (size_t i = 1; i + 1 < value.size(); ++i) {
      if (value[i] == '\\' && i + 2 < value.size()) ++i;
      unquoted += value[i];
    }
    value = unquoted;
  }
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    bool encoded =
        value[i] == '%' && i + 2 < value.size() && hex_value(value[i + 1]) >= 0 && hex_value(value[i + 2]) >= 0;
    out += encoded ? static_cast<char>(hex_value(value[i + 1]) * 16 + hex_value(value[i + 2])) : value[i];
    i += encoded ? 2 : 0;
  }
  if (!is_utf8(out)) return fail(Code::kInvalidArgument, "not UTF-8 after percent-decoding");
  return out;
}

std::expected<std::vector<record::Event>, Problem> events_of_request(const Headers& headers, std::string_view body,
                                                                     const std::string& source, TimePoint now) {
  if (body.size() > kHttpBodyBytesMax)
    return bad(413, fmt::format("{} bytes; a request may have {}", body.size(), kHttpBodyBytesMax));
  std::string type = media_type(header_of(headers, "content-type"));
  if (type == "application/cloudevents-batch+json") return batch(body, source, now);
  if (type == "application/cloudevents+json") {
    auto parsed = parse_json(body);
    if (!parsed) return bad(400, fmt::format("{} at {}", parsed.error().message, parsed.error().where));
    auto event = structured(std::move(*parsed), source, now, "");
    if (!event) return Bad(std::move(event.error()));
    std::vector<record::Event> events;
    events.push_back(std::move(*event));
    return events;
  }
  if (type.starts_with("application/cloudevents")) {
    return bad(415, fmt::format("the event format '{}' is not supported", type), "application/cloudevents+json");
  }
  bool has_ce = std::ranges::any_of(headers, [](const auto& each) { return lower(each.first).starts_with("ce-"); });
  if (has_ce) return binary(headers, body, source, now);
  if (!is_json_type(type)) {
    return bad(415, fmt::format("the content type '{}' is not supported", type),
               "application/json, or CloudEvents in binary, structured or batch mode");
  }
  return plain(headers, body, source, now);
}

}  // namespace fovea::connectors
