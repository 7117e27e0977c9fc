// SPDX-License-Identifier: Apache-2.0
// Method: the registrar's desk imports lists of every format; refusals first. What was imported is
// then seen by another party, and what is exported reads as the same sites.
#include "node/api_site_list.h"
#include <fmt/core.h>

#include "base/limits.h"
#include "node/testing_protection.h"
#include "protection/testing_notices.h"

namespace detente::node::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPath = "sites/import";
constexpr const char* kHead = "name,category,function,latitude,longitude,datum\n";

struct SiteListApi : ProtectionApi {
  std::string asked(const std::string& csv, bool dry_run, const char* to = R"(["north","south"])",
                    std::int64_t days = 90) const {
    JsonWriter out;
    out.begin_object().member("format", "csv").member("text", csv).name("to").raw(to);
    out.member("expires", all.now + days * kDay).member("dry_run", dry_run).end_object();
    return out.take();
  }
  static std::string row(int number, const char* category = "medical") {
    return fmt::format("Clinic {0},{1},clinic with {0} beds,35.{2:05d},36.60000,WGS84\n", number,
                       category, 10'000 + number * 500);
  }
  JsonDocument import(const std::string& body, int status) {
    const ApiAnswer answer = ask(monitor, "POST", kPath, body, registrar());
    EXPECT_EQ(answer.status, status) << answer.body;
    return *parse_json(answer.body, {.bytes_max = 10U << 20, .integers_only = false});
  }
  std::size_t logged() { return monitor.node->own().head_size.value; }
  std::int64_t number(const JsonReader& in, const char* name) {
    return in.integer(name, 0, 1 << 20).value_or(-1);
  }
};

TEST_F(SiteListApi, takes_nothing_of_a_list_with_one_fault) {
  const std::size_t before = logged();
  const JsonDocument answer = import(asked(kHead + row(1) + row(2, "bakery") + row(3), false), 200);
  EXPECT_FALSE(answer.root().boolean("imported").value());
  EXPECT_EQ(number(answer.root(), "faults"), 1);
  EXPECT_EQ(number(answer.root(), "sites"), 0);
  const std::vector<JsonReader> rows = items(answer.root(), "rows");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(text(rows[1], "worst"), "fault");
  EXPECT_EQ(number(rows[1], "number"), 3) << "as the file counts, with its head";
  EXPECT_EQ(text(items(rows[1], "verdicts").front(), "code"), "readable");
  EXPECT_EQ(logged(), before);
}

TEST_F(SiteListApi, logs_none_if_the_node_refuses_one) {
  const std::size_t before = logged();
  const auto refuses = [&](const std::string& body, int status, const char* code) {
    const ApiAnswer answer = ask(monitor, "POST", kPath, body, registrar());
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(code));
  };
  const std::string two = kHead + row(1) + row(2);
  refuses(asked(two, false, R"(["north"])"), 400, "protection_consent");
  refuses(asked(two, false, R"(["north","nobody"])"), 404, "agreement_unknown_party");
  refuses(asked(two, false, R"(["north","south"])", 400), 400, "protection_malformed");
  refuses(asked("a,b\n1,2\n", false), 400, "protection_malformed");
  refuses(asked("name,latitude,longitude,target\nA,1,2,3\n", false), 400, "restraint");
  refuses(R"({"format":"doc","text":"x"})", 400, "json_member_range");
  refuses(R"({"format":"csv"})", 400, "json_member_missing");
  refuses(R"({"format":"xlsx","base64":"UEsDBA=="})", 400, "table_malformed");
  refuses(R"({"format":"xlsx","base64":"!"})", 400, "bad_encoding");
  EXPECT_EQ(ask(north, "POST", kPath, asked(two, true), duty(north)).status, 403)
      << "a registrar imports";
  EXPECT_EQ(logged(), before);
}

