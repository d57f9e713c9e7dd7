#include "door/inference/exchange.h"

#include "base/json_reader.h"
#include "door/inference/content_coding.h"
#include "door/inference/header_text.h"
#include "door/inference/limits.h"

namespace fovea::wire {

Exchange::Exchange(std::shared_ptr<const Door> door, http::Routed routed, Dialect dialect)
    : PendingCall(door->inference, door->clock, door->side, std::move(routed.caller)),
      request(std::move(routed.request)),
      dialect(dialect),
      door_(std::move(door)),
      respond_(std::move(routed.respond)) {
  region = header("x-data-region");
  key = header("x-routing-key");
}

std::string_view Exchange::header(std::string_view name) const {
  return header_of(request.headers, name);
}

Result<Json> Exchange::json() const {
  FOVEA_TRY(Json json, parse_json_within(request.body, kJsonValuesMax));
  if (!json.is_object()) return fail(Code::kInvalidArgument, "the body is no JSON object");
  return json;
}

void Exchange::answer(http::Response response) {
  if (response.body.size() >= kPackFrom) {
    if (const std::string_view coding = coding_for(header("Accept-Encoding")); !coding.empty()) {
      response.body = pack(coding, response.body);
      response.headers.emplace_back("Content-Encoding", coding);
      response.headers.emplace_back("Vary", "Accept-Encoding");
    }
  }
  respond_(std::move(response));
}

void Exchange::refuse(Refusal refusal) {
  respond_(response_of(refusal, dialect));
}

void Exchange::submit(inference::Call call, Render render) {
  submit_work(std::move(call), [this, render = std::move(render)](const inference::Reply& reply) -> Result<void> {
    FOVEA_TRY(http::Response response, render(reply));
    answer(std::move(response));
    return {};
  });
}

}  // namespace fovea::wire
