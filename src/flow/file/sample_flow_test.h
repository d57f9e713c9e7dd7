// The flows and files that the tests of this room read.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "flow/file/flow_file.h"

namespace fovea::file {

// Files that are a map.
class MapFiles final : public Files {
 public:
  std::map<std::string, std::string> content;
  Result<std::string> read(const std::string& path, uint64_t, uint64_t bytes_max) override {
    auto found = content.find(path);
    if (found == content.end()) return fail(Code::kNotFound, "no such file", path);
    return found->second.substr(0, bytes_max);
  }
  Result<uint64_t> size(const std::string& path) override { return content[path].size(); }
  Result<void> write_atomic(const std::string&, std::string_view) override { return {}; }
  Result<void> append(const std::string&, std::string_view) override { return {}; }
  Result<void> truncate(const std::string&, uint64_t) override { return {}; }
  Result<void> rename(const std::string&, const std::string&) override { return {}; }
  Result<void> remove(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string&) override { return {}; }
};

// The smallest flow that scores. Places in it are counted by tests.
inline const char* kSmoke =
    "flow: smoke\n"
    "version: 1\n"
    "source: { jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }\n"
    "steps:\n"
    "  - redact: [email, phone, card, cn_resident_id]\n"
    "  - score: { as: intent, text: event.body, deadline: 200ms, ladder: [ { model: ./model }, "
    "{ rules: ./keywords.csv }, { default: other } ] }\n"
    "  - decide: ./routing.csv\n"
    "act:\n"
    "  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue, rung: intent.rung }, key: event.id "
    "}\n";

// Every kind of step and effect.
inline const char* kTriage = R"(flow: support-triage
version: 3
source: { mail: ./inbox, key: event.thread, time: event.date, dedupe: 24h }
keep: { payloads: 30d }
cost: { attention: 0.00002, human: 1.5, currency: EUR }
limits: { event_bytes: 32MiB, batch: 64 }
steps:
  - clean:  { html: text, quotes: drop, signature: drop }
  - redact: [email, phone, card, cn_resident_id]
  - drop: { when: event.subject.startsWith("Out of office") }
  - window: { as: sender, key: event.from, span: 1h, keep: { messages: count(), subjects: distinct(event.subject) } }
  - score:
      as: intent
      text: event.subject + "\n" + event.text
      deadline: 50ms
      ladder:
        - cache:  { ttl: 10m }
        - model:  { path: ./model, part: linear }
        - model:  support-attention@prod
        - rules:  rules/keywords.csv
        - human:  tier1
      sure: { error_budget: 2%, min_margin: 0.1, outside: reject }
  - decide: { table: rules/routing.csv, hit: first }
act:
  - ticket:
      http: { post: "${HELPDESK}/tickets", headers: { Authorization: "Bearer ${HELPDESK_TOKEN}" },
              body: { queue: decision.queue, note: "from {event.from}, {sender.messages} today" } }
      key: event.id
      undo: { http: { delete: "${HELPDESK}/tickets/{outcome.id}" } }
      retry: { attempts: 3, backoff: 2s, backoff_max: 1m }
      timeout: 5s
  - file: { move: "done/{decision.queue}", when: intent.label != "spam" && sender.subjects < 5, hold: 10m }
  - answer: { mail: { to: "{event.from}", from: "shop@example.com", subject: "Re: {event.subject}",
                    text: "We got it.", smtp: "smtps://${SMTP_USER}:${SMTP_PASSWORD}@mail.example.com" } }
)";

inline const char* kRouting =
    "intent.label,event.amount,=> queue,=> priority\n\"refund, complaint\",> 100,desk,1\n"
    "\"refund, complaint\",-,refunds,2\n-,-,general,3\n";
inline const char* kKeywords =
    "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n";

inline MapFiles samples() {
  MapFiles files;
  files.content["shop/routing.csv"] = kRouting;
  files.content["shop/keywords.csv"] = kKeywords;
  files.content["shop/plain.csv"] = "text,=> queue\n-,x\n";
  files.content["shop/rules/keywords.csv"] = kKeywords;
  files.content["shop/rules/routing.csv"] = kRouting;
  return files;
}

inline Result<FlowFile> parsed(std::string text) {
  MapFiles files = samples();
  return parse_flow(files, "shop/flow.yaml", text);
}

inline std::string refused(std::string text) {
  auto flow = parsed(std::move(text));
  return flow ? "accepted" : std::string(code_name(flow.error().code)) + " " + flow.error().text();
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

}  // namespace fovea::file
