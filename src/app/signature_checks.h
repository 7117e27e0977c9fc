// SPDX-License-Identifier: Apache-2.0
//
// Checks many Ed25519 signatures side by side before a node's step needs them. The node's own
// verifier then finds the answer; what was not checked before, it checks itself.
// Threads: called by one; check() uses all processors and returns when all is done.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "record/log_reader.h"

namespace detente::app {

struct SignatureCheck {
  crypto::PublicKey key{};
  std::string message;
  crypto::Signature signature{};
};

class SignatureChecks {
 public:
  SignatureChecks();
  ~SignatureChecks();
  SignatureChecks(SignatureChecks&&) noexcept;
  SignatureChecks& operator=(SignatureChecks&&) noexcept;

  // For node::NodeConfig::verify; lives as long as anything that was made from it.
  record::VerifySignature verifier() const;
  // Forgets the last batch and takes this one.
  void check(std::vector<SignatureCheck> batch);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace detente::app
