// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/hotline.md is made here from its key and must be what
// the page has, byte for byte; its message is read and rendered.
#include <gtest/gtest.h>

#include <fstream>

#include "hotline/flash.h"
#include "hotline/forms.h"
#include "hotline/testing_line.h"
#include "record/testing_page.h"

namespace detente::hotline {
namespace {

using namespace testing;
constexpr std::size_t kFold = 96;

std::string folded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += kFold) out += text.substr(i, kFold) + "\n";
  return out;
}

record::testing::Blocks page() {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/hotline.md");
  check(in.good(), "the page is there");
  return record::testing::named_blocks(in);
}

std::string unfolded(std::string text) {
  std::erase(text, '\n');
  return text;
}

std::string example_flash() {
  const record::StatementDraft draft{StatementId{"00112233445566778899aabbccddeeff"},
                                     std::string(64, 'a'),
                                     Origin{origin_of("north")},
                                     "stop.send",
                                     kMorning + 86'400'000,
                                     {},
                                     R"({"activity":"","reason":"close pass"})"};
  const std::string officer = "north/duty-1";
  return record::sign_statement(draft, {{officer, key_of(officer)}}).encode();
}

TEST(HotlinePage, HasTheFlashThatItsKeyGives) {
  EXPECT_EQ(page().at("flash"), folded(example_flash()));
}

TEST(HotlinePage, HoldsAllThatAReaderNeeds) {
  const Flash flash = read_flash(unfolded(page().at("flash"))).value();
  EXPECT_TRUE(flash.stop());
  EXPECT_EQ(std::get<StopBody>(flash.body).reason, "close pass");
  const JsonDocument document = parse_json(page().at("message"), {.bytes_max = 10'000}).value();
  const MessageBody message = read_message(document.root()).value();
  const JsonDocument fields = parse_json(message.fields, {.bytes_max = 10'000}).value();
  std::string rendered;
  for (const Language language : kLanguages) {
    rendered += render(*find_form(message.form), fields.root(), language) + "\n";
  }
  EXPECT_EQ(page().at("rendered"), rendered);
}

TEST(HotlinePage, NamesEveryForm) {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/hotline.md");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  for (const Form& form : forms()) {
    EXPECT_NE(text.find("`" + std::string(form.code) + "`"), std::string::npos) << form.code;
  }
}

}  // namespace
}  // namespace detente::hotline
