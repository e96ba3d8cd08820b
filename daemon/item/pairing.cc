#include "daemon/item/pairing.h"

#include <algorithm>
#include <array>

#include "daemon/item/identity.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kLeastTitle = 6;  // code points; shorter names fit too many documents
constexpr std::string_view kOpen = "《";
constexpr std::string_view kClose = "》";
constexpr std::array<std::string_view, 6> kOpening = {"﹝", "［", "[", "（", "(", "【"};
constexpr std::array<std::string_view, 6> kClosing = {"﹞", "］", "]", "）", ")", "】"};

// As in 国办发〔2017〕47号, whatever brackets and blanks the page has.
std::string comparable(std::string_view text) {
  std::string words = replace_all(fold_blanks(text), " ", "");
  for (const std::string_view bracket : kOpening)
    words = replace_all(std::move(words), bracket, "〔");
  for (const std::string_view bracket : kClosing)
    words = replace_all(std::move(words), bracket, "〕");
  return words;
}

std::string without_marks(std::string words) {
  for (const std::string_view mark : {kOpen, kClose, std::string_view("〈"), std::string_view("〉"),
                                      std::string_view("“"), std::string_view("”")})
    words = replace_all(std::move(words), mark, "");
  return words;
}

// From each 《 to the 》 that closes it; inner pairs belong to the outer one.
std::set<std::string> titles_in(std::string_view words) {
  std::set<std::string> titles;
  std::size_t start = std::string_view::npos;
  int depth = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words.substr(at).starts_with(kOpen)) {
      if (depth++ == 0) start = at + kOpen.size();
    } else if (depth > 0 && words.substr(at).starts_with(kClose) && --depth == 0) {
      titles.insert(without_marks(std::string(words.substr(start, at - start))));
    }
  }
  titles.erase("");
  return titles;
}

void add_links(const Body& body, std::set<std::string>& links) {
  for (const Block& block : body.blocks) {
    const auto* paragraph = std::get_if<Paragraph>(&block);
    if (paragraph == nullptr) continue;
    for (const Run& run : paragraph->runs) links.insert(canonical_url(run.link));
  }
  for (const Attachment& attachment : body.attachments) links.insert(canonical_url(attachment.url));
  links.erase("");
}

}  // namespace

std::string_view to_string(PairedBy by) {
  constexpr std::array<std::string_view, 3> kNames = {"link", "document number", "title"};
  return kNames.at(static_cast<std::size_t>(by));
}

std::string plain_words(std::string_view text) {
  return without_marks(comparable(text));
}

NamedDocuments documents_named_in(const Article& article) {
  NamedDocuments named;
  add_links(article.body, named.links);
  const std::string title = comparable(article.title);
  named.words = title + "\n" + comparable(plain_text(article.body));
  named.titles = titles_in(title);
  if (named.titles.empty()) named.titles = titles_in(named.words);
  return named;
}

std::optional<PairedBy> names_policy(const NamedDocuments& named, const Article& policy) {
  if (named.links.contains(canonical_url(policy.url))) return PairedBy::Link;
  const std::string number = comparable(policy.meta.doc_no);
  if (!number.empty() && named.words.find(number) != std::string::npos)
    return PairedBy::DocumentNumber;
  const std::string title = plain_words(policy.title);
  const auto is_its = [&title](const std::string& name) {
    return name == title ||
           (count_code_points(name) >= kLeastTitle && title.find(name) != std::string::npos);
  };
  if (!title.empty() && std::any_of(named.titles.begin(), named.titles.end(), is_its))
    return PairedBy::Title;
  return std::nullopt;
}

}  // namespace liandong
