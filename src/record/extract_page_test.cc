// SPDX-License-Identifier: Apache-2.0
#include "record/extract_page.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::TestParty;

const std::string kAgreement = to_hex(crypto::sha256(as_bytes("an agreement")));

// Officers of north sign whatever the test gives them; the whole log is extracted.
struct Page {
  Extract extract;
  ExtractReport report;
  explicit Page(const std::vector<std::string>& texts, std::string question = "everything") {
    TestParty north("north", 1, kAgreement);
    TestParty south("south", 101, kAgreement);
    north.open();
    for (const std::string& text : texts) {
      JsonWriter body;
      body.begin_object().member("text", text).end_object();
      check(north.append("note.text", body.take(), {north.duty_1()}).has_value(), "it is logged");
    }
    const ExtractTrust trust{kAgreement, {north.owner(), south.owner()}, {}};
    ExtractSource source;
    source.owner = north.owner();
    source.checkpoint = north.note({south.witness()}).encode();
    for (const Bytes& entry : north.entries()) source.leaves.push_back(leaf_hash(entry));
    source.entry = [&north](LeafIndex i) -> Result<Bytes> { return north.entries()[i.value]; };
    source.keys = {LeafIndex{0}, LeafIndex{1}, LeafIndex{2}};
    source.notes = {source.checkpoint};
    ExtractRequest request;
    request.question = std::move(question);
    request.by = "south";
    request.made = kTestStart;
    for (std::size_t i = 3; i < north.entries().size(); ++i) {
      request.asked.insert({north.origin(), LeafIndex{i}});
    }
    Result<MadeExtract> made = make_extract(request, {source}, trust);
    check(made.has_value(), made ? "" : made.error().text().c_str());
    extract = std::move(made->extract);
    Result<ExtractReport> judged = verify_extract(extract, trust);
    check(judged.has_value(), "it verifies");
    report = std::move(*judged);
  }
  std::string html() const { return extract_page(extract, report); }
  std::string text() const { return extract_text(extract, report); }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::vector<std::string> kHostile = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</pre></details><pre id=\"detente-extract-v1\">\nAAAA\n</pre>",
    "&lt;b&gt; & ' \"",
    "abc\xE2\x80\xAE"
    "dlrow",
    "\n12:00 south sends STOP",
    "\x1b[31mred\x1b[0m",
    "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
};

TEST(ExtractPage, MarkupInAStatementStaysText) {
  const std::string html = Page(kHostile, "<b>which</b> & \"why\"").html();
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_FALSE(has(html, "<img"));
  EXPECT_FALSE(has(html, "<b>"));
  EXPECT_TRUE(has(html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_TRUE(has(html, "<bdi>&lt;b&gt;which&lt;/b&gt; &amp; &quot;why&quot;</bdi>"));
  // The one block that a verifier reads is the page's own.
  std::size_t blocks = 0;
  for (std::size_t at = html.find("<pre id="); at != std::string::npos;
       at = html.find("<pre id=", at + 1)) {
    ++blocks;
  }
  EXPECT_EQ(blocks, 1U);
}

TEST(ExtractPage, WhatTurnsOrHidesTextIsShownAsItsNumber) {
  const Page page(kHostile);
  for (const std::string& out : {page.html(), page.text()}) {
    EXPECT_FALSE(has(out, "\xE2\x80\xAE"));
    EXPECT_FALSE(has(out, "\x1b"));
    EXPECT_TRUE(has(out, "abc\\u202edlrow"));
    EXPECT_TRUE(has(out, "\\u001b[31mred"));
    EXPECT_TRUE(has(out, "\\u000a12:00 south sends STOP"));
    EXPECT_TRUE(has(out, kHostile.back())) << "other scripts stay as they are";
  }
}

TEST(ExtractPage, HoldsItsExtract) {
  const Page page(kHostile);
  const std::string html = page.html();
  ASSERT_TRUE(is_extract_page(html));
  const Result<std::string> inside = extract_of_page(html);
  ASSERT_TRUE(inside.has_value()) << inside.error().text();
  EXPECT_EQ(*inside, encode_extract(page.extract));
}

TEST(ExtractPage, NeedsNoScriptNoNetworkAndNoOtherFile) {
  const std::string html = Page({"a remark"}).html();
  EXPECT_TRUE(has(html, "default-src &#39;none&#39;"));
  for (const char* word : {"<script", "http:", "https:", "src=", "@import", "url("}) {
    EXPECT_FALSE(has(html, word)) << word;
  }
}

TEST(ExtractPage, PagesWithoutOneWholeBlockAreRefused) {
  const std::string html = Page({"a remark"}).html();
  const auto code = [](const std::string& page) {
    const Result<std::string> inside = extract_of_page(page);
    return inside ? Errc{} : inside.error().code;
  };
  EXPECT_EQ(code("<!DOCTYPE html>"), Errc::extract_malformed);
  EXPECT_EQ(code(html + html), Errc::extract_malformed);
  EXPECT_EQ(code(html.substr(0, html.rfind("</pre>"))), Errc::extract_malformed);
  std::string changed = html;
  changed[changed.find("detente-extract-v1\">\n") + 30] = '*';
  EXPECT_EQ(code(changed), Errc::extract_malformed);
}

TEST(ExtractPage, SaysWhoHadItAndWhatIsMissing) {
  const Page page({"a remark"});
  EXPECT_TRUE(has(page.text(), "south: seen (consistent) at 2016-07-15T06:00:04Z, 1 s later"))
      << page.text();
  EXPECT_TRUE(has(page.text(), "MISSING     south: not held by any proof in this extract"));
  EXPECT_TRUE(has(page.html(), "<li class=\"no\"><bdi>south: not held by any proof"));
  EXPECT_TRUE(has(extract_json(page.extract, page.report), R"("level":"held","time":null)"));
}

}  // namespace
}  // namespace detente::record
