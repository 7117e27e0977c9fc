// SPDX-License-Identifier: Apache-2.0
#include "detente-verify/claims.h"

#include <fmt/core.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "detente-verify/agreement.h"
#include "detente-verify/folder.h"

namespace detente::verify {

Result<ClaimsVerdict> verify_claims_file(const std::string& path, const std::string& agreement,
                                         const AnswerPaths& files) {
  DETENTE_TRY(const Bytes terms, read_regular_file(agreement, limits::kAgreementBytes));
  Result<Agreement> parties = read_agreement(terms);
  if (!parties) return fail(std::move(parties.error()).at(agreement));
  DETENTE_TRY(const Bytes file, read_regular_file(path, record::kPsiClaimFileBytes));
  Bytes question;
  Bytes answer;
  std::optional<record::PsiAnswerFiles> whole;
  if (!files.question.empty()) {
    DETENTE_TRY(question, read_regular_file(files.question, limits::kCheckFileBytes));
    DETENTE_TRY(answer, read_regular_file(files.answer, limits::kCheckFileBytes));
    whole = record::PsiAnswerFiles{question, answer};
  }
  Result<record::PsiVerdict> found =
      record::verify_psi_claims(as_text(file), parties->owners, whole);
  if (!found) return fail(std::move(found.error()).at(path));
  return ClaimsVerdict{parties->hash, to_hex(crypto::sha256(file)), std::move(*found)};
}

std::string text(const ClaimsVerdict& verdict) {
  std::string out = fmt::format("agreement     SHA-256 {}\n", verdict.agreement);
  out += fmt::format("claims        SHA-256 {}\n", verdict.sha256);
  out += fmt::format("epoch         {}, {}\n", verdict.found.epoch,
                     record::psi_purpose_name(verdict.found.purpose));
  for (const record::PsiFinding& finding : verdict.found.findings) {
    out += fmt::format("proven        {}\n", finding.sentence);
  }
  out +=
      "Proven are the statements' places in the logs and the openings. Whether their officers were "
      "in role is read from the whole log.\n";
  return out;
}

std::string json(const ClaimsVerdict& verdict) {
  JsonWriter out;
  out.begin_object().member("proven", true).member("agreement", verdict.agreement);
  out.member("sha256", verdict.sha256).member("epoch", verdict.found.epoch);
  out.member("purpose", record::psi_purpose_name(verdict.found.purpose));
  out.name("findings").begin_array();
  for (const record::PsiFinding& finding : verdict.found.findings) {
    out.begin_object().member("sentence", finding.sentence);
    out.member("positive", finding.positive).end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace detente::verify
