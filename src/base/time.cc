// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/core.h>

#include <chrono>

namespace detente {
namespace {

class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}
  bool number(std::size_t count, int& out) {
    if (text_.size() < count) return false;
    out = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      out = out * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  bool literal(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool fraction_ms(int& out) {
    std::size_t count = 0;
    int scale = 100;
    out = 0;
    while (count < text_.size() && text_[count] >= '0' && text_[count] <= '9') {
      out += (text_[count] - '0') * scale;
      scale /= 10;
      ++count;
    }
    text_.remove_prefix(count);
    return count >= 1 && count <= 9;
  }
  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_[0]; }

 private:
  std::string_view text_;
};

}  // namespace

Result<UtcMs> parse_rfc3339(std::string_view text) {
  const auto bad = [&](const char* why) {
    return fail(Errc::bad_time, fmt::format("{}: \"{}\"", why, text.substr(0, 40)));
  };
  Digits in(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  if (!in.number(4, year) || !in.literal('-') || !in.number(2, month) || !in.literal('-') ||
      !in.number(2, day) || !in.literal('T') || !in.number(2, hour) || !in.literal(':') ||
      !in.number(2, minute) || !in.literal(':') || !in.number(2, second)) {
    return bad("not of the form 2016-07-15T06:00:00Z");
  }
  if (in.literal('.') && !in.fraction_ms(ms)) return bad("a fraction has one to nine digits");
  int offset_minutes = 0;
  if (!in.literal('Z')) {
    const char sign = in.peek();
    int oh = 0, om = 0;
    if (sign != '+' && sign != '-') return bad("no time zone");
    in.literal(sign);
    if (!in.number(2, oh) || !in.literal(':') || !in.number(2, om) || oh > 23 || om > 59) {
      return bad("the time zone is malformed");
    }
    offset_minutes = (sign == '-' ? -1 : 1) * (oh * 60 + om);
  }
  if (!in.at_end()) return bad("text after the time");
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad("no such date or time");
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t minutes = days * 1440 + std::int64_t{hour} * 60 + minute - offset_minutes;
  const std::int64_t value = (minutes * 60 + second) * 1000 + ms;
  if (value < 0) return bad("before 1970");
  return UtcMs{value};
}

std::string format_rfc3339(UtcMs t) {
  const std::chrono::sys_time<std::chrono::milliseconds> point{std::chrono::milliseconds{t.value}};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date{day};
  const std::int64_t in_day = (point - day).count();
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1000 % 60);
  if (in_day % 1000 != 0) out += fmt::format(".{:03}", in_day % 1000);
  return out + "Z";
}

}  // namespace detente
