#include "adapters/channels/hall/hall_channel.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "adapters/channels/hall/slide_pages.h"
#include "daemon/channel/text_template.h"
#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::size_t kSummary = 120;  // code points
constexpr std::size_t kLongestQr = 60;
constexpr std::size_t kLongestTitle = 60;
constexpr std::size_t kLongestAddress = 48;
constexpr std::array kSteps = {Step{"list", StepClass::ServerKey}};

struct Options {
  TextTemplate title;
  TextTemplate words;
  std::size_t pages = 3;
  std::chrono::days expiry{30};
  std::set<Kind> important{};
  Duration important_for{};
  std::set<Kind> pinned{};
};

std::set<Kind> read_kinds(Table& table, const char* key, std::vector<std::string> fallback) {
  std::set<Kind> kinds;
  for (const std::string& name : table.strings(key, std::move(fallback))) {
    const std::optional<Kind> kind = kind_from(name);
    if (kind) {
      kinds.insert(*kind);
      continue;
    }
    std::string known;
    for (const Kind one : kAllKinds)
      known += (known.empty() ? "" : ", ") + std::string(to_string(one));
    table.problem(key, fmt::format("expected kinds ({}), got '{}'", known, name));
  }
  return kinds;
}

std::optional<TextTemplate> read_template(Table& table, const char* key, std::string fallback) {
  auto parsed = TextTemplate::parse(table.string(key, std::move(fallback)));
  if (parsed) return std::move(parsed).value();
  table.problem(key, parsed.error().message());
  return std::nullopt;
}

// Empty when a template is broken; the problem is recorded.
std::optional<Options> read_options(Table& table) {
  auto title = read_template(table, "title", "{{title}}");
  auto words = read_template(table, "template", "{{text}}");
  if (!title || !words) return std::nullopt;
  Options options{std::move(*title), std::move(*words)};
  options.pages = static_cast<std::size_t>(table.integer("pages", 3, 1, 9));
  options.expiry = std::chrono::days(table.integer("expiry_days", 30, 0, 3650));
  options.important = read_kinds(table, "important_kinds", {"notice_important"});
  options.important_for = table.duration("important_for", std::chrono::hours(2));
  options.pinned = read_kinds(table, "pinned_kinds", {});
  return options;
}

// What a person would type: no scheme, no query, no final slash.
std::string typed_address(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/')) url.remove_suffix(1);
  return shorten(url, kLongestAddress);
}

std::string date_of(const Article& article) {
  return article.published ? beijing_date(article.published->at) : std::string();
}

class HallChannel final : public Channel {
 public:
  HallChannel(Options options, std::string site_name)
      : options_(std::move(options)), site_name_(std::move(site_name)) {}

  [[nodiscard]] Traits traits() const override {
    Traits traits;
    traits.can_edit = true;
    traits.can_delete = true;
    traits.can_find = true;
    traits.parallel = 8;
    traits.settle = Duration(0);
    traits.withdraws_at_once = true;  // a take-down within one poll (contract 2, row 24)
    return traits;
  }

  [[nodiscard]] Result<Rendition> render(const Item& item, std::string_view marker) const override {
    const Article& article = item.revision.article;
    Rendition rendition;
    const auto values = template_values(item, site_name_, article.url, kSummary);
    rendition.title = shorten(fold_blanks(options_.title.render(values)), kLongestTitle);
    if (rendition.title.empty())
      return Error(ErrorKind::Permanent, "the item has no title, so a slide would have no heading");
    std::string text = options_.words.render(values);
    if (trim(text).empty()) text = article.meta.abstract;
    SlidePages split = split_into_pages(text, options_.pages);
    std::string dwell;
    for (const std::string& page : split.pages) {
      if (!dwell.empty()) {
        dwell += ',';
        rendition.text += '\f';
      }
      rendition.text += page;
      dwell += std::to_string(dwell_seconds(page));
    }
    rendition.link = with_marker(article.url, marker);
    auto& fields = rendition.fields;
    fields["kind_name"] = chinese_name(item.kind);
    fields["source"] = source_of(article);
    fields["date"] = date_of(article);
    if (article.published) fields["published_at"] = rfc3339(article.published->at);
    fields["dwell"] = dwell;
    fields["qr_url"] = rendition.link.size() <= kLongestQr ? rendition.link : article.url;
    fields["address"] = typed_address(article.url);
    if (split.cut) fields["cut"] = "1";
    if (options_.pinned.contains(item.kind)) fields["pinned"] = "1";
    add_times(item, fields);
    return rendition;
  }

  [[nodiscard]] std::vector<Extent> extents(const Rendition& rendition) const override {
    const auto breaks = std::count(rendition.text.begin(), rendition.text.end(), '\f');
    const auto pages = rendition.text.empty() ? 0U : static_cast<std::size_t>(breaks) + 1;
    return {{"标题", count_code_points(rendition.title), kLongestTitle},
            {"页数", pages, options_.pages}};
  }

  [[nodiscard]] std::span<const Step> steps(Purpose /*purpose*/) const override { return kSteps; }

  asio::awaitable<Outcome> perform(Step /*step*/, Attempt attempt, Progress /*progress*/) override {
    co_return Delivered{receipt(attempt)};
  }

  asio::awaitable<Finding> find(Step /*step*/, Attempt attempt, Progress /*progress*/) override {
    // Recording it is doing it: there is no outside where it could be missing.
    co_return Found{Delivered{receipt(attempt)}};
  }

  asio::awaitable<Result<Traits>> probe(Instant /*deadline*/) override {
    Traits result = traits();
    result.note = "screens fetch the list from this daemon";
    co_return result;
  }

 private:
  // Without a permalink: nothing on a screen has an address.
  static Receipt receipt(const Attempt& attempt) {
    Receipt receipt;
    receipt.remote_id = attempt.marker;
    receipt.accepted_at = attempt.first_intent;
    receipt.evidence = "listed";
    return receipt;
  }

  [[nodiscard]] std::string source_of(const Article& article) const {
    for (const std::string& name : {article.meta.content_source, article.meta.issuing_body}) {
      const std::string folded = fold_blanks(name);
      if (!folded.empty()) return shorten(folded, 24);
    }
    return site_name_;
  }

  void add_times(const Item& item, std::map<std::string, std::string>& fields) const {
    if (options_.expiry.count() > 0) fields["to"] = rfc3339(item.first_seen + options_.expiry);
    if (!options_.important.contains(item.kind) || options_.important_for.count() == 0) return;
    fields["priority"] = "1";
    fields["priority_to"] = rfc3339(item.first_seen + options_.important_for);
  }

  Options options_;
  std::string site_name_;
};

}  // namespace

std::unique_ptr<Channel> make_hall_channel(Table& table, const ChannelSetup& setup) {
  std::optional<Options> options = read_options(table);
  if (!options) return nullptr;
  return std::make_unique<HallChannel>(std::move(*options), setup.site_name);
}

}  // namespace liandong
