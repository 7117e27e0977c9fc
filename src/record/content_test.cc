// SPDX-License-Identifier: Apache-2.0
// Method: refusals first: documents, openings, packages and statements in other forms or sizes,
// answers by the wrong party. Properties over random content: any subset opens and verifies, any
// changed byte is a mismatch, an opening holds nothing of the other fields. The canonical form is
// checked with the examples of RFC 8785.
#include "record/content.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "crypto/hash.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::TestParty;

crypto::Secret32 key_of(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return crypto::Secret32::from_bytes(bytes);
}

Content content_of(std::string_view json) {
  Result<Content> content = Content::parse(json, "volume4d/v1");
  check(content.has_value(), "the test's content parses");
  return std::move(*content);
}

const Content& sample() {
  static const Content content = content_of(
      R"({"lat":361234567,"lon":371234567,"from":"2016-07-15T06:00:00Z","kinds":["a","b"],)"
      R"("deep":{"z":1,"a":null},"last":true})");
  return content;
}

Errc parse_error(std::string_view json, std::string schema = "volume4d/v1") {
  const Result<Content> content = Content::parse(json, std::move(schema));
  return content ? Errc{} : content.error().code;
}

std::string canonical(std::string_view json) {
  const Result<JsonDocument> document = parse_json(json, {.bytes_max = 100'000});
  check(document.has_value(), "the test's JSON parses");
  const Result<std::string> text = canonical_json(document->root());
  return text ? *text : errc_name(text.error().code);
}

TEST(Canonical, RefusesNumbersThatADoubleDoesNotHold) {
  EXPECT_EQ(canonical("9007199254740992"), "content_malformed");
  EXPECT_EQ(canonical("[-9007199254740992]"), "content_malformed");
  EXPECT_EQ(canonical("[9007199254740991,-9007199254740991]"),
            "[9007199254740991,-9007199254740991]");
}

TEST(Canonical, WritesTheExamplesOfRfc8785) {
  // Section 3.2.2, without the fractions, which our JSON does not have.
  EXPECT_EQ(
      canonical(R"({"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",)"
                R"( "literals": [null, true, false]})"),
      "{\"literals\":[null,true,false],\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  // Section 3.2.3: members by UTF-16 code units.
  EXPECT_EQ(canonical(R"({"\u20ac":5,"\r":1,"\ufb33":7,"1":2,"\ud83d\ude00":6,"\u0080":3,)"
                      R"("\u00f6":4})"),
            "{\"\\r\":1,\"1\":2,\"\u0080\":3,\"\u00f6\":4,\"\u20ac\":5,\"\U0001f600\":6,"
            "\"\ufb33\":7}");
  EXPECT_EQ(canonical(R"({"ab":1,"a":2,"":3})"), R"({"":3,"a":2,"ab":1})");
  EXPECT_EQ(canonical(R"("\b\t\n\f\r\u0000\u007f")"), "\"\\b\\t\\n\\f\\r\\u0000\u007f\"");
}

TEST(Content, RefusesWhatIsNoFlatObjectOfNamedFields) {
  EXPECT_EQ(parse_error("[1]"), Errc::json_member_type);
  EXPECT_EQ(parse_error("{}"), Errc::content_malformed);
  EXPECT_EQ(parse_error(R"({"a":1,"a":2})"), Errc::json_duplicate_key);
  EXPECT_EQ(parse_error(R"({"a":1.5})"), Errc::json_number);
  EXPECT_EQ(parse_error(R"({"a":9007199254740992})"), Errc::content_malformed);
  EXPECT_EQ(parse_error(R"({"":1})"), Errc::content_malformed);
  EXPECT_EQ(parse_error(R"({"a\nb":1})"), Errc::content_malformed);
  for (const char* schema : {"", "x", "/v1", "x/v0", "x/v", "x/v1a", "X/v1", "a b/v1"}) {
    EXPECT_EQ(parse_error(R"({"a":1})", schema), Errc::content_malformed) << schema;
  }
}

TEST(Content, RefusesHostileSizes) {
  std::string many = "{";
  for (std::size_t i = 0; i <= kContentFields; ++i) {
    many += fmt::format("{}\"f{}\":{}", i == 0 ? "" : ",", i, i);
  }
  EXPECT_EQ(parse_error(many + "}"), Errc::content_malformed);
  const std::string wide(kContentFieldBytes, 'x');
  EXPECT_EQ(parse_error("{\"a\":\"" + wide + "\"}"), Errc::content_malformed);
  EXPECT_EQ(parse_error("{\"" + wide.substr(0, 201) + "\":1}"), Errc::content_malformed);
  EXPECT_EQ(parse_error(std::string(kContentBytes + 1, ' ')), Errc::json_too_large);
  const std::string open(kContentDepth + 1, '[');
  const std::string close(kContentDepth + 1, ']');
  EXPECT_EQ(parse_error("{\"a\":" + open + close + "}"), Errc::json_too_deep);
  EXPECT_EQ(parse_error("{\"a\":" + open.substr(1) + close.substr(1) + "}"), Errc{});
}

TEST(Content, KeepsTheOrderOfItsDocument) {
  EXPECT_EQ(sample().fields().front().name, "lat");
  EXPECT_EQ(sample().fields()[4].value, R"({"a":null,"z":1})");
  EXPECT_EQ(content_of(sample().document()), sample());
}

TEST(Commitment, ChangesWithKeyValueNameAndOrder) {
  const std::vector<Commitment> all = {
      commit_content(content_of(R"({"a":1,"b":2})"), key_of(1)),
      commit_content(content_of(R"({"a":1,"b":2})"), key_of(2)),
      commit_content(content_of(R"({"a":1,"b":3})"), key_of(1)),
      commit_content(content_of(R"({"a":1,"c":2})"), key_of(1)),
      commit_content(content_of(R"({"b":2,"a":1})"), key_of(1)),
      commit_content(content_of(R"({"a":1})"), key_of(1)),
  };
  std::set<Hash> roots;
  for (const Commitment& commitment : all) roots.insert(commitment.root);
  EXPECT_EQ(roots.size(), all.size());
}

TEST(Opening, RefusesNamesThatAreNotThereOrGivenTwice) {
  EXPECT_EQ(open_fields(sample(), key_of(1), {"nowhere"}).error().code, Errc::content_unknown);
  EXPECT_EQ(open_fields(sample(), key_of(1), {"lat", "lat"}).error().code, Errc::content_malformed);
}

// Random content of 1 to 40 fields with values of every kind.
Content random_content() {
  const auto values = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "0", "-17", "true", "null", R"("text")", R"(["x",1])", R"({"a":{"b":2}})", R"("")"));
  std::vector<ContentField> fields;
  for (std::size_t i = 0; i < std::min<std::size_t>(values.size() + 1, 40); ++i) {
    fields.push_back({fmt::format("field {}", i), i == 0 ? "1" : values[i - 1]});
  }
  return std::move(*Content::make(std::move(fields), "any/v3"));
}

std::vector<std::string> random_subset(const Content& content) {
  std::vector<std::string> names;
  for (const ContentField& field : content.fields()) {
    if (*rc::gen::arbitrary<bool>()) names.push_back(field.name);
  }
  if (names.empty()) names.push_back(content.fields().back().name);
  return names;
}

Result<Opening> read_open(const std::string& body) {
  DETENTE_TRY(const JsonDocument document, parse_json(body, {.bytes_max = 10U << 20}));
  return read_content_open(document.root());
}

RC_GTEST_PROP(Opening, OfAnySubsetVerifiesAndComesBackFromItsStatement, ()) {
  const Content content = random_content();
  const crypto::Secret32 key = key_of(*rc::gen::arbitrary<std::uint8_t>());
  const Commitment commitment = commit_content(content, key);
  const std::vector<std::string> names = random_subset(content);
  const Opening opening = *open_fields(content, key, names);
  RC_ASSERT(opening.size() == names.size());
  RC_ASSERT(verify_opening(commitment, opening).has_value());
  RC_ASSERT(*read_open(write_content_open(opening)) == opening);
  RC_ASSERT(verify_package(commitment, *parse_package(encode_package(content, key))).has_value());
}

// One byte of one part of one opened field is changed.
void change_one_byte(OpenedField& field) {
  const auto flip = [](std::uint8_t& byte) {
    byte = static_cast<std::uint8_t>(byte ^ *rc::gen::inRange(1, 256));
  };
  const auto flip_text = [](std::string& text) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = static_cast<char>(text[at] ^ *rc::gen::inRange(1, 256));
  };
  switch (*rc::gen::inRange(0, field.proof.empty() ? 3 : 4)) {
    case 0:
      return flip_text(field.name);
    case 1:
      return flip_text(field.value);
    case 2:
      return flip(field.salt[*rc::gen::inRange<std::size_t>(0, 32)]);
    default:
      return flip(field.proof[*rc::gen::inRange<std::size_t>(0, field.proof.size())]
                             [*rc::gen::inRange<std::size_t>(0, 32)]);
  }
}

