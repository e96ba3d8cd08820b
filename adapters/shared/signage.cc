#include "adapters/shared/signage.h"

#include <chrono>
#include <optional>
#include <utility>

#include "adapters/shared/raw_answer.h"
#include "daemon/platform/text.h"

namespace liandong {

Outcome outcome_of_signage(std::string_view channel, const HttpReply& reply, Diagnostic why,
                           Timestamp now) {
  constexpr auto kPauseWhenNoneStated = std::chrono::minutes(1);
  const int status = reply.status;
  const std::optional<Duration> pause = retry_after(reply, now);
  if (status == 429 || (status == 503 && pause)) {
    return RateLimited{std::move(why), now + pause.value_or(kPauseWhenNoneStated)};
  }
  switch (status) {
    case 401:
    case 403:
    case 404:
      return Unauthorized{std::move(why)};
    case 400:
    case 409:
    case 413:
    case 422:
      return Refused{std::move(why)};
    case 408:
    case 425:
      return Deferred{std::move(why), pause};
    default:
      break;
  }
  if (status >= 400 && status < 500) alarm_unknown_code(channel, why);
  return Unconfirmed{std::move(why)};
}

std::string signage_words(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"<", "＜"}, {">", "＞"}, {"&", "＆"}};
  std::string words(text);
  for (const auto& [sign, plain] : kPlain) words = replace_all(std::move(words), sign, plain);
  std::string lines;
  for (const std::string& line : split(words, '\n')) {
    const std::string folded = fold_blanks(line);
    if (folded.empty()) continue;
    if (!lines.empty()) lines += '\n';
    lines += folded;
  }
  return lines;
}

}  // namespace liandong
