// SPDX-License-Identifier: Apache-2.0
//
// Method: every check runs twice. First on a small bad sample, to show that it is able to fail, and
// on a good one beside it; then on the tree itself, where it may find nothing. A complaint names
// file and line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "terms/agreement.h"
#include "tidy/checks.h"

namespace detente::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kColumnsMax = 100;
constexpr std::size_t kFunctionLinesMax = 70;

const std::string kRoot = DETENTE_SOURCE_DIR;

const Tree& sources() {
  static const Tree tree = load_tree(kRoot, {"src", "tools"}, {".h", ".cc"});
  return tree;
}

// Every C++ file of ours, tests and benchmarks too.
const Tree& all_cpp() {
  static const Tree tree = load_tree(kRoot, {"src", "tools", "tests", "bench"}, {".h", ".cc"});
  return tree;
}

SourceFile file_of_tree(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  const Tree tree = load_tree(kRoot, {folder == path ? "" : folder}, {path});
  const SourceFile* file = find(tree, path);
  return file != nullptr ? *file : SourceFile{path, ""};
}

// What the pure levels may hold after all, and why.
const std::vector<Exception>& pure_exceptions() {
  static const std::vector<Exception> list = {
      {"src/base/result.cc", "fprintf", "check() says on stderr why it ends the process"},
      {"src/base/result.cc", "abort", "check() ends the process on a bug of ours"},
      {"src/crypto/ed25519.cc", "randombytes_buf",
       "system_random() is the seam: the shell passes it in, nothing pure calls it"},
  };
  return list;
}

// Functions longer than the mark. This list may only shrink.
const LongFunctions& long_functions() {
  static const LongFunctions list = {};
  return list;
}

std::string joined(const Complaints& complaints) {
  std::string text;
  for (const std::string& complaint : complaints) text += "\n  " + complaint;
  return text;
}
#define EXPECT_TIDY(complaints_of)                                                 \
  do {                                                                             \
    const Complaints found = complaints_of;                                        \
    EXPECT_TRUE(found.empty()) << found.size() << " complaints:" << joined(found); \
  } while (false)

// ---- the scanner ----

TEST(Scanner, BlanksCommentsAndStringsAndKeepsLines) {
  const std::string code = "a; // b\n/* c\nd */ e = \"f // g\"; h = 'i'; j = 1'000;\n";
  EXPECT_EQ(without_comments_and_strings(code),
            "a;     \n    \n     e = \"      \"; h = ' '; j = 1'000;\n");
  EXPECT_THAT(without_comments(code), HasSubstr("\"f // g\""));
}

TEST(Scanner, KnowsRawStrings) {
  const std::string code = "x = R\"re(a \" // b)re\"; y";
  EXPECT_EQ(without_comments_and_strings(code), "x = R\"              \"; y");
}

TEST(Scanner, FindsTheTree) {
  EXPECT_NE(find(sources(), "src/base/result.h"), nullptr);
  EXPECT_NE(find(sources(), "tools/detente-verify/main.cc"), nullptr);
  EXPECT_NE(find(all_cpp(), "tests/tidy/tidy_test.cc"), nullptr);
  EXPECT_GT(sources().size(), 50U);
}

// ---- levels ----

TEST(Levels, RefuseAnUpwardInclude) {
  const Tree tree = {{"src/base/x.cc", "\n#include \"geo/geo.h\"\n"}};
  EXPECT_THAT(check_levels(tree),
              ElementsAre(HasSubstr("src/base/x.cc:2: \"geo/geo.h\": base (level 0) may not")));
}

TEST(Levels, RefuseANeighbourOfTheSameLevel) {
  for (const char* pair : {"crypto geo", "wire terms", "record terms", "terms airspace",
                           "net store", "store net", "watch airspace"}) {
    const std::string text(pair);
    const std::size_t space = text.find(' ');
    const Tree tree = {{"src/" + text.substr(0, space) + "/x.h",
                        "#include \"" + text.substr(space + 1) + "/y.h\"\n"}};
    EXPECT_EQ(check_levels(tree).size(), 1U) << pair;
  }
}