RC_GTEST_PROP(Opening, WithAnyByteChangedIsAMismatch, ()) {
  const Content content = random_content();
  const Commitment commitment = commit_content(content, key_of(5));
  Opening opening = *open_fields(content, key_of(5), random_subset(content));
  change_one_byte(opening[*rc::gen::inRange<std::size_t>(0, opening.size())]);
  RC_ASSERT(verify_opening(commitment, opening).error().code == Errc::content_mismatch);
}

RC_GTEST_PROP(Opening, AtAnotherIndexOrSizeOrRootIsAMismatch, ()) {
  const Content content = random_content();
  const Commitment commitment = commit_content(content, key_of(5));
  const Opening opening = *open_fields(content, key_of(5), random_subset(content));
  for (OpenedField field : opening) {
    field.index += *rc::gen::inRange<std::uint64_t>(1, 300);
    RC_ASSERT(verify_opening(commitment, {field}).error().code == Errc::content_mismatch);
  }
  Commitment other = commitment;
  other.root[*rc::gen::inRange<std::size_t>(0, 32)] ^= 1;
  RC_ASSERT(verify_opening(other, opening).error().code == Errc::content_mismatch);
}

// The other fields' salts are needed to try guesses; an opening must not hold or repeat one, and
// of the other fields it may hold nothing but hashes of the tree.
RC_GTEST_PROP(Opening, HoldsNothingOfTheOtherFields, ()) {
  const Content content = random_content();
  const crypto::Secret32 key = key_of(*rc::gen::arbitrary<std::uint8_t>());
  std::vector<std::string> every;
  for (const ContentField& field : content.fields()) every.push_back(field.name);
  const Opening whole = *open_fields(content, key, every);
  std::set<Hash> salts;
  for (const OpenedField& field : whole) salts.insert(field.salt);
  RC_ASSERT(salts.size() == whole.size());
  const auto shown = *rc::gen::inRange<std::size_t>(0, whole.size());
  const std::string body = write_content_open({whole[shown]});
  RC_ASSERT(body.find(to_base64(key.bytes())) == std::string::npos);
  for (const OpenedField& other : whole) {
    if (other.index == shown) continue;
    RC_ASSERT(body.find(to_base64(other.salt)) == std::string::npos);
    RC_ASSERT(body.find("\"" + other.name + "\"") == std::string::npos);
  }
  // Equal values under one key have unequal leaves.
  const Content equal = *Content::make({{"a", "1"}, {"b", "1"}}, "any/v1");
  const std::vector<Hash> leaves = content_leaves(equal, key);
  RC_ASSERT(leaves[0] != leaves[1]);
}

