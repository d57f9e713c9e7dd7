// `fovea audit`: verify the log of a state, prove one decision, export the log for others to verify.
#pragma once

#include "door/cli/kept_state.h"

namespace fovea::cli {

struct AuditOptions : StateOptions {
  std::string id;    // prove
  std::string file;  // prove: where the receipt goes (standard output if empty); check-receipt: the receipt
  std::string key;   // check-receipt: the log's public key file; empty: that of the state
  std::string to;    // export
};

int verify_audit(const AuditOptions& options);
int prove_decision(const AuditOptions& options);
int check_receipt(const AuditOptions& options);
int export_audit(const AuditOptions& options);

}  // namespace fovea::cli