TEST(Levels, RefuseUnknownFoldersAndShortIncludes) {
  EXPECT_EQ(check_levels({{"src/app/x.h", "#include \"targets/y.h\"\n"}}).size(), 1U);
  EXPECT_EQ(check_levels({{"src/app/x.h", "#include \"y.h\"\n"}}).size(), 1U);
}

TEST(Levels, KeepTheVerifierSmall) {
  EXPECT_EQ(check_levels({{"tools/detente-verify/x.cc", "#include \"terms/y.h\"\n"}}).size(), 1U);
  EXPECT_EQ(check_levels({{"src/node/x.cc", "#include \"detente-verify/y.h\"\n"}}).size(), 1U);
}

TEST(Levels, AllowWhatTheDesignAllows) {
  const Tree tree = {{"src/airspace/x.cc", "#include \"terms/y.h\"\n#include \"record/z.h\"\n"},
                     {"src/wire/x.cc", "#include <vector>\n// #include \"app/no.h\"\n"},
                     {"src/app/x.cc", "#include \"detente-verify/verify.h\"\n"},
                     {"tools/detente-verify/x.cc", "#include \"record/y.h\"\n"}};
  EXPECT_THAT(check_levels(tree), IsEmpty());
}

TEST(Levels, HoldInTheTree) {
  EXPECT_TIDY(check_levels(sources()));
}

TEST(Depends, AreReadFromCMake) {
  const Graph graph = module_graph(
      "detente_module(base LIBS fmt)\ndetente_module(net DEPENDS base wire\n  LIBS ssl)\n");
  EXPECT_EQ(graph, (Graph{{"base", {}}, {"net", {"base", "wire"}}}));
}

TEST(Depends, RefuseAMissingASurplusAndAnUpwardOne) {
  const Tree tree = {{"src/geo/x.cc", "#include \"base/y.h\"\n"}};
  EXPECT_EQ(check_depends(tree, {{"geo", {}}}).size(), 1U);
  EXPECT_EQ(check_depends(tree, {{"geo", {"base"}}, {"wire", {"base"}}}).size(), 1U);
  EXPECT_EQ(check_depends(tree, {{"geo", {"base", "node"}}}).size(), 2U);  // surplus and upward
  EXPECT_EQ(check_depends(tree, {}).size(), 1U);
  EXPECT_THAT(check_depends(tree, {{"geo", {"base"}}}), IsEmpty());
}

TEST(Depends, AgreeWithTheIncludesOfTheTree) {
  const Graph graph = module_graph(file_of_tree("CMakeLists.txt").text);
  EXPECT_GE(graph.size(), 10U);
  EXPECT_TIDY(check_depends(sources(), graph));
}

TEST(Cycles, AreFoundRoundSeveralFiles) {
  const Tree tree = {{"src/geo/a.h", "#include \"geo/b.h\"\n"},
                     {"src/geo/b.h", "#include \"geo/c.h\"\n"},
                     {"src/geo/c.h", "#include \"geo/a.h\"\n"},
                     {"src/geo/d.h", "#include \"geo/a.h\"\n"}};
  EXPECT_EQ(check_cycles(tree).size(), 3U);
}

TEST(Cycles, AreFoundInThePage) {
  const Tree tree = {{"web/src/a.ts", "import { b } from \"./texts/b\";\n"},
                     {"web/src/texts/b.ts", "import {\n  type C,\n} from \"../c\";\n"},
                     {"web/src/c.ts", "import \"./a\";\n"},
                     {"web/src/d.ts", "import { a } from \"./a\";\nimport x from \"y\";\n"}};
  EXPECT_EQ(check_cycles(tree).size(), 3U);
}

TEST(Cycles, AreNotInThePage) {
  const Tree page = load_tree(kRoot, {"web/src"}, {".ts"});
  EXPECT_GT(page.size(), 40U);
  EXPECT_TIDY(check_cycles(page));
}