TEST(Opening, OfANameCommittedTwiceIsShownByTwoOpenings) {
  // A cheat's own tree: "lat" at 0 and at 1. Content refuses it; its leaves can still be made.
  const Content first = *Content::make({{"lat", "1"}, {"b", "2"}}, "any/v1");
  const Content second = *Content::make({{"a", "1"}, {"lat", "7"}}, "any/v1");
  const std::vector<Hash> leaves = {content_leaves(first, key_of(1))[0],
                                    content_leaves(second, key_of(1))[1]};
  const Commitment cheat{root_of(leaves), 2, "any/v1"};
  Opening one = *open_fields(first, key_of(1), {"lat"});
  Opening two = *open_fields(second, key_of(1), {"lat"});
  one[0].proof = inclusion_proof(leaves, LeafIndex{0});
  two[0].proof = inclusion_proof(leaves, LeafIndex{1});
  ASSERT_TRUE(verify_opening(cheat, one));
  ASSERT_TRUE(verify_opening(cheat, two));
  EXPECT_EQ(check_openings_agree(one, two).error().code, Errc::content_mismatch);
  EXPECT_TRUE(check_openings_agree(one, one));
  const Opening honest = *open_fields(sample(), key_of(1), {"lat", "lon"});
  EXPECT_TRUE(check_openings_agree(honest, *open_fields(sample(), key_of(1), {"lon", "last"})));
}

