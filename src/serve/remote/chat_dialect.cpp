// A chat model of OpenAI's style as a classifier: the labels are the only values of a forced tool call (or of a JSON
// schema), and what it answers is checked against them, for nothing makes a model keep to either.
// The text is sent as the user's message and nothing of it becomes an instruction or a label here.
#include <fmt/format.h>

#include <algorithm>

#include "serve/remote/limits.h"
#include "serve/remote/rows.h"
#include "serve/remote/sse.h"

namespace fovea::remote {
namespace {

constexpr std::string_view kTool = "classify", kDone = "[DONE]";

// What came of a choice, whole or put together from a stream's pieces.
struct Choice {
  std::string content, refusal, arguments, tool, finish;
  int64_t tokens = -1, tokens_made = -1;
};

class ChatDialect final : public Dialect {
 public:
  explicit ChatDialect(const RemoteOptions& options) : options_(options) {}

  size_t fits(std::span<const inference::Item>, size_t) const override { return 1; }

  Result<Asked> ask(Items items, Nanos) const override {
    std::string labels;
    for (const std::string& label : options_.labels) labels += (labels.empty() ? "" : ",") + json_text(label);
    const std::string schema = fmt::format(
        R"({{"type":"object","properties":{{"label":{{"type":"string","enum":[{}]}}}},"required":["label"],)"
        R"("additionalProperties":false}})",
        labels);
    const std::string answer =
        options_.chat.tool
            ? fmt::format(R"("tools":[{{"type":"function","function":{{"name":"{0}","description":"Gives the text its )"
                          R"(label.","parameters":{1},"strict":true}}}}],"tool_choice":{{"type":"function","function":)"
                          R"({{"name":"{0}"}}}},"parallel_tool_calls":false)",
                          kTool, schema)
            : fmt::format(R"("response_format":{{"type":"json_schema","json_schema":{{"name":"{}","schema":{},)"
                          R"("strict":true}}}})",
                          kTool, schema);
    Asked asked;
    asked.path = "/chat/completions";
    asked.body =
        fmt::format(R"({{"model":{},"messages":[{{"role":"system","content":{}}},{{"role":"user","content":{}}}],{},)"
                    R"("temperature":0,"max_completion_tokens":{}{}}})",
                    json_text(options_.model), json_text(options_.chat.instruction), json_text(items[0]->text->first),
                    answer, options_.chat.tokens_made_max,
                    options_.chat.stream ? R"(,"stream":true,"stream_options":{"include_usage":true})" : "");
    return asked;
  }

  Result<Told> read(const fetch::HttpReply& reply, Items) const override {
    Choice choice;
    if (reply.header("content-type").starts_with("text/event-stream")) {
      FOVEA_OK(read_stream(reply.body, choice));
    } else {
      FOVEA_TRY(const Json json, json_of(reply));
      FOVEA_OK(read_error(json));
      const auto* choices = member(json, "choices").if_array();
      if (!choices || choices->empty()) return unexpected_reply("it has no choices");
      FOVEA_OK(add(choices->front(), "message", choice));
      read_usage(json, choice);
    }
    FOVEA_TRY(const size_t label, label_of(choice));
    Told told;
    told.rows.push_back(row_of_label(label, options_));
    told.tokens = choice.tokens;
    told.tokens_made = choice.tokens_made;
    return told;
  }

  bool ends(std::string_view bytes) const override {
    return options_.chat.stream &&
           bytes.substr(bytes.size() - std::min<size_t>(bytes.size(), 32)).find(kDone) != std::string_view::npos;
  }

 private:
  static Result<void> read_error(const Json& json) {
    const Json& error = member(json, "error");
    if (error.is_null()) return {};
    const std::string_view said = error.is_string() ? text_or(error, "") : text_or(member(error, "message"), "");
    return fail(Code::kInternal, fmt::format("the service says: {}", said.substr(0, kSaidBytesMax)));
  }

  static void read_usage(const Json& json, Choice& choice) {
    const Json& usage = member(json, "usage");
    if (!usage.is_object()) return;
    choice.tokens = static_cast<int64_t>(number_or(member(usage, "prompt_tokens"), -1));
    choice.tokens_made = static_cast<int64_t>(number_or(member(usage, "completion_tokens"), -1));
  }

  // A message, or a piece of one: texts are appended, the tool's name is said once.
  static Result<void> add(const Json& json, std::string_view part, Choice& choice) {
    const Json& message = member(json, part);
    choice.content += text_or(member(message, "content"), "");
    choice.refusal += text_or(member(message, "refusal"), "");
    if (const std::string_view finish = text_or(member(json, "finish_reason"), ""); !finish.empty())
      choice.finish = finish;
    if (const auto* calls = member(message, "tool_calls").if_array()) {
      for (const Json& call : *calls) {
        if (number_or(member(call, "index"), 0) != 0) return unexpected_reply("more than one tool call");
        const Json& function = member(call, "function");
        choice.tool += text_or(member(function, "name"), "");
        choice.arguments += text_or(member(function, "arguments"), "");
      }
      if (calls->size() > 1) return unexpected_reply("more than one tool call");
    }
    if (choice.arguments.size() + choice.content.size() > kSseEventBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("an answer of over {} bytes", kSseEventBytesMax));
    return {};
  }

  static Result<void> read_stream(std::string_view body, Choice& choice) {
    SseReader reader;
    FOVEA_TRY(const std::vector<std::string> events, reader.take(body));
    bool done = false;
    for (const std::string& event : events) {
      if (event == kDone) {
        done = true;
        break;
      }
      const auto json = parse_json(event);
      if (!json) return unexpected_reply("an event that is no JSON");
      FOVEA_OK(read_error(*json));
      read_usage(*json, choice);
      if (const auto* choices = member(*json, "choices").if_array())
        for (const Json& each : *choices)
          if (number_or(member(each, "index"), 0) == 0) FOVEA_OK(add(each, "delta", choice));
    }
    if (!done) return fail(Code::kUnavailable, "the stream broke off before its end");
    return {};
  }

  Result<size_t> label_of(const Choice& choice) const {
    if (!choice.refusal.empty())
      return fail(Code::kFailedPrecondition, "the model refuses to answer: " + choice.refusal.substr(0, kSaidBytesMax));
    if (choice.finish == "content_filter") return fail(Code::kFailedPrecondition, "the service filtered the answer");
    if (choice.finish == "length")
      return unexpected_reply("the answer was cut: chat.tokens_made_max is too small for it");
    if (options_.chat.tool && choice.tool != kTool)
      return unexpected_reply(choice.tool.empty() ? "no tool call" : "a call of another tool");
    const auto json = parse_json(options_.chat.tool ? choice.arguments : choice.content);
    if (!json || !json->is_object() || json->get_object().size() != 1 || !member(*json, "label").is_string())
      return unexpected_reply("the answer does not keep to its schema");
    const std::string_view label = text_or(member(*json, "label"), "");
    const auto found = std::ranges::find(options_.labels, label);
    if (found == options_.labels.end())
      return unexpected_reply(fmt::format("'{}' is none of the labels", label.substr(0, kSaidBytesMax)));
    return static_cast<size_t>(found - options_.labels.begin());
  }

  const RemoteOptions& options_;
};

}  // namespace

std::unique_ptr<Dialect> make_chat_dialect(const RemoteOptions& options) {
  return std::make_unique<ChatDialect>(options);
}

}  // namespace fovea::remote
