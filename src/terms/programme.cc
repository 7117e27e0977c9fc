// SPDX-License-Identifier: Apache-2.0
#include "terms/programme.h"

#include "base/json.h"
#include "terms/agreement.h"

namespace detente::terms {

const char* function_name(Function function) {
  switch (function) {
    case Function::air_activities:
      return "air_activities";
    case Function::protection:
      return "protection";
    case Function::private_checks:
      return "private_checks";
    case Function::watch:
      return "watch";
    case Function::exchange:
      return "exchange";
  }
  check(false, "a function outside its enumeration");
  return "";
}

Result<Function> parse_function(std::string_view name) {
  for (const Function function : kFunctions) {
    if (name == function_name(function)) return function;
  }
  return fail(Errc::agreement_malformed, json_quote(name.substr(0, 80)) + " is no function");
}

const char* exception_kind_name(NamedException::Kind kind) {
  switch (kind) {
    case NamedException::Kind::medical_evacuation:
      return "medical_evacuation";
    case NamedException::Kind::personnel_recovery:
      return "personnel_recovery";
    case NamedException::Kind::humanitarian:
      return "humanitarian";
    case NamedException::Kind::self_defence:
      return "self_defence";
    case NamedException::Kind::imminent_threat:
      return "imminent_threat";
    case NamedException::Kind::other:
      return "other";
  }
  check(false, "a kind of exception outside its enumeration");
  return "";
}

const char* condition_kind_name(StageCondition::Kind kind) {
  switch (kind) {
    case StageCondition::Kind::elapsed:
      return "elapsed";
    case StageCondition::Kind::clean_days:
      return "clean_days";
    case StageCondition::Kind::obligation:
      return "obligation";
  }
  check(false, "a kind of condition outside its enumeration");
  return "";
}

const char* reset_kind_name(StageReset::Kind kind) {
  switch (kind) {
    case StageReset::Kind::finding:
      return "finding";
    case StageReset::Kind::suspension:
      return "suspension";
  }
  check(false, "a kind of reset outside its enumeration");
  return "";
}

const char* document_kind_name(Document::Kind kind) {
  switch (kind) {
    case Document::Kind::main_text:
      return "main_text";
    case Document::Kind::annex:
      return "annex";
    case Document::Kind::map:
      return "map";
    case Document::Kind::addendum:
      return "addendum";
  }
  check(false, "a kind of paper outside its enumeration");
  return "";
}

const char* effect_name(Effect effect) {
  switch (effect) {
    case Effect::forbid:
      return "forbid";
    case Effect::declare:
      return "declare";
    case Effect::keep_away:
      return "keep_away";
  }
  check(false, "an effect outside its enumeration");
  return "";
}

}  // namespace detente::terms