TEST(Cycles, AreNotInTheTree) {
  EXPECT_TIDY(check_cycles(sources()));
}

// ---- pure levels ----

TEST(PureLevels, RefuseFilesSocketsClocksThreadsAndRandomness) {
  for (const char* line :
       {"#include <fstream>", "#include <sys/stat.h>", "#include <thread>", "#include <mutex>",
        "#include <boost/asio/io_context.hpp>", "auto t = std::chrono::system_clock::now();",
        "std::random_device d;", "int n = rand();", "const char* v = std::getenv(\"A\");",
        "co_await next;", "std::printf(\"x\");", "std::cout << 1;"}) {
    const Tree tree = {{"src/terms/x.cc", std::string(line) + "\n"}};
    EXPECT_EQ(check_pure(tree, {}).size(), 1U) << line;
  }
}

TEST(PureLevels, LetStringsCommentsTestsAndTheShellBe) {
  const Tree tree = {
      {"src/terms/x.cc", "// rand()\nconst char* k = \"getenv\"; int operand = 1;\n"},
      {"src/terms/x_test.cc", "#include <fstream>\n"},
      {"src/terms/testing_x.h", "#include <fstream>\n"},
      {"src/store/x.cc", "#include <unistd.h>\n"}};
  EXPECT_THAT(check_pure(tree, {}), IsEmpty());
}

TEST(PureLevels, CallAnExceptionThatNothingNeedsACase) {
  const Tree tree = {{"src/base/x.cc", "abort();\n"}};
  EXPECT_THAT(check_pure(tree, {{"src/base/x.cc", "abort", "a reason"}}), IsEmpty());
  EXPECT_EQ(
      check_pure(tree, {{"src/base/x.cc", "abort", ""}, {"src/base/y.cc", "abort", ""}}).size(),
      1U);
}

TEST(PureLevels, HoldInTheTree) {
  for (const Exception& exception : pure_exceptions()) EXPECT_FALSE(exception.reason.empty());
  EXPECT_TIDY(check_pure(sources(), pure_exceptions()));
}

// ---- heavy libraries ----

TEST(HeavyHeaders, AreRefusedOutsideTheirFolder) {
  for (const char* include : {"s2/s2cell.h", "GeographicLib/Geodesic.hpp", "sqlite3.h",
                              "boost/asio/post.hpp", "boost/beast/http.hpp", "CLI/CLI.hpp"}) {
    const Tree tree = {{"src/node/x.cc", "#include <" + std::string(include) + ">\n"}};
    EXPECT_EQ(check_heavy(tree).size(), 1U) << include;
  }
  EXPECT_EQ(check_heavy({{"src/geo/x.h", "#include <s2/s2cell.h>\n"}}).size(), 1U);
  EXPECT_EQ(check_heavy({{"src/store/x.h", "#include <sqlite3.h>\n"}}).size(), 1U);
  EXPECT_EQ(check_heavy({{"src/app/other.cc", "#include <CLI/CLI.hpp>\n"}}).size(), 1U);
}

TEST(HeavyHeaders, AreNotCarriedToOtherFolders) {
  const Tree tree = {{"src/app/x.cc", "#include \"net/a.h\"\n"},
                     {"src/net/a.h", "#include \"net/b.h\"\n"},
                     {"src/net/b.h", "#include <boost/asio/awaitable.hpp>\n"}};
  EXPECT_THAT(check_heavy(tree), ElementsAre("src/app/x.cc: src/net/b.h brings boost/asio in"));
}

TEST(HeavyHeaders, StayBehindTheirFolderInTheTree) {
  EXPECT_TIDY(check_heavy(sources()));
}

// ---- style ----

TEST(Licence, MustBeTheFirstLine) {
  const std::string good = "// SPDX-License-Identifier: Apache-2.0\n";
  EXPECT_EQ(check_licence({{"a.cc", "\n" + good}, {"b.h", ""}, {"c.sh", "#!/bin/sh\n"}}).size(),
            3U);
  EXPECT_THAT(check_licence(
                  {{"a.cc", good}, {"c.sh", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}}),
              IsEmpty());
}

