// SPDX-License-Identifier: Apache-2.0
// Method: refusals before answers; each hostile form of JSON by name; round trips as properties.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time.h"

namespace detente {
namespace {

Errc code_of(std::string_view text, bool integers_only = true) {
  const Result<JsonDocument> doc =
      parse_json(text, {.bytes_max = 1000, .integers_only = integers_only});
  EXPECT_FALSE(doc) << text;
  return doc ? Errc::usage : doc.error().code;
}

TEST(Json, RefusesHostileForms) {
  EXPECT_EQ(code_of(R"({"a":1,"a":2})"), Errc::json_duplicate_key);
  EXPECT_EQ(code_of(R"({"a":1,"\u0061":2})"), Errc::json_duplicate_key);
  EXPECT_EQ(code_of(std::string(40, '[')), Errc::json_too_deep);
  EXPECT_EQ(code_of(std::string(2000, ' ')), Errc::json_too_large);
  EXPECT_EQ(code_of("1.5"), Errc::json_number);
  EXPECT_EQ(code_of("1e3"), Errc::json_number);
  EXPECT_EQ(code_of("1e400", false), Errc::json_number);
  EXPECT_EQ(code_of("18446744073709551615"), Errc::json_number);
  for (const char* bad : {"", "{", "[1,]", "01", "{} x", "\"\\ud800\"", "\"\xff\"", "nul"}) {
    EXPECT_EQ(code_of(bad), Errc::json_malformed) << bad;
  }
}

TEST(Json, NamesThePlaceOfABadMember) {
  const Result<JsonDocument> doc = parse_json(R"({"a":{"b":[1,"x"]}})", {.bytes_max = 100});
  ASSERT_TRUE(doc);
  const Result<JsonReader> a = doc->root().object("a");
  ASSERT_TRUE(a);
  const Result<std::vector<std::string>> b = a->strings("b", 5, 5);
  ASSERT_FALSE(b);
  EXPECT_EQ(b.error().code, Errc::json_member_type);
  EXPECT_EQ(b.error().place, "a/b/0");
  EXPECT_EQ(a->only({"c"}).error().code, Errc::json_member_unknown);
  EXPECT_EQ(a->string("z", 5).error().code, Errc::json_member_missing);
}

RC_GTEST_PROP(Json, QuotedTextIsReadBack, (const std::string& raw)) {
  std::string text;
  for (const char c : raw) text.push_back(static_cast<char>(c & 0x7f));
  const Result<JsonDocument> doc = parse_json(json_quote(text), {.bytes_max = 1U << 20});
  RC_ASSERT(doc);
  RC_ASSERT(doc->root().as_string(1U << 20, true).value() == text);
}

TEST(Base64, RefusesAllButTheCanonicalForm) {
  for (const char* bad :
       {"A", "AA", "AAA", "AB==", "AAB=", "A===", "AA=A", "AA==AAAA", "AA= =", "A\nAA"}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
  EXPECT_EQ(from_base64("").value().size(), 0U);
}

TEST(Base64, OfUrlsRefusesPaddingAndTheOtherAlphabet) {
  for (const char* bad : {"A", "AA==", "AAA=", "A+AA", "A/AA", "AB", "AAB", "AA A", "AAAAA"}) {
    EXPECT_FALSE(from_base64url(bad)) << bad;
  }
  EXPECT_EQ(to_hex(from_base64url("-_8").value()), "fbff");
  EXPECT_EQ(to_hex(from_base64url("_w").value()), "ff");
  EXPECT_EQ(from_base64url("").value().size(), 0U);
}

RC_GTEST_PROP(Base64, IsReadBack, (const Bytes& bytes)) {
  RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
  RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
}

TEST(Time, RefusesWhatIsNotRfc3339WithAZone) {
  for (const char* bad :
       {"", "2016-07-15", "2016-07-15T06:00:00", "2016-07-15 06:00:00Z", "2016-02-30T06:00:00Z",
        "2016-07-15T24:00:00Z", "2016-07-15T06:00:60Z", "2016-07-15T06:00:00.Z",
        "2016-07-15T06:00:00+24:00", "2016-07-15T06:00:00Zx", "1969-12-31T23:59:59Z",
        "99999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(Time, ReadsOffsetsAndFractions) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01.5Z").value().value, 1500);
  EXPECT_EQ(parse_rfc3339("2016-07-15T09:00:00+03:00").value(),
            parse_rfc3339("2016-07-15T06:00:00Z").value());
}

RC_GTEST_PROP(Time, IsReadBack, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(0, 253402300799999);
  RC_ASSERT(parse_rfc3339(format_rfc3339(UtcMs{ms})).value().value == ms);
}

TEST(Utf8, RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(is_utf8("Халеб حلب"));
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace detente
