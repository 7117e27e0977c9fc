// SPDX-License-Identifier: Apache-2.0
// Method: the bodies of the worked example of docs/protocol/protection.md are said in its order,
// and what is shown must be what the page has. And the two vocabularies: no word of this folder
// speaks of a humanitarian notice as of something that is granted.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "protection/testing_notices.h"
#include "record/testing_page.h"

namespace detente::protection {
namespace {

using namespace testing;

const std::string kPage = DETENTE_SOURCE_DIR "/docs/protocol/protection.md";

record::testing::Blocks page() {
  std::ifstream in(kPage);
  check(in.good(), "the page is there");
  return record::testing::named_blocks(in);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string shown(const Desk& desk, const record::Ref& site) {
  const SiteView view = desk.site(site);
  std::string out =
      fmt::format("site {} by {}{}, version {}, expires {}\n", site_state_name(view.state),
                  view.confirmed_means, view.contested ? ", contested" : "", view.number,
                  format_rfc3339(view.expires));
  std::string units;
  for (const ReceiptChain& chain : desk.ledger.receipts(site, {}, desk.now)) {
    out += chain.party.value;
    for (const ReceiptStep& step : chain.steps) {
      out += fmt::format("{} {} ", step.step == Receipt::held ? "" : ",", receipt_name(step.step));
      out += step.time ? format_rfc3339(*step.time)
                       : fmt::format("missing {} s{}", step.missing_ms / 1000,
                                     step.overdue ? " overdue" : "");
    }
    out += "\n";
    for (const UnitNote& unit : chain.units) {
      units += "unit " + unit.unit + (unit.confirmed ? " confirmed\n" : " told\n");
    }
  }
  out += units;
  const CaseView one = desk.ledger.cases(desk.now).front();
  out += fmt::format("case of an incident {:.0f} m from the area{}\n", one.distance_m,
                     one.contested ? ", contested then" : "");
  out += "lists";
  const CaseFile file = desk.ledger.case_file(one.id, desk.now).value();
  for (const CaseRef& ref : file.refs) out += " " + ref.type;
  out += "\n";
  for (const CaseStepView& step : one.steps) {
    if (step.step != CaseStep::acknowledge) continue;
    out += fmt::format("{}{} acknowledge {}", step.party.value == "north" ? "" : ", ",
                       step.party.value,
                       step.done ? "done" : fmt::format("missing {} s", step.missing_ms / 1000));
  }
  return out + "\n";
}

TEST(ProtectionPage, ShowsWhatItsExampleGives) {
  const record::testing::Blocks blocks = page();
  Desk desk;
  const auto say = [&](const char* party, const char* type, std::int64_t minutes,
                       std::vector<record::Ref> refs, const char* officer = "desk-1") {
    desk.now = kMorning + minutes * 60'000;
    std::string body = std::string(type) == "notice.received" ? "{}" : blocks.at(type);
    std::erase(body, '\n');
    const Result<record::Ref> said = desk.try_say(party, type, body, std::move(refs), officer);
    EXPECT_TRUE(said) << type << ": " << said.error().text();
    return said.value_or(record::Ref{});
  };
  const record::Ref site = say("relief", "site.register", 0, {});
  say("relief", "site.confirm", 10, {site}, "desk-2");
  say("north", "notice.received", 90, {site});
  say("north", "notice.disseminated", 120, {site});
  say("south", "contest.open", 180, {site});
  const record::Ref event = say("monitor", "incident.report", 1'410, {});
  say("north", "case.step", 1'500, {event, site});
  desk.now = kMorning + 2 * kDay;
  EXPECT_EQ(blocks.at("shown"), shown(desk, site));
}

TEST(ProtectionPage, HasTheStandingSentences) {
  std::string sentences;
  for (const std::string_view sentence : kStandingSentences) {
    sentences += std::string(sentence) + "\n";
  }
  EXPECT_EQ(page().at("sentences"), sentences);
}

TEST(ProtectionPage, NamesEveryCategory) {
  const std::string text = text_of(kPage);
  for (const CategoryEntry& entry : categories()) {
    EXPECT_NE(text.find("`" + std::string(entry.name) + "`"), std::string::npos) << entry.name;
  }
}

TEST(TwoVocabularies, NothingHereGrantsOrWithholdsANotice) {
  const std::regex word("approv|den(y|ie)|reject|grant|permi(t|ss)|authori[sz]", std::regex::icase);
  std::size_t files = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(DETENTE_SOURCE_DIR "/src/protection")) {
    if (file.path().string().ends_with("_test.cc")) continue;
    ++files;
    EXPECT_FALSE(std::regex_search(text_of(file.path()), word)) << file.path();
  }
  EXPECT_GT(files, 15U);
  EXPECT_FALSE(std::regex_search(text_of(kPage), word));
}

}  // namespace
}  // namespace detente::protection