TEST(Package, HasOneFormOnly) {
  const std::string text = encode_package(sample(), key_of(1));
  ASSERT_TRUE(parse_package(text));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"content/v1", "content/v2"},
           {"{\"detente\"", "{ \"detente\""},
           {"\"z\":1", "\"z\":01"},
           {"\"a\":null,\"z\":1", "\"z\":1,\"a\":null"},
           {"\"k\":\"lon\"", "\"k\":\"lat\""},
           {"\"key\":\"AQ", "\"key\":\"A"},
           {"volume4d/v1", "volume4d"},
           {"]}", "],\"more\":1}"}}) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    const Result<ContentPackage> package = parse_package(other);
    ASSERT_FALSE(package) << to;
    EXPECT_EQ(package.error().code, Errc::content_malformed) << to;
  }
  EXPECT_EQ(parse_package(std::string(kSealedBytesMax + 1, ' ')).error().code,
            Errc::content_malformed);
}

TEST(Package, OfOtherContentIsAMismatch) {
  const Commitment commitment = commit_content(sample(), key_of(1));
  const auto code = [&](const Content& content, std::uint8_t key) {
    return verify_package(commitment, {content, key_of(key)}).error().code;
  };
  EXPECT_EQ(code(sample(), 2), Errc::content_mismatch);
  EXPECT_EQ(code(content_of(R"({"lat":1})"), 1), Errc::content_mismatch);
  EXPECT_EQ(code(*Content::make(sample().fields(), "volume4d/v2"), 1), Errc::content_mismatch);
}

// --- Statements ---------------------------------------------------------------------------------

constexpr std::uint8_t kSouthBox = 40;

crypto::BoxKey box_of(std::uint8_t n) {
  return crypto::BoxKey::from_secret(key_of(n));
}

SealedCopy copy_for(const std::string& to, const Bytes& sealed, std::uint8_t box) {
  return {to, box_of(box).public_key(), crypto::sha256(sealed), sealed.size()};
}

ContentCommit commit_of(const Content& content, std::uint8_t key) {
  const Bytes sealed = *seal_package(content, key_of(key), box_of(kSouthBox).public_key());
  return {commit_content(content, key_of(key)), {copy_for("south", sealed, kSouthBox)}};
}

template <class T>
Errc body_error(T (*read)(const JsonReader&), const std::string& body) {
  const Result<JsonDocument> document = parse_json(body, {.bytes_max = 10U << 20});
  if (!document) return document.error().code;
  const auto result = read(document->root());
  return result ? Errc{} : result.error().code;
}

