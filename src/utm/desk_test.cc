// SPDX-License-Identifier: Apache-2.0
#include "utm/desk.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "utm/testing_world.h"

namespace detente::utm {
namespace {

using testing::HasSubstr;

std::string base64url(const unsigned char* bytes, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(n));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.erase(out.find_last_not_of('=') + 1);
  return out;
}
std::string base64url(const std::string& text) {
  return base64url(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

// An authority with a key of its own.
class Authority {
 public:
  Authority() : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {}

  crypto::RsaPublicKey key() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(PEM_write_bio_PUBKEY(out.get(), key_.get()), 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return *crypto::RsaPublicKey::from_pem(std::string(text, static_cast<std::size_t>(size)));
  }

  std::string token(const std::string& subject, const std::string& scope) const {
    JsonWriter claims;
    claims.begin_object().member("sub", subject).member("iss", "test").member("aud", "here");
    claims.member("exp", kNow.value / 1'000 + 600).member("scope", scope).end_object();
    const std::string text =
        base64url(std::string(R"({"alg":"RS256"})")) + "." + base64url(claims.take());
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()), 1);
    EXPECT_EQ(
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()),
        1);
    return "Bearer " + text + "." + base64url(signature);
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

class DeskTest : public testing::Test {
 public:
  Desk desk(int requests_per_s) const {
    DeskOptions options;
    options.trust.keys.push_back({"", authority.key()});
    options.trust.audiences = {"here"};
    options.requests_per_s = requests_per_s;
    return Desk(std::move(options));
  }
  static constexpr const char* kQuery =
      R"({"area_of_interest":{"volume":{"outline_circle":{"center":{"lat":47,"lng":7},"radius":{"value":500,"units":"M"}}}}})";
  static Asked query(const std::string& token, std::string_view body = kQuery) {
    return {"POST", "/dss/v1/operational_intent_references/query", token, "", body};
  }
  static int status(const Desk::Outcome& outcome) {
    const auto* reply = std::get_if<Reply>(&outcome);
    return reply == nullptr ? 0 : reply->status;
  }
  Authority authority;
  Registry registry;
};

TEST_F(DeskTest, ChecksTokenScopeAndShowsWhatItRefused) {
  Desk door = desk(0);
  const std::string token = authority.token("uss1", "utm.strategic_coordination");
  EXPECT_EQ(status(door.take(query(token), registry, kNow)), 200);
  EXPECT_EQ(status(door.take(query(""), registry, kNow)), 401);
  EXPECT_EQ(status(door.take(query(token + "x"), registry, kNow)), 401);
  EXPECT_EQ(status(door.take(query(token), registry, kNow + kHour)), 401) << "it is over";
  const std::string other = authority.token("uss2", "utm.constraint_management");
  EXPECT_EQ(status(door.take(query(other), registry, kNow)), 403);
  const std::string shown = door.json(registry, {}, kNow);
  EXPECT_THAT(shown, HasSubstr(R"("status":403)"));
  EXPECT_THAT(shown, HasSubstr(R"("subject":"uss2")"));
  EXPECT_EQ(shown.find(token.substr(60, 40)), std::string::npos) << "no token is shown";
}

TEST_F(DeskTest, LimitsEachServiceByItself) {
  Desk door = desk(5);
  const std::string token = authority.token("uss1", "utm.strategic_coordination");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status(door.take(query(token), registry, kNow)), 200);
  EXPECT_EQ(status(door.take(query(token), registry, kNow)), 429);
  const std::string other = authority.token("uss2", "utm.strategic_coordination");
  EXPECT_EQ(status(door.take(query(other), registry, kNow)), 200);
  EXPECT_EQ(status(door.take(query(token), registry, kNow + 200)), 200);
  EXPECT_EQ(status(door.take(query(token), registry, kNow + 200)), 429);
}

TEST_F(DeskTest, ALargeBodyCountsForMany) {
  Desk door = desk(10);
  const std::string token = authority.token("uss1", "utm.strategic_coordination");
  const std::string large = std::string(80U << 10, ' ') + kQuery;
  EXPECT_EQ(status(door.take(query(token, large), registry, kNow)), 200);
  EXPECT_EQ(status(door.take(query(token), registry, kNow + 1'000)), 429);
  EXPECT_EQ(status(door.take(query(token), registry, kNow + 4'000)), 200) << "it is paid";
}

TEST_F(DeskTest, AnswersTheQuestionsOfConformanceSuites) {
  Desk door = desk(0);
  const std::string token = authority.token("uss1", "utm.strategic_coordination");
  EXPECT_EQ(status(door.take({"GET", "/healthy", "", "", ""}, registry, kNow)), 200);
  EXPECT_EQ(status(door.take({"GET", "/aux/v1/validate_oauth", token, "uss1", ""}, registry, kNow)),
            200);
  EXPECT_EQ(status(door.take({"GET", "/aux/v1/validate_oauth", token, "uss2", ""}, registry, kNow)),
            403);
  EXPECT_EQ(status(door.take({"GET", "/nothing", token, "", ""}, registry, kNow)), 404);
  EXPECT_EQ(status(door.take({"PATCH", "/dss/v1/reports", token, "", ""}, registry, kNow)), 405);
}

TEST_F(DeskTest, TakesNoticesOfManagersInOrder) {
  Desk door = desk(0);
  const std::string token = authority.token("uss1", "utm.constraint_management");
  const std::string body = R"({"constraint_id":"00000000-0000-4000-8000-000000000001",)"
                           R"("subscriptions":[{"subscription_id":)"
                           R"("00000000-0000-4000-8000-000000000002","notification_index":1}]})";
  const Asked told{"POST", "/uss/v1/constraints", token, "", body};
  EXPECT_EQ(status(door.take(told, registry, kNow)), 204);
  const Asked details{"GET", "/uss/v1/constraints/00000000-0000-4000-8000-000000000001", token, "",
                      ""};
  EXPECT_EQ(status(door.take(details, registry, kNow)), 403);
}

}  // namespace
}  // namespace detente::utm