TEST(Licence, StandsInEveryFileOfTheTree) {
  const Tree tree = load_tree(kRoot, {"src", "tools", "tests", "bench", "web", "packaging"},
                              {".h", ".cc", ".ts", ".mjs", ".sh"});
  EXPECT_TIDY(check_licence(tree));
}

TEST(Columns, AreCountedInCharacters) {
  const std::string wide(101, 'x');
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "\xc3\xa9";
  EXPECT_EQ(check_columns({{"a.cc", "\n" + wide + "\n"}}, 100), Complaints{"a.cc:2: 101 columns"});
  EXPECT_THAT(check_columns({{"a.cc", accents + "\n"}}, 100), IsEmpty());
  EXPECT_THAT(check_columns({{"a.cc", "f(R\"(" + wide + ")\");\n"}}, 100), IsEmpty());
  EXPECT_EQ(check_columns({{"a.cc", "f(\"" + wide + "\");\n"}}, 100).size(), 1U);
}

TEST(Columns, AreKeptInTheTree) {
  EXPECT_TIDY(check_columns(all_cpp(), kColumnsMax));
}

TEST(Words, OfUnfinishedWorkAndOfOneMachineAreFound) {
  const std::string unfinished = std::string("// TO") + "DO later\n// FIX" + "ME\n";
  const std::string paths = std::string("a = \"/ho") + "me/x\";\nsee /wo" + "rk/main\n";
  EXPECT_EQ(check_words({{"a.cc", unfinished}}).size(), 2U);
  EXPECT_EQ(check_words({{"a.md", paths}}).size(), 2U);
  EXPECT_THAT(check_words({{"a.cc", "\"name-XXXXXX\" \"south/root/x\" ../work/y"}}), IsEmpty());
}

TEST(Words, AreNotInTheTree) {
  const Tree tree = load_tree(
      kRoot,
      {"", "src", "tools", "tests", "bench", "web", "docs", "examples", "packaging", "cmake"},
      {".h", ".cc", ".ts", ".mjs", ".sh", ".md", ".txt", ".cmake", ".yaml", ".css", ".html"});
  EXPECT_TIDY(check_words(tree));
}

TEST(Functions, AreMeasuredByTheirBraces) {
  const SourceFile file{"a.cc",
                        "namespace a {\n"                           // 1
                        "const int k[] = {1, f(2)};\n"              // 2
                        "enum class E { one };\n"                   // 3
                        "#define M(x) do { \\\n  x; } while (0)\n"  // 4, 5
                        "struct S : T<int> {\n"                     // 6
                        " public:\n"                                // 7
                        "  S(int a) : a_{a}, b_(a) {\n"             // 8
                        "    if (a) { g(); }\n"                     // 9
                        "  }\n"                                     // 10
                        "  bool operator==(const S&) const { return true; }\n"
                        "  int a_ = {};\n"
                        "};\n"
                        "std::vector<int>\n"                      // 14
                        "N::f(std::map<int, int> m = {}) {\n"     // 15
                        "  const auto g = [] { return '}'; };\n"  // 16
                        "}\n"                                     // 17
                        "TEST(Suite, IsNamed) {\n}\n"             // 18, 19
                        "bool is_operator(int a) {\n}\n"          // 20, 21
                        "bool operator()(int a) {\n}\n"           // 22, 23
                        "}  // namespace a\n"};
  const std::vector<Function> found = functions_of(file);
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[0].name, "S");
  EXPECT_EQ(found[0].line, 8U);
  EXPECT_EQ(found[0].length, 3U);
  EXPECT_EQ(found[1].length, 1U);
  EXPECT_EQ(found[2].name, "N::f");
  EXPECT_EQ(found[2].line, 14U);
  EXPECT_EQ(found[2].length, 4U);
  EXPECT_EQ(found[3].name, "Suite.IsNamed");
  EXPECT_EQ(found[4].name, "is_operator");
  EXPECT_EQ(found[5].line, 22U);
}

