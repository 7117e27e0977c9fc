// SPDX-License-Identifier: Apache-2.0
#include "app/utm_desk.h"

#include <sys/resource.h>

#include "app/identity.h"

namespace detente::app {
namespace {

constexpr std::size_t kPemBytes = 65'536;

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

Result<utm::DeskOptions> open_utm_desk(const UtmOptions& options) {
  utm::DeskOptions desk = options.desk;
  if (options.jwt_keys.empty()) {
    return fail(Errc::usage, "the UTM interface needs a token authority's key", "--jwt-key");
  }
  if (options.audiences.empty()) {
    return fail(Errc::usage, "the UTM interface needs this server's host name", "--audience");
  }
  for (const std::string& given : options.jwt_keys) {
    const std::size_t equals = given.find('=');
    const std::string kid = equals == std::string::npos ? "" : given.substr(0, equals);
    const std::string path = equals == std::string::npos ? given : given.substr(equals + 1);
    DETENTE_TRY(const std::string pem, read_text_file(path, kPemBytes));
    Result<crypto::RsaPublicKey> key = crypto::RsaPublicKey::from_pem(pem);
    if (!key) return fail(std::move(key.error()).at(path));
    desk.trust.keys.push_back({kid, std::move(*key)});
  }
  desk.trust.audiences = options.audiences;
  return desk;
}

}  // namespace detente::app
