// SPDX-License-Identifier: Apache-2.0
// Method: the worked example of docs/protocol/list-copies.md is computed here from its site and
// must be what the page has.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "protection/coarse.h"
#include "protection/list_copy.h"
#include "protection/testing_notices.h"
#include "record/testing_page.h"

namespace detente::protection {
namespace {

using namespace testing;

std::string unfolded(std::string text) {
  std::erase(text, '\n');
  return text;
}

TEST(ListCopyPage, ShowsWhatItsExampleGives) {
  std::ifstream in(DETENTE_SOURCE_DIR "/docs/protocol/list-copies.md");
  ASSERT_TRUE(in.good());
  const record::testing::Blocks blocks = record::testing::named_blocks(in);
  const JsonDocument document =
      parse_json(unfolded(blocks.at("site")), {.bytes_max = 10'000}).value();
  const SiteDetails site = read_site(document.root()).value();
  const geo::Circle circle = coarse_circle(site_area(site).value(), 5'000'000).value();
  const double away = geo::distance_m(circle.center, site_point(site));
  EXPECT_EQ(fmt::format("middle {} {}, radius {} mm; the clinic lies {:.0f} m from it\n",
                        circle.center.lat_e7, circle.center.lng_e7, circle.radius_mm, away),
            blocks.at("circle"));
  const ListCopy copy{"00112233445566778899aabbccddeeff",
                      PartyId{"relief"},
                      PartyId{"north"},
                      kMorning + 2 * kDay,
                      5'000'000,
                      {{LeafIndex{17}, site.category, circle, kMorning + 90 * kDay}}};
  EXPECT_EQ(list_copy_content(copy)->document(), unfolded(blocks.at("copy")));
}

}  // namespace
}  // namespace detente::protection
