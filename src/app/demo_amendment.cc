// SPDX-License-Identifier: Apache-2.0
#include "app/demo_amendment.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/limits.h"

namespace detente::app {
namespace {

namespace bj = boost::json;

constexpr std::array<std::pair<const char*, const char*>, 3> kText = {
    {{"en",
      "Medical evacuation, humanitarian flights and personnel recovery are declared half an hour "
      "ahead and need one officer of each party."},
     {"ru",
      "Медицинская эвакуация, гуманитарные полёты и спасение личного состава заявляются за "
      "полчаса и требуют согласия одного офицера каждой стороны."},
     {"ar",
      "يُعلن الإجلاء الطبي والطلعات الإنسانية واستعادة الأفراد قبل نصف ساعة، وتحتاج إلى ضابط "
      "واحد من كل طرف."}}};

// The member of the array whose `name` is `wanted`; the agreement was read, so the shapes are
// right.
bj::object* find(bj::value& list, const char* name, std::string_view wanted) {
  for (bj::value& item : list.get_array()) {
    bj::object& object = item.get_object();
    const bj::value* value = object.if_contains(name);
    if (value != nullptr && value->get_string() == bj::string_view(wanted.data(), wanted.size())) {
      return &object;
    }
  }
  return nullptr;
}

}  // namespace

Result<std::string> amend_notice(const terms::Agreement& agreement) {
  const terms::Procedure& procedure = agreement.procedure(terms::Purpose::medical_evacuation);
  if (procedure.lead_ms <= kAmendedLeadMs) {
    return fail(Errc::agreement_malformed,
                "the demonstration shortens an hour's notice of medical evacuation", "procedures");
  }
  DETENTE_TRY(const JsonDocument document,
              parse_json(agreement.bytes(),
                         {.bytes_max = limits::kAgreementBytes, .depth_max = limits::kJsonDepth}));
  bj::value whole = document.value();
  bj::object& members = whole.get_object();
  members["version"] = agreement.version() + 1;
  members["amends"] = agreement.sha256_hex();
  bj::object* changed = find(members.at("procedures"), "clause", procedure.clause.value);
  bj::object* clause = find(members.at("clauses"), "id", procedure.clause.value);
  check(changed != nullptr && clause != nullptr, "a procedure's clause stands in the document");
  (*changed)["lead_s"] = kAmendedLeadMs / 1000;
  for (const auto& [language, text] : kText) {
    bj::object& texts = clause->at("text").get_object();
    if (texts.contains(language)) texts[language] = text;
  }
  std::string text = bj::serialize(whole);
  DETENTE_CHECK(terms::Agreement::make(text));
  return text;
}

}  // namespace detente::app