TEST(ContentBodies, OfACommitmentRefuseEverythingElse) {
  const std::string body = write_content_commit(commit_of(sample(), 1));
  ASSERT_EQ(body_error(read_content_commit, body), Errc{});
  for (const auto& [from, to, code] : std::vector<std::tuple<std::string, std::string, Errc>>{
           {"sha256-salted-tree/v1", "sha256-tree/v1", Errc::content_malformed},
           {"\"n\":6", "\"n\":0", Errc::json_member_range},
           {"\"n\":6", "\"n\":257", Errc::json_member_range},
           {"\"n\":6", "\"m\":6", Errc::json_member_unknown},
           {"\"root\":\"", "\"root\":\"=", Errc::content_malformed},
           {"\"box\":\"", "\"box\":\"AAAA", Errc::content_malformed},
           {"\"sha256\":\"", "\"sha256\":\"0", Errc::json_member_range},
           {"\"size\":", "\"size\":99999999", Errc::json_member_range},
           {"\"to\":\"south\"", "\"to\":\"\"", Errc::json_member_range}}) {
    std::string other = body;
    other.replace(other.find(from), from.size(), to);
    EXPECT_EQ(body_error(read_content_commit, other), code) << to;
  }
  // Hex in capitals is another form of the same bytes.
  std::string capitals = body;
  const std::size_t digits = capitals.find("\"sha256\":\"") + 10;
  std::transform(capitals.begin() + static_cast<std::ptrdiff_t>(digits),
                 capitals.begin() + static_cast<std::ptrdiff_t>(digits + 64),
                 capitals.begin() + static_cast<std::ptrdiff_t>(digits),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  EXPECT_EQ(body_error(read_content_commit, capitals), Errc::content_malformed);
  ContentCommit twice = commit_of(sample(), 1);
  twice.sealed.push_back(twice.sealed.front());
  EXPECT_EQ(body_error(read_content_commit, write_content_commit(twice)), Errc::content_malformed);
  ContentCommit weak = commit_of(sample(), 1);
  weak.sealed.front().box = {};
  EXPECT_EQ(body_error(read_content_commit, write_content_commit(weak)), Errc::key_malformed);
  ContentCommit crowd = commit_of(sample(), 1);
  for (std::size_t i = 0; i < kContentRecipients; ++i) {
    crowd.sealed.push_back(crowd.sealed.front());
    crowd.sealed.back().to = fmt::format("p{}", i);
  }
  EXPECT_EQ(body_error(read_content_commit, write_content_commit(crowd)), Errc::json_member_range);
}

TEST(ContentBodies, OfAReceiptNameAFaultIfAndOnlyIfItDoesNotOpen) {
  const std::string sha(64, 'a');
  const auto code = [&](const std::string& rest) {
    return body_error(read_content_receipt, "{\"sha256\":\"" + sha + "\"" + rest + "}");
  };
  EXPECT_EQ(code(""), Errc::json_member_missing);
  EXPECT_EQ(code(R"(,"opens":true,"fault":"content_mismatch")"), Errc::content_malformed);
  EXPECT_EQ(code(R"(,"opens":false)"), Errc::content_malformed);
  EXPECT_EQ(code(R"(,"opens":false,"fault":"bad_time")"), Errc::content_malformed);
  EXPECT_EQ(code(R"(,"opens":false,"fault":"content_sealed")"), Errc{});
  EXPECT_EQ(code(R"(,"opens":true)"), Errc{});
  EXPECT_EQ(code(R"(,"opens":true,"more":1)"), Errc::json_member_unknown);
}

TEST(ContentBodies, OfAnOpeningAscendAndRepeatNothing) {
  const Opening opening = *open_fields(sample(), key_of(1), {"lat", "lon"});
  const auto code = [](const Opening& other) {
    return body_error(read_content_open, write_content_open(other));
  };
  EXPECT_EQ(code(opening), Errc{});
  EXPECT_EQ(code({}), Errc::content_malformed);
  EXPECT_EQ(code({opening[1], opening[0]}), Errc::content_malformed);
  EXPECT_EQ(code({opening[0], opening[0]}), Errc::content_malformed);
  Opening same_name = opening;
  same_name[1].name = "lat";
  EXPECT_EQ(code(same_name), Errc::content_malformed);
  Opening long_proof = opening;
  long_proof[0].proof.resize(9);
  EXPECT_EQ(code(long_proof), Errc::json_member_range);
  Opening far = opening;
  far[1].index = kContentFields;
  EXPECT_EQ(code(far), Errc::json_member_range);
  EXPECT_EQ(body_error(read_content_shred, R"({"reason":""})"), Errc::json_member_range);
}

TEST(ContentBodies, TheLargestFieldFitsIntoAStatement) {
  std::string json = "{";
  for (int i = 0; i < 255; ++i) json += fmt::format("\"f{}\":1,", i);
  const std::string text(kContentFieldBytes - std::string(R"({"k":"big","v":""})").size(), 'x');
  const Content content = content_of(json + "\"big\":\"" + text + "\"}");
  TestParty north("north", 1, std::string(64, 'a'));
  north.open();
  const Opening opening = *open_fields(content, key_of(1), {"big"});
  StatementDraft draft = north.draft("content.open", write_content_open(opening));
  draft.refs = {{north.origin(), LeafIndex{1}, {}}};
  ASSERT_TRUE(north.append(sign_statement(draft, {north.duty_1()})));
}

// Statements in the logs of two parties that share an agreement.
struct Exchange {
  TestParty north{"north", 1, std::string(64, 'a')};
  TestParty south{"south", 11, std::string(64, 'a')};
  TestParty third{"third", 21, std::string(64, 'a')};
  CommittedContent committed;

  explicit Exchange(const ContentCommit& commit) {
    north.open();
    south.open();
    third.open();
    const Result<Entry> entry =
        north.append("content.commit", write_content_commit(commit), {north.duty_1()});
    check(entry.has_value(), "the commitment is logged");
    committed = *read_committed(*entry, "north");
  }
  Statement answer(TestParty& party, const std::string& type, std::string body,
                   std::vector<Ref> refs) const {
    StatementDraft draft = party.draft(type, std::move(body));
    draft.refs = std::move(refs);
    const Result<Entry> entry =
        party.append(sign_statement(draft, {party.duty_1(), party.duty_2()}));
    check(entry.has_value(), "the answer is logged");
    return entry->statement;
  }
  Statement answer(TestParty& party, const std::string& type, std::string body) const {
    return answer(party, type, std::move(body), {committed.ref});
  }
};

template <class T>
Errc error_of(const Result<T>& result) {
  return result ? Errc{} : result.error().code;
}

TEST(ContentAnswers, AreRefusedFromTheWrongPartyOrToAnotherEntry) {
  Exchange x(commit_of(sample(), 1));
  const std::string receipt =
      write_content_receipt({x.committed.commit.sealed[0].sha256, true, ""});
  const std::string open = write_content_open(*open_fields(sample(), key_of(1), {"lat"}));
  const std::string shred = write_content_shred("the agreement ended");
  const auto receipt_of = [&](TestParty& party) {
    return error_of(
        check_receipt(x.committed, party.name(), x.answer(party, "content.receipt", receipt)));
  };
  EXPECT_EQ(receipt_of(x.north), Errc::content_malformed);
  EXPECT_EQ(receipt_of(x.third), Errc::content_malformed);
  EXPECT_EQ(receipt_of(x.south), Errc{});
  const std::string other_copy = write_content_receipt({Hash{1}, true, ""});
  EXPECT_EQ(error_of(check_receipt(x.committed, "south",
                                   x.answer(x.south, "content.receipt", other_copy))),
            Errc::content_malformed);
  const auto open_of = [&](TestParty& party) {
    return error_of(check_open(x.committed, party.name(), x.answer(party, "content.open", open)));
  };
  EXPECT_EQ(open_of(x.third), Errc::content_malformed);
  EXPECT_EQ(open_of(x.south), Errc{});
  EXPECT_EQ(open_of(x.north), Errc{});
  const auto shred_of = [&](TestParty& party) {
    return error_of(
        check_shred(x.committed, party.name(), x.answer(party, "content.shred", shred)));
  };
  EXPECT_EQ(shred_of(x.south), Errc::content_malformed);
  EXPECT_EQ(shred_of(x.north), Errc{});
  const Ref elsewhere{x.committed.ref.origin, LeafIndex{1}, x.committed.ref.leaf};
  EXPECT_EQ(error_of(check_shred(x.committed, "north",
                                 x.answer(x.north, "content.shred", shred, {elsewhere}))),
            Errc::content_unknown);
  EXPECT_EQ(
      error_of(check_shred(x.committed, "north", x.answer(x.north, "content.shred", shred, {}))),
      Errc::content_malformed);
  EXPECT_EQ(
      error_of(check_shred(x.committed, "north", x.answer(x.south, "content.receipt", receipt))),
      Errc::content_malformed);
}

TEST(ContentAnswers, AnOpeningThatDoesNotMatchIsAMismatchOfItsSigner) {
  Exchange x(commit_of(sample(), 1));
  Opening opening = *open_fields(sample(), key_of(1), {"lat"});
  opening[0].value = "361234568";
  const Statement answer = x.answer(x.north, "content.open", write_content_open(opening));
  EXPECT_EQ(error_of(check_open(x.committed, "north", answer)), Errc::content_mismatch);
  EXPECT_TRUE(check_content_form(answer));
}

TEST(ContentAnswers, AShreddingNeedsTwoOfficers) {
  Exchange x(commit_of(sample(), 1));
  const Result<Entry> alone =
      x.north.append("content.shred", write_content_shred("why"), {x.north.duty_1()});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, Errc::signers_too_few);
}

