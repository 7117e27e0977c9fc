// SPDX-License-Identifier: Apache-2.0
#include "app/signature_checks.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "crypto/hash.h"

namespace detente::app {
namespace {

// Below this a thread costs more than it saves.
constexpr std::size_t kShareMin = 16;

Hash key_of(const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) {
  return crypto::sha256({ByteView(key), ByteView(signature), message});
}

}  // namespace

struct SignatureChecks::Impl {
  std::set<Hash> good;  // of the last batch
};

SignatureChecks::SignatureChecks() : impl_(std::make_shared<Impl>()) {}
SignatureChecks::~SignatureChecks() = default;
SignatureChecks::SignatureChecks(SignatureChecks&&) noexcept = default;
SignatureChecks& SignatureChecks::operator=(SignatureChecks&&) noexcept = default;

record::VerifySignature SignatureChecks::verifier() const {
  return [impl = impl_](const crypto::PublicKey& key, ByteView message,
                        const crypto::Signature& signature) {
    return (!impl->good.empty() && impl->good.contains(key_of(key, message, signature))) ||
           crypto::verify(key, message, signature);
  };
}

void SignatureChecks::check(std::vector<SignatureCheck> batch) {
  impl_->good.clear();
  const std::size_t share = std::max<std::size_t>(kShareMin / 2, 1);
  if (batch.size() < kShareMin) return;
  std::vector<char> good(batch.size(), 0);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    while (true) {
      const std::size_t from = next.fetch_add(share);
      if (from >= batch.size()) return;
      for (std::size_t i = from; i < std::min(from + share, batch.size()); ++i) {
        good[i] = crypto::verify(batch[i].key, as_bytes(batch[i].message), batch[i].signature);
      }
    }
  };
  {
    std::vector<std::jthread> others;
    const std::size_t threads = std::min<std::size_t>(
        std::max(1U, std::thread::hardware_concurrency()), batch.size() / kShareMin + 1);
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (good[i] == 0) continue;
    impl_->good.insert(key_of(batch[i].key, as_bytes(batch[i].message), batch[i].signature));
  }
}

}  // namespace detente::app
