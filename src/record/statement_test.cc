// SPDX-License-Identifier: Apache-2.0
// Method: one good entry, and every way to write the same meaning in other bytes: each must be
// refused. Then random changes: whatever is accepted must be the one form of what it says.
#include "record/statement.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/limits.h"
#include "record/testing_log.h"

namespace detente::record {
namespace {

using testing::kTestStart;
using testing::test_key;

Hash filled(std::uint8_t n) {
  Hash out{};
  out.fill(n);
  return out;
}

StatementDraft good_draft() {
  return {StatementId{"00112233445566778899aabbccddeeff"},
          std::string(64, 'a'),
          Origin{"north.example/log"},
          "note.text",
          kTestStart + 1000,
          {{Origin{"south.example/log"}, LeafIndex{3}, filled(9)},
           {Origin{"south.example/log"}, LeafIndex{4}, filled(8)}},
          R"({"text":"a \"quoted\" word, ünïcode","n":-5})"};
}

Envelope good_envelope() {
  return sign_statement(good_draft(),
                        {{"north/duty-1", test_key(1)}, {"north/duty-2", test_key(2)}});
}

std::string good_entry() {
  const EntryHeader header{
      LeafIndex{7}, kTestStart, {{Origin{"south.example/log"}, TreeSize{9}, filled(5)}}};
  return encode_entry(header, good_envelope());
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  check(at != std::string::npos, "the test replaces text that is not there");
  return text.replace(at, from.size(), to);
}

Errc parse_code(const std::string& text) {
  const Result<Entry> entry = parse_entry(as_bytes(text));
  return entry ? Errc::usage : entry.error().code;
}

TEST(Entry, RefusesEveryOtherForm) {
  const std::string good = good_entry();
  ASSERT_TRUE(parse_entry(as_bytes(good)));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"{\"v\":1", "{ \"v\":1"},
           {"\"v\":1", "\"v\":2"},
           {"\"v\":1", "\"v\":01"},
           {"\"seq\":7", "\"seq\":07"},
           {"\"seq\":7", "\"seq\":-7"},
           {"\"seq\":7", "\"seq\":7.0"},
           {"\"seq\":7", "\"seq\":7e0"},
           {"\"seq\":7", "\"seq\":9223372036854775808"},
           {"\"seq\":7", "\"\\u0073eq\":7"},
           {"\"seq\":7,\"time\":1468562400000", "\"time\":1468562400000,\"seq\":7"},
           {"\"time\":1468562400000", "\"time\":253402300800000"},
           {"\"time\":", "\"seq\":7,\"time\":"},
           {"south.example", "south\\u002eexample"},
           {"south.example", "south example"},
           {"south.example", "south+example"},
           {"south.example",
            "south\xff"
            "example"},
           {"}]", "},]"},
           {"\"seen\":[", "\"seen\":[,"},
           {"\"seen\":[{", "\"seen\":[{}{"},
           {"BQUFBQU=", "BQUFBQV="},
           {"BQUFBQU=", "BQUFBQU"},
           {"application/", "Application/"},
           {"note.text.v1", "note.text.v2"},
           {"note.text.v1", "Note.text.v1"},
           {"north/duty-1", "north/duty 1"},
           {"\"sig\"", "\"signature\""},
           {"]}}", "]}} "},
           {"]}}", "]},\"x\":1}"},
           {"]}}", "]}"}}) {
    EXPECT_EQ(parse_code(replaced(good, from, to)), Errc::entry_malformed) << from << " -> " << to;
  }
  EXPECT_EQ(parse_code(""), Errc::entry_malformed);
  EXPECT_EQ(parse_code(std::string(limits::kEntryBytes + 1, '{')), Errc::entry_too_large);
}

Errc payload_code(const std::string& payload) {
  Envelope envelope = good_envelope();
  envelope.payload = payload;
  const Result<Statement> statement = parse_statement(envelope);
  return statement ? Errc::usage : statement.error().code;
}