TEST_F(SiteListApi, looks_at_a_list_without_logging_and_then_takes_all_of_it) {
  std::string csv = kHead;
  for (int i = 0; i < 40; ++i) csv += row(i);
  const std::size_t before = logged();
  const JsonDocument looked = import(asked(csv, true), 200);
  EXPECT_FALSE(looked.root().boolean("imported").value());
  EXPECT_EQ(number(looked.root(), "sites"), 40);
  EXPECT_EQ(items(looked.root(), "standing").size(), 3U);
  EXPECT_EQ(logged(), before);

  const JsonDocument done = import(asked(csv, false), 201);
  EXPECT_TRUE(done.root().boolean("imported").value());
  const auto keys = done.root().strings("keys", 100, 64).value();
  ASSERT_EQ(keys.size(), 40U);
  EXPECT_EQ(logged(), before + 40);
  all.pass(60'000);
  const JsonDocument seen = get(north, "sites/" + keys[7], duty(north));
  EXPECT_EQ(text(seen.root().object("site").value(), "name"), "Clinic 7");
  EXPECT_EQ(number(get(north, "sites", duty(north)).root(), "total"), 40);

  const JsonDocument again = import(asked(csv, false), 200);
  EXPECT_EQ(number(again.root(), "faults"), 40) << "each stands in the list already";
  EXPECT_EQ(logged(), before + 40);
}

TEST_F(SiteListApi, bounds_the_rows_and_the_body) {
  std::string csv = kHead;
  for (std::size_t i = 0; i <= limits::kImportSites; ++i) csv += "a\n";
  const ApiAnswer answer = ask(monitor, "POST", kPath, asked(csv, true), registrar());
  EXPECT_THAT(answer.body, HasSubstr("table_"));
  EXPECT_EQ(api_body_bytes("POST", "/api/sites/import"), limits::kImportBytes);
  EXPECT_EQ(api_body_bytes("POST", "/api/sites"), limits::kApiBodyBytes);
}

TEST_F(SiteListApi, exports_what_stands_with_the_sentences) {
  import(asked(kHead + row(1) + row(2), false), 201);
  for (const char* format : {"csv", "geojson", "kml", "xlsx"}) {
    const ApiAnswer answer =
        ask(monitor, "GET", "sites/export", "", registrar(), {{"format", format}});
    EXPECT_EQ(answer.status, 200) << format;
    EXPECT_NE(answer.content_type, "application/json");
    const auto named = wire::table_format(std::string("list.") + format);
    const Result<Table> table = wire::read_table(*named, as_bytes(answer.body));
    ASSERT_TRUE(table) << format << table.error().text();
    const auto list = protection::read_site_list(*table, {}, {});
    ASSERT_TRUE(list);
    ASSERT_EQ(list->importable().size(), 2U) << format;
    EXPECT_EQ(list->importable()[1].function, "clinic with 2 beds");
    if (named == wire::TableFormat::xlsx) continue;  // packed
    EXPECT_THAT(answer.body, HasSubstr("Not being listed removes no protection."));
  }
  EXPECT_EQ(ask(monitor, "GET", "sites/export", "", registrar(), {{"format", "doc"}}).status, 400);
}

TEST_F(SiteListApi, shows_every_site_on_the_map_in_short) {
  import(asked(kHead + row(1) + row(2, "school") + row(3), false), 201);
  all.pass(60'000);
  const std::string key = post(monitor, "sites", clinic("Fourth"), registrar());
  const std::string gone = post(monitor, "sites", clinic("Fifth"), registrar());
  post(monitor, "sites/" + gone + "/remove", R"({"reason":"moved"})", registrar());
  const JsonDocument map = get(monitor, "sites/map", registrar());
  EXPECT_EQ(number(map.root(), "total"), 4);
  const std::vector<JsonReader> sites = items(map.root(), "sites");
  ASSERT_EQ(sites.size(), 4U);
  const std::vector<JsonReader> first = sites[0].as_array(6).value();
  EXPECT_EQ(first[0].as_string(64).value(), key) << "the newest first";
  EXPECT_DOUBLE_EQ(first[1].as_number().value(), 36.6);
  EXPECT_DOUBLE_EQ(first[2].as_number().value(), 35.9);
  const auto categories = map.root().strings("categories", 20, 64).value();
  const auto category =
      static_cast<std::size_t>(sites[2].as_array(6).value()[4].as_integer(0, 13).value());
  EXPECT_EQ(categories.at(category), "school");
  EXPECT_EQ(items(map.root(), "standing").size(), 3U);
}

// The monitor registers a site whose details stay at home.
TEST_F(SiteListApi, private_details_are_shown_where_they_were_learned_and_to_officers_alone) {
  protection::SiteDetails hidden;
  hidden.name = "Shelter of the well";
  hidden.function = "shelter";
  hidden.shape = geo::Circle{{359'000'000, 366'000'000}, 60'000};
  const auto content = protection::testing::private_site(hidden, {"north"});
  const record::Ref commit =
      all.submit(monitor, "content.commit", {}, record::write_content_commit(content.commit),
                 {registrars[0]})
          .value();
  const std::string named = "monitor-" + std::to_string(commit.index.value);
  const std::string rest = R"("private":true,"to":["north"],"expires":")" +
                           format_rfc3339(all.now + 90 * kDay) + R"("})";
  refused(monitor, "sites", R"({"commit":"monitor-99999",)" + rest, registrar(), 404,
          "protection_unknown");
  refused(monitor, "sites", R"({"commit":"monitor-0",)" + rest, registrar(), 400,
          "protection_content");
  const std::string key =
      post(monitor, "sites", R"({"commit":")" + named + R"(",)" + rest, registrar());
  all.pass(60'000);
  const record::Ref entry = monitor.node->own().ref(LeafIndex{commit.index.value + 1});
  const auto site = [&](TestParty& party, const Caller& caller) {
    return get(party, "sites/" + key, caller).root().object("site").value().has("name");
  };
  const auto found = [&](TestParty& party, const Caller& caller, const char* path) {
    return number(get(party, path, caller, {{"q", "the well"}}).root(), "total");
  };
  EXPECT_FALSE(site(monitor, registrar())) << "nobody has given the details to the node yet";
  ASSERT_EQ(monitor.node->notices().unlearned(PartyId{"monitor"}).size(), 1U);
  EXPECT_EQ(monitor.node->learn_details(entry, content.package).error().code,
            Errc::protection_unknown);
  ASSERT_TRUE(monitor.node->learn_details(commit, content.package));
  EXPECT_TRUE(monitor.node->notices().unlearned(PartyId{"monitor"}).empty());
  EXPECT_TRUE(site(monitor, registrar()));
  EXPECT_EQ(found(monitor, registrar(), "sites"), 1);
  EXPECT_EQ(found(monitor, registrar(), "sites/map"), 1);
  const Caller reader{Role::reader, std::nullopt};
  EXPECT_FALSE(site(monitor, reader));
  EXPECT_EQ(found(monitor, reader, "sites"), 0) << "a search must not tell it either";
  EXPECT_EQ(found(monitor, reader, "sites/map"), 0);
  EXPECT_FALSE(site(north, duty(north))) << "its copy was not opened there";
  ASSERT_TRUE(north.node->learn_details(commit, content.package));
  EXPECT_TRUE(site(north, duty(north)));
  EXPECT_FALSE(site(all.party("south"), duty(all.party("south"))));
  const ApiAnswer csv = ask(monitor, "GET", "sites/export", "", registrar());
  EXPECT_THAT(csv.body, Not(HasSubstr("Shelter of the well")));
}

TEST_F(SiteListApi, a_movement_is_notified_under_its_commitment) {
  protection::NotifyBody body = protection::testing::notification(all.now + kHour);
  const record::Content content =
      record::Content::parse(protection::write_movement(*body.movement), "movement/v1").value();
  protection::testing::Private hidden =
      protection::testing::private_site(protection::testing::clinic(), {"north"});
  hidden.commit.commitment = record::commit_content(content, hidden.package.key);
  const record::Ref commit =
      all.submit(monitor, "content.commit", {}, record::write_content_commit(hidden.commit),
                 {registrars[0]})
          .value();
  body.movement.reset();
  body.to = {PartyId{"north"}};
  const std::string whole = protection::write_notify(body);
  const std::string named =
      R"({"commit":"monitor-)" + std::to_string(commit.index.value) + "\"," + whole.substr(1);
  refused(monitor, "movements", whole, registrar(), 400, "protection_malformed");
  refused(monitor, "sites", named, registrar(), 400, "json_member_unknown");
  const std::string key = post(monitor, "movements", named, registrar());
  const JsonDocument shown = get(monitor, "movements/" + key, registrar());
  EXPECT_TRUE(shown.root().object("movement").value().boolean("private").value());
  EXPECT_FALSE(shown.root().object("movement").value().has("route"));
  const auto package =
      record::parse_package(record::encode_package(content, hidden.package.key)).value();
  ASSERT_TRUE(monitor.node->learn_details(commit, package));
  EXPECT_TRUE(
      get(monitor, "movements/" + key, registrar()).root().object("movement").value().has("route"));
  refused(monitor, "movements/" + key + "/depart",
          R"({"at":")" + format_rfc3339(all.now) + R"(","point":[360500000,367000000]})",
          registrar(), 400, "protection_consent");
}

TEST_F(SiteListApi, a_whole_group_holds_only_registrations) {
  const std::size_t before = logged();
  const auto whole = [&](std::vector<record::Envelope> envelopes) {
    all.step(monitor, SubmitWhole{5, std::move(envelopes)});
    return monitor.answers.back().result;
  };
  const auto draft = [&](const char* type, const std::string& body) {
    return monitor.node->draft(type, {}, body, {registrars[0]}, all.now);
  };
  const record::Envelope good = draft("site.register", clinic());
  EXPECT_EQ(whole({good, draft("site.register", "{}")}).error().code, Errc::json_member_missing);
  EXPECT_EQ(whole({good, draft("notice.received", "{}")}).error().code, Errc::protection_malformed);
  EXPECT_EQ(whole({good, good}).error().code, Errc::protection_malformed) << "said twice";
  EXPECT_EQ(whole({}).error().code, Errc::protection_malformed);
  EXPECT_EQ(logged(), before);
  EXPECT_TRUE(whole({good, draft("site.register", clinic("Second"))}));
  EXPECT_EQ(logged(), before + 2);
}

}  // namespace
}  // namespace detente::node::testing