TEST(BoxKeys, AreTheRootKeysToPublishAndMustBeKeys) {
  TestParty north("north", 1, std::string(64, 'a'));
  north.open();
  const auto body = [](const std::string& key) { return "{\"box\":\"" + key + "\"}"; };
  const std::string good = to_base64(box_of(kSouthBox).public_key());
  const auto error = [&](const std::string& text, const OfficerSigner& signer) {
    return error_of(north.append("key.box", text, {signer}));
  };
  EXPECT_EQ(error(body(good), north.duty_1()), Errc::key_role);
  EXPECT_EQ(error(body(to_base64(crypto::BoxPublicKey{})), north.root()), Errc::key_malformed);
  EXPECT_EQ(error(body(good.substr(1)), north.root()), Errc::key_malformed);
  EXPECT_EQ(error("{\"box\":\"" + good + "\",\"more\":1}", north.root()),
            Errc::json_member_unknown);
  EXPECT_EQ(error(body(good), north.root()), Errc{});
  EXPECT_EQ(error(body(to_base64(box_of(41).public_key())), north.root()), Errc{});
}

// --- Sealed copies ------------------------------------------------------------------------------

TEST(SealedCopies, OpenForTheirRecipientAlone) {
  const ContentCommit commit = commit_of(sample(), 1);
  const Bytes sealed = *seal_package(sample(), key_of(1), box_of(kSouthBox).public_key());
  const ReceivedCopy received = receive_copy(commit, sealed, box_of(kSouthBox));
  EXPECT_TRUE(received.receipt.opens);
  EXPECT_EQ(received.receipt.sha256, commit.sealed[0].sha256);
  EXPECT_EQ(parse_package(received.package)->content, sample());
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], received.package), SealedVerdict::matches);
  const ReceivedCopy stranger = receive_copy(commit, sealed, box_of(41));
  EXPECT_EQ(stranger.receipt.fault, "content_sealed");
  EXPECT_TRUE(stranger.package.empty());
}