TEST(Payload, RefusesEveryOtherForm) {
  const std::string good = encode_payload(good_draft());
  ASSERT_EQ(payload_code(good), Errc::usage);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"{\"id\"", " {\"id\""},
           {"eeff", "eefF"},
           {"eeff", "eef"},
           {"\"id\":\"00112233445566778899aabbccddeeff\",", ""},
           {"aaaa", "AAAA"},
           {"\"expires\":", "\"expires\": "},
           {"\"type\":\"note.text\"", "\"type\":\"note.more\""},
           {"\"type\":\"note.text\"", "\"type\":\"\""},
           {"\"refs\":[", "\"refs\":[ "},
           {"\"index\":3", "\"index\":\"3\""},
           {"\"body\":{", "\"body\": {"},
           {"\"body\":{", "\"body\":[{"},
           {"}}", "} }"},
           {"}}", "}}\n"},
           {"}}", "},\"more\":{}}"},
           {"}}", "},\"id\":{}}"}}) {
    const Errc code = payload_code(replaced(good, from, to));
    EXPECT_TRUE(code == Errc::entry_malformed || code == Errc::json_malformed)
        << from << " -> " << to << ": " << errc_name(code);
  }
  EXPECT_EQ(payload_code(replaced(good, "\"n\":-5", "\"n\":0.5")), Errc::json_number);
  EXPECT_EQ(payload_code(replaced(good, "\"n\":-5", "\"text\":1")), Errc::json_duplicate_key);
  EXPECT_EQ(payload_code(replaced(good, "-5", std::string(40, '[') + std::string(40, ']'))),
            Errc::json_too_deep);
  EXPECT_EQ(payload_code(replaced(good, "-5", "\"" + std::string(40'000, 'x') + "\"")),
            Errc::entry_too_large);
}

TEST(Payload, RefusesATypeThatIsNotThePayloadTypes) {
  Envelope envelope = good_envelope();
  envelope.payload_type = payload_type_of("stop.send");
  EXPECT_EQ(parse_statement(envelope).error().code, Errc::entry_malformed);
}

TEST(Entry, KeepsTheExactBytesOfItsParts) {
  const std::string text = good_entry();
  const Result<Entry> entry = parse_entry(as_bytes(text));
  ASSERT_TRUE(entry);
  EXPECT_EQ(as_text(entry->bytes), text);
  EXPECT_EQ(encode_entry(entry->header, entry->envelope), text);
  EXPECT_EQ(entry->envelope.payload, encode_payload(good_draft()));
  EXPECT_EQ(entry->statement.refs, good_draft().refs);
  EXPECT_EQ(entry->statement.body().integer("n", -9, 9).value(), -5);
  EXPECT_EQ(entry->statement.body().place(), "body");
  EXPECT_EQ(entry->leaf, leaf_hash(as_bytes(text)));
  const Result<Envelope> envelope = parse_envelope(entry->envelope.encode());
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->encode(), entry->envelope.encode());
  EXPECT_FALSE(parse_envelope(entry->envelope.encode() + " "));
}

// What was accepted must be the one form of what it says, or two byte strings could be one entry.
void expect_one_form(const std::string& bytes) {
  const Result<Entry> entry = parse_entry(as_bytes(bytes));
  if (!entry) return;
  RC_ASSERT(encode_entry(entry->header, entry->envelope) == bytes);
  const Statement& statement = entry->statement;
  const std::string& payload = entry->envelope.payload;
  const std::size_t body = payload.find("\"body\":") + 7;
  RC_ASSERT(encode_payload({statement.id, statement.agreement, statement.log, statement.type,
                            statement.expires, statement.refs,
                            payload.substr(body, payload.size() - body - 1)}) == payload);
}

RC_GTEST_PROP(Entry, ThatWasChangedIsNeverASecondForm, ()) {
  std::string bytes = good_entry();
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto with = *rc::gen::elementOf(std::string("{}[]\",:\\ 0123456789+-eAZaz/=\n\xff"));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        bytes[at] = with;
        break;
      case 1:
        bytes.insert(at, 1, with);
        break;
      case 2:
        bytes.erase(at, 1);
        break;
      default:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
    }
  }
  expect_one_form(bytes);
}

RC_GTEST_PROP(Entry, IsReadBackAsWritten, (std::uint32_t seq, std::uint32_t ms, std::uint8_t n)) {
  EntryHeader header{LeafIndex{seq}, UtcMs{ms}, {}};
  for (std::uint8_t i = 0; i < n % 5; ++i) {
    header.seen.push_back({Origin{"log-" + std::to_string(i)}, TreeSize{ms}, filled(i)});
  }
  StatementDraft draft = good_draft();
  draft.refs.resize(n % 3);
  draft.expires = UtcMs{seq};
  const std::string text = encode_entry(header, sign_statement(draft, {}));
  const Result<Entry> entry = parse_entry(as_bytes(text));
  RC_ASSERT(entry);
  RC_ASSERT(entry->header.seq == header.seq && entry->header.time == header.time);
  RC_ASSERT(entry->header.seen == header.seen);
  RC_ASSERT(entry->statement.refs == draft.refs && entry->statement.expires == draft.expires);
}

TEST(Pae, IsTheOneOfTheDsseDocument) {
  EXPECT_EQ(pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

}  // namespace
}  // namespace detente::record
