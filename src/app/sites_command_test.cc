// SPDX-License-Identifier: Apache-2.0
//
// Method: files in a folder of the test; the commands' work is called as the command line calls it.
#include "app/sites_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/identity.h"
#include "wire/table.h"

namespace detente::app {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kList =
    "name,category,function,coordinates,place,beds\n"
    "Clinic 1,medical,clinic,\"35.9310, 36.6300\",Idlib,12\n"
    "Clinic 2,medical,clinic,\"36.6339, 35.9306\",Idlib,9\n";

class SitesCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "detente-sites-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string put(const std::string& name, const std::string& text) {
    const std::string path = root_ + "/" + name;
    check(write_text_file(path, text).has_value(), "the test can write");
    return path;
  }
  std::string root_;
};

TEST_F(SitesCommandTest, FindsASwapByAGazetteer) {
  SitesOptions options;
  options.file = put("list.csv", kList);
  options.places = put("places.csv", "name,latitude,longitude\nIDLIB,35.9306,36.6339\n");
  options.water = put("water.geojson",
                      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
"geometry":{"type":"Polygon","coordinates":[[[36.0,35.0],[36.1,35.0],[36.1,35.1],[36.0,35.0]]]}}]})");
  const protection::SiteList list = load_sites(options).value();
  EXPECT_EQ(list.faults, 1U);
  const std::string text = sites_text(list, false);
  EXPECT_THAT(text, HasSubstr("row 3: fault \"Clinic 2\"\n  swapped (fault): latitude"));
  EXPECT_THAT(text, HasSubstr("column \"beds\" is passed over"));
  EXPECT_THAT(text, HasSubstr("Not being listed removes no protection."));
  EXPECT_THAT(sites_json(list, false), HasSubstr(R"("faults":1)"));
  EXPECT_EQ(sites_check(options), 1);
  options.to = root_ + "/out.kml";
  EXPECT_EQ(sites_convert(options).error().code, Errc::protection_malformed);
  EXPECT_FALSE(fs::exists(options.to));
}

TEST_F(SitesCommandTest, ConvertsThroughEveryFormatAndWritesOverNothing) {
  SitesOptions options;
  options.file = put("list.csv",
                     "name,category,function,coordinates\n"
                     "Clinic,medical,clinic,37S CA 32269 07977\n");
  for (const char* name : {"a.xlsx", "b.geojson", "c.kml", "d.csv"}) {
    options.to = root_ + "/" + name;
    ASSERT_TRUE(sites_convert(options)) << name;
    EXPECT_EQ(sites_convert(options).error().code, Errc::already_exists);
    EXPECT_EQ(fs::status(options.to).permissions() & fs::perms::others_all, fs::perms::none);
    options.file = options.to;
    const auto sites = load_sites(options)->importable();
    ASSERT_THAT(sites, SizeIs(1)) << name;
    EXPECT_LE(geo::distance_m(protection::site_point(sites[0]), {362'021'000, 371'343'000}), 1)
        << name;
  }
}

TEST_F(SitesCommandTest, RefusesAFileOfAnUnknownKind) {
  SitesOptions options;
  options.file = put("list.txt", kList);
  EXPECT_EQ(load_sites(options).error().code, Errc::table_malformed);
}

}  // namespace
}  // namespace detente::app