TEST(Functions, MayOnlyShrink) {
  const Tree tree = {{"a.cc", "void f() {\n\n\n}\n"}};
  EXPECT_EQ(check_functions(tree, 3, {}).size(), 1U);
  EXPECT_THAT(check_functions(tree, 4, {}), IsEmpty());
  EXPECT_THAT(check_functions(tree, 3, {{{"a.cc", "f"}, 4}}), IsEmpty());
  EXPECT_EQ(check_functions(tree, 3, {{{"a.cc", "f"}, 5}}).size(), 1U);  // shrunk: correct the list
  EXPECT_EQ(check_functions(tree, 4, {{{"a.cc", "gone"}, 9}}).size(), 1U);
}

TEST(Functions, AreShortInTheTree) {
  std::size_t count = 0;
  for (const SourceFile& file : all_cpp()) count += functions_of(file).size();
  EXPECT_GT(count, 1'000U);  // the measure sees them at all
  EXPECT_TIDY(check_functions(all_cpp(), kFunctionLinesMax, long_functions()));
}

// ---- tables ----

TEST(ErrorTable, RefusesDoublesAndStrayNumbers) {
  const std::string head = "/* 1000 to 1099: base */ \\\n";
  const auto check = [&](const std::string& rest) { return check_errors({"e.h", head + rest}); };
  EXPECT_THAT(check("X(a, 1001, \"s\") \\\n X(b, 1002, \"s\")\n"), IsEmpty());
  EXPECT_EQ(check("X(a, 1001, \"s\") \\\n X(b, 1001, \"s\")\n").size(), 1U);
  EXPECT_EQ(check("X(a, 1001, \"s\") \\\n X(a, 1002, \"s\")\n").size(), 1U);
  EXPECT_EQ(check("X(a, 1100, \"s\")\n").size(), 1U);
  EXPECT_EQ(check("/* 1050 to 1199: geo */ \\\n X(a, 1101, \"s\")\n").size(), 1U);
  EXPECT_EQ(check_errors({"e.h", ""}).size(), 1U);
}

TEST(ErrorTable, IsInOrderInTheTree) {
  EXPECT_TIDY(check_errors(file_of_tree("src/base/errors.h")));
}

TEST(Limits, MustBeDocumentedWithTheirValues) {
  const SourceFile code{"l.h",
                        "inline constexpr std::size_t kA = 10'000;\n"
                        "inline constexpr std::int64_t kB = 2LL * 3 * 1'000;  // why\n"
                        "inline constexpr std::size_t kC = 4U << 20;\n"};
  const std::string a = "| `kA` | 10,000 |\n";
  const std::string b = "| `kB` | 6,000 ms |\n";
  const std::string c = "| `kC` | 4,194,304 (4 MiB) |\n";
  EXPECT_THAT(check_limits(code, {"d.md", a + b + c}), IsEmpty());
  EXPECT_EQ(check_limits(code, {"d.md", a + b}).size(), 1U);
  EXPECT_EQ(check_limits(code, {"d.md", a + b + "| `kC` | 4,194,305 |\n"}).size(), 1U);
  EXPECT_EQ(check_limits(code, {"d.md", a + b + c + "| `kGone` | 1 |\n"}).size(), 1U);
  EXPECT_EQ(check_limits({"l.h", ""}, {"d.md", ""}).size(), 1U);
}

TEST(Limits, AreDocumentedInTheTree) {
  EXPECT_TIDY(
      check_limits(file_of_tree("src/base/limits.h"), file_of_tree("docs/operating/limits.md")));
}

// ---- documents ----

TEST(Links, ToNothingAreFound) {
  const auto exists = [](const std::string& path) { return path == "docs/a.md"; };
  const Tree tree = {{"docs/b/c.md", "[x](../a.md#part) [y](https://c2sp.org)\n[z](../gone.md)\n"}};
  EXPECT_EQ(check_links(tree, exists), Complaints{"docs/b/c.md:2: there is no docs/gone.md"});
}

TEST(Links, LeadSomewhereInTheTree) {
  const Tree tree = load_tree(kRoot, {"", "docs", "examples", "web"}, {".md"});
  EXPECT_TIDY(check_links(
      tree, [&](const std::string& path) { return std::filesystem::exists(kRoot + "/" + path); }));
}

TEST(Examples, AreAgreementsThatCheck) {
  const Tree examples = load_tree(kRoot, {"examples"}, {"agreement.json"});
  EXPECT_GE(examples.size(), 3U);
  for (const SourceFile& example : examples) {
    const Result<terms::Agreement> agreement = terms::Agreement::make(example.text);
    EXPECT_TRUE(agreement) << example.path << ": " << agreement.error().text();
  }
}

// ---- restraint ----

TEST(Restraint, FindsRefusedNamesInCode) {
  EXPECT_EQ(check_restraint_cpp({{"src/a.cc", "w.member(\"target\", 1);\n"}}).size(), 1U);
  EXPECT_EQ(check_restraint_cpp({{"src/a.cc", "in.string(\"aim_point\", 9);\n"}}).size(), 1U);
  EXPECT_EQ(check_restraint_cpp({{"src/a.cc", "route(\"/api/targets/{id}\");\n"}}).size(), 1U);
  EXPECT_EQ(check_restraint_cpp({{"src/a.cc", "t = R\"({\"weapon\":1})\";\n"}}).size(), 1U);
  EXPECT_EQ(
      check_restraint_cpp({{"src/a.h", "enum class P : int {\n  a,\n  strike,\n};\n"}}).size(), 1U);
  const std::string good = "w.member(\"purpose\", 1); // target\nf(\"it names no target\");\n";
  EXPECT_THAT(check_restraint_cpp({{"src/a.cc", good}}), IsEmpty());
}

TEST(Restraint, FindsRefusedNamesInTheApi) {
  const auto count = [](const std::string& yaml) {
    return check_restraint_openapi({"a.yaml", yaml}).size();
  };
  EXPECT_EQ(count("properties:\n  target_id: { type: string }\n"), 1U);
  EXPECT_EQ(count("properties: { a: { type: object, properties: { bda: { x: y } } } }\n"), 1U);
  EXPECT_EQ(count("s: { enum: [transit, strike] }\n"), 1U);
  EXPECT_EQ(count("required:\n  - weapon\n"), 1U);
  EXPECT_EQ(count("paths:\n  /api/targets:\n    get:\n"), 1U);
  EXPECT_EQ(count("- { name: target, in: query }\nx: [ { name: \"target\" } ]\n"), 2U);
  EXPECT_EQ(count("a: { description: \"no target: refused\", type: x }\nsummary: No target.\n"),
            0U);
}

TEST(Restraint, FindsRefusedNamesInASchema) {
  EXPECT_EQ(check_restraint_schema({"a.json", R"({"properties":{"munitions":{}}})"}).size(), 1U);
  EXPECT_EQ(check_restraint_schema({"a.json", R"({"enum":["patrol","strike"]})"}).size(), 1U);
  EXPECT_THAT(check_restraint_schema({"a.json", R"({"description":"No target is named."})"}),
              IsEmpty());
}

TEST(Restraint, HoldsInTheTree) {
  EXPECT_TIDY(check_restraint_cpp(sources()));
  const SourceFile api = file_of_tree("docs/api/openapi.yaml");
  EXPECT_FALSE(api.text.empty());
  EXPECT_TIDY(check_restraint_openapi(api));
  const Tree schemas = load_tree(kRoot, {"docs/schema"}, {".json"});
  EXPECT_FALSE(schemas.empty());
  for (const SourceFile& schema : schemas) EXPECT_TIDY(check_restraint_schema(schema));
}

}  // namespace
}  // namespace detente::tidy
