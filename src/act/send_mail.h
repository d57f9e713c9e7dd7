// Sends a plain-text message over SMTP (libcurl). Arguments: {server, from, to, subject, text, user?, password?,
// timeout?, plain?}; `server` is "smtp://[USER:PASSWORD@]HOST[:PORT]" or "smtps://..."; `to` is an address or a list of
// them; `server`, `user` and `password` may refer to secrets. STARTTLS is demanded, except on loopback, where it is
// used if it is offered, and with `plain: true`. Message-ID comes from the idempotency key, so that a second copy can
// be known as one. 4xx and a failed connection: retry. 5xx: failed. Lost after the text went out: unknown, and nobody
// can say. There is no undo of its own.
#pragma once

#include <memory>

#include "act/effector.h"
#include "act/secret.h"

namespace fovea::act {

std::unique_ptr<Effector> make_send_mail(const Secrets& secrets, const Clock& clock);

}  // namespace fovea::act
