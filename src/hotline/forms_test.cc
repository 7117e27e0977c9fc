// SPDX-License-Identifier: Apache-2.0
// Method: every form is filled with every kind of field that it has and rendered in the three
// languages; then what must not get through is put in.
#include "hotline/forms.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/bytes.h"
#include "hotline/bodies.h"
#include "terms/purpose.h"

namespace detente::hotline {
namespace {

const std::string kOpen = "\xE2\x81\xA8";
const std::string kClose = "\xE2\x81\xA9";

void write_example(JsonWriter& out, const Field& field) {
  const std::string name(field.name);
  switch (field.kind) {
    case FieldKind::text:
      out.member(name, "HERON21");
      return;
    case FieldKind::place:
      out.name(name).begin_object().member("lat_e7", 359'000'000).member("lng_e7", 366'500'000);
      out.member("name", "Idlib").end_object();
      return;
    case FieldKind::time:
      out.member(name, "2016-07-15T06:20:00Z");
      return;
    case FieldKind::number:
    case FieldKind::altitude:
      out.member(name, 90);
      return;
    case FieldKind::code:
      out.member(name, std::string(field.codes.front().code));
      return;
    case FieldKind::activity:
      out.member(name, "00112233445566778899aabbccddeeff");
      return;
  }
}

std::string example(const Form& form, bool optional) {
  JsonWriter out;
  out.begin_object();
  for (const Field& field : form.fields) {
    if (field.needed || optional) write_example(out, field);
  }
  return out.end_object().take();
}

JsonDocument json(const std::string& text) {
  return parse_json(text, {.bytes_max = 100'000}).value();
}

std::string message(const std::string& fields, const std::string& more = "") {
  return R"({"form":"stay_clear","fields":)" + fields + R"(,"language":"en","to":["south"])" +
         more + "}";
}
const std::string kClear =
    R"({"place":{"lat_e7":359000000,"lng_e7":366500000},"radius":5,"from":"2016-07-15T06:00:00Z",)"
    R"("until":"2016-07-15T08:00:00Z","reason":"medical"})";

Errc refusal(const std::string& body) {
  const JsonDocument document = json(body);
  const Result<MessageBody> read = read_message(document.root());
  return read ? Errc{} : read.error().code;
}

TEST(Forms, AreReadableInTheThreeLanguagesWithAndWithoutTheirOptionalFields) {
  std::set<std::string> codes;
  for (const Form& form : forms()) {
    EXPECT_TRUE(codes.insert(std::string(form.code)).second) << form.code;
    EXPECT_FALSE(terms::is_refused_member(form.code)) << form.code;
    for (const bool optional : {false, true}) {
      const JsonDocument fields = json(example(form, optional));
      const Status fits = check_fields(form, fields.root());
      ASSERT_TRUE(fits) << form.code << " " << fits.error().text();
      for (const Language language : kLanguages) {
        const std::string text = render(form, fields.root(), language);
        EXPECT_TRUE(is_utf8(text)) << form.code;
        EXPECT_EQ(text.find_first_of("{}[]"), std::string::npos) << text;
        EXPECT_GT(text.size(), 10U) << form.code;
      }
    }
  }
  EXPECT_GE(codes.size(), 12U);
}

TEST(Forms, NameEveryFieldInEveryLanguagesSentence) {
  for (const Form& form : forms()) {
    for (const Field& field : form.fields) {
      EXPECT_FALSE(terms::is_refused_member(field.name)) << field.name;
      for (const std::string_view text : form.text) {
        EXPECT_NE(text.find("{" + std::string(field.name) + "}"), std::string_view::npos)
            << form.code << " " << field.name;
      }
      for (const Code& code : field.codes) {
        for (const std::string_view title : code.title) EXPECT_FALSE(title.empty()) << code.code;
      }
    }
  }
}

TEST(Forms, RefuseWhatDescribesTargetingBeforeAnythingElse) {
  EXPECT_EQ(refusal(message(R"({"target":"x"})")), Errc::restraint);
  EXPECT_EQ(refusal(message(kClear, R"(,"aim_point":[1,2])")), Errc::restraint);
  EXPECT_EQ(refusal(R"({"form":"strike_request","fields":{},"language":"en","to":["south"]})"),
            Errc::hotline_form);
}

TEST(Forms, RefuseFieldsThatDoNotFit) {
  EXPECT_EQ(refusal(message(kClear)), Errc{});
  EXPECT_EQ(refusal(message("{}")), Errc::hotline_form);
  EXPECT_EQ(refusal(message(R"({"words":"anything"})")), Errc::hotline_form);
  const auto with = [](const std::string& from, const std::string& to) {
    std::string fields = kClear;
    fields.replace(fields.find(from), from.size(), to);
    return refusal(message(fields));
  };
  EXPECT_EQ(with("\"medical\"", "\"because\""), Errc::hotline_form);
  EXPECT_EQ(with("\"radius\":5", "\"radius\":101"), Errc::json_member_range);
  EXPECT_EQ(with("359000000", "3590000000"), Errc::json_member_range);
  EXPECT_EQ(with("2016-07-15T06:00:00Z", "soon"), Errc::bad_time);
  EXPECT_EQ(with("\"lng_e7\":366500000", "\"lng_e7\":366500000,\"unit\":\"x\""),
            Errc::json_member_unknown);
}

TEST(Forms, RefuseMessagesForNobodyAndTextWithoutItsLanguage) {
  const std::string head = R"({"form":"stay_clear","fields":)" + kClear;
  EXPECT_EQ(refusal(head + R"(,"language":"en","to":[]})"), Errc::hotline_malformed);
  EXPECT_EQ(refusal(head + R"(,"language":"en","to":["south","south"]})"), Errc::hotline_malformed);
  EXPECT_EQ(refusal(head + R"(,"language":"xx","to":["south"]})"), Errc::hotline_form);
  EXPECT_EQ(refusal(head + R"(,"to":["south"]})"), Errc::json_member_missing);
  EXPECT_EQ(refusal(message(kClear, R"(,"text":")" + std::string(1'001, 'x') + "\"")),
            Errc::json_member_range);
}

TEST(Forms, AMessageIsWrittenAsItIsRead) {
  const JsonDocument document = json(message(kClear, R"(,"text":"now","reply_to":"ab")"));
  const MessageBody body = read_message(document.root()).value();
  const JsonDocument again = json(write_message(body));
  EXPECT_EQ(write_message(read_message(again.root()).value()), write_message(body));
  EXPECT_EQ(body.reply_to.value, "ab");
}

TEST(Forms, IsolateWhatReadsLeftToRightSoThatArabicKeepsItsOrder) {
  const Form& form = *find_form("stay_clear");
  const JsonDocument fields = json(kClear);
  const std::string arabic = render(form, fields.root(), Language::ar);
  EXPECT_NE(arabic.find(kOpen + "35.9000 N 36.6500 E" + kClose), std::string::npos) << arabic;
  EXPECT_NE(arabic.find(kOpen + "5 km" + kClose), std::string::npos) << arabic;
  EXPECT_NE(arabic.find("رحلة طبية"), std::string::npos) << arabic;
  EXPECT_EQ(render(form, fields.root(), Language::en),
            "Please stay clear of this place: " + kOpen + "35.9000 N 36.6500 E" + kClose +
                ". Radius: " + kOpen + "5 km" + kClose + ". From: " + kOpen +
                "2016-07-15T06:00:00Z" + kClose + ". Until: " + kOpen + "2016-07-15T08:00:00Z" +
                kClose + ". Reason: medical flight.");
}

TEST(Forms, WhatIsTypedCannotEndItsIsolateOrBreakTheLine) {
  EXPECT_EQ(isolate("A" + kClose + "B\n" + kOpen + "C\u202E\u200F\u061C"), kOpen + "AB C" + kClose);
  EXPECT_EQ(isolate("طائرة"), kOpen + "طائرة" + kClose);
}

TEST(Warnings, KindsHaveTitlesAndOthersAreRefused) {
  for (const Code& kind : warning_kinds()) {
    for (const std::string_view title : kind.title) EXPECT_FALSE(title.empty()) << kind.code;
    EXPECT_FALSE(terms::is_refused_member(kind.code));
  }
  const auto refused = [](const std::string& text) {
    const JsonDocument document = json(text);
    const Result<WarningBody> read = read_warning(document.root());
    return read ? Errc{} : read.error().code;
  };
  const std::string until = R"(,"until":"2016-07-15T08:00:00Z"})";
  EXPECT_EQ(refused(R"({"kind":"persons_near")" + until), Errc{});
  EXPECT_EQ(refused(R"({"kind":"go_there")" + until), Errc::hotline_form);
  EXPECT_EQ(refused(R"({"kind":"firing","weapon":"x")" + until), Errc::restraint);
  EXPECT_EQ(refused(R"({"kind":"firing","text":"x")" + until), Errc::hotline_malformed);
  EXPECT_EQ(refused(R"({"kind":"firing"})"), Errc::json_member_missing);
  EXPECT_EQ(refused(R"({"kind":"firing","volume":{})" + until), Errc::json_member_missing);
}

}  // namespace
}  // namespace detente::hotline
