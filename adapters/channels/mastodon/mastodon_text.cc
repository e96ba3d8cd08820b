#include "adapters/channels/mastodon/mastodon_text.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLeastTitle = 8;
constexpr std::size_t kLeastSummary = 6;

bool is_link_byte(char byte) {
  return byte > ' ' && byte < '\x7f';
}

// No blanks at the ends and no more than one empty line: an item without a summary leaves a gap.
std::string tidy(std::string text) {
  while (text.find("\n\n\n") != std::string::npos) {
    text = replace_all(std::move(text), "\n\n\n", "\n\n");
  }
  return std::string(trim(text));
}

}  // namespace

std::size_t mastodon_length(std::string_view text, std::size_t url_cost) {
  std::string words;
  std::size_t links = 0;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("http://"), text.find("https://"));
    words += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const auto end = std::find_if_not(text.begin(), text.end(), is_link_byte);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    ++links;
  }
  return count_graphemes(words) + links * url_cost;
}

std::string mastodon_words(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"@", "＠"}, {"#", "＃"}, {"*", "＊"}, {"`", "｀"}};
  std::string words(text);
  for (const auto& [sign, plain] : kPlain) words = replace_all(std::move(words), sign, plain);
  words = fold_blanks(words);
  if (words.starts_with("- ")) words.replace(0, 1, "－");
  if (words.starts_with("> ")) words.replace(0, 1, "＞");
  return words;
}

Result<std::string> compose_mastodon(const TextTemplate& words,
                                     std::map<std::string, std::string> values,
                                     const std::string& link, MastodonLimit limit) {
  for (auto& [name, value] : values) value = mastodon_words(value);
  const std::string title = values["title"];
  const std::string summary = values["summary"];
  const std::size_t whole_title = count_code_points(title);
  const std::size_t whole_summary = count_code_points(summary);
  const std::size_t least_summary = std::min(kLeastSummary, whole_summary);
  const auto fitting = [&](std::size_t of_title, std::size_t of_summary) {
    values["title"] = shorten(title, of_title);
    values["summary"] = of_summary < least_summary ? "" : shorten(summary, of_summary);
    std::string text = tidy(words.render(values)) + "\n\n" + link;
    std::optional<std::string> result;
    if (mastodon_length(text, limit.url_cost) <= limit.characters) result = std::move(text);
    return result;
  };
  // The longest summary that fits, by halving; a longer one never fits when a shorter does not.
  std::optional<std::string> best;
  std::size_t low = 0;
  std::size_t high = std::min(whole_summary, limit.characters) + 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    auto text = fitting(whole_title, middle);
    if (text) {
      best = std::move(text);
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (best) return std::move(*best);
  for (std::size_t kept = whole_title; kept-- > kLeastTitle;) {
    if (auto text = fitting(kept, 0)) return std::move(*text);
  }
  return Error(
      ErrorKind::Permanent,
      fmt::format("the title and the link do not fit into {} characters", limit.characters));
}

}  // namespace liandong