TEST(SealedCopies, OfOtherContentConvictTheirSenderByWhatTheyHeld) {
  // North commits to one thing and sends south another.
  const Content other = content_of(R"({"lat":1})");
  const Bytes sealed = *seal_package(other, key_of(2), box_of(kSouthBox).public_key());
  const ContentCommit commit{commit_content(sample(), key_of(1)),
                             {copy_for("south", sealed, kSouthBox)}};
  const ReceivedCopy received = receive_copy(commit, sealed, box_of(kSouthBox));
  EXPECT_FALSE(received.receipt.opens);
  EXPECT_EQ(received.receipt.fault, "content_mismatch");
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], received.package), SealedVerdict::differs);
  // A package that south invents proves nothing about the copy.
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], encode_package(other, key_of(3))),
            SealedVerdict::unproven);
  EXPECT_EQ(error_of(judge_sealed(commit, commit.sealed[0], "no package")),
            Errc::content_malformed);
}

TEST(SealedCopies, MadeInAnotherWayLeaveAClaimThatTheSenderCannotRefute) {
  const crypto::BoxPublicKey to = box_of(kSouthBox).public_key();
  const std::string held = encode_package(content_of(R"({"lat":1})"), key_of(2));
  const Bytes sealed = *crypto::seal(as_bytes(held), to, key_of(99));
  const ContentCommit commit{commit_content(sample(), key_of(1)),
                             {copy_for("south", sealed, kSouthBox)}};
  const ReceivedCopy received = receive_copy(commit, sealed, box_of(kSouthBox));
  EXPECT_EQ(received.receipt.fault, "content_mismatch");
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], received.package), SealedVerdict::unproven);
  // What would refute it, the committed content, does not seal to those bytes.
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], encode_package(sample(), key_of(1))),
            SealedVerdict::unproven);
  const Bytes noise = *crypto::seal(as_bytes("noise"), to, key_of(99));
  EXPECT_EQ(receive_copy(commit, noise, box_of(kSouthBox)).receipt.fault, "content_malformed");
}

TEST(SealedCopies, AFalseComplaintIsRefutedByTheSender) {
  const ContentCommit commit = commit_of(sample(), 1);
  // South says that its copy does not match; north shows the package to a judge.
  EXPECT_EQ(*judge_sealed(commit, commit.sealed[0], encode_package(sample(), key_of(1))),
            SealedVerdict::matches);
}

}  // namespace
}  // namespace detente::record
