#include "daemon/channel/text_template.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <kainjow/mustache.hpp>

namespace liandong {

namespace {

namespace mustache = kainjow::mustache;

constexpr std::array<std::string_view, 12> kNames = {
    "title", "kind",   "kind_name", "site_name",    "link",   "summary",
    "date",  "doc_no", "index_no",  "issuing_body", "source", "text"};

constexpr std::array<std::string_view, kAllKinds.size()> kChineseNames = {
    "政策", "解读", "重要通知", "通知", "动态"};

// Looks names up in a flat map. An empty value counts as false, so that a section around it
// disappears. Partials do not exist: they would be read as templates, and values come from outside.
class FlatContext final : public mustache::basic_context<std::string> {
 public:
  explicit FlatContext(const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values) {
      values_.emplace(name, value.empty() ? mustache::data(false) : mustache::data(value));
    }
  }

  void push(const mustache::data* /*section*/) override {}
  void pop() override {}
  [[nodiscard]] const mustache::data* get(const std::string& name) const override {
    const auto found = values_.find(name);
    if (found != values_.end()) {
      return &found->second;
    }
    note(name);
    return nullptr;
  }
  [[nodiscard]] const mustache::data* get_partial(const std::string& name) const override {
    note("> " + name);
    return nullptr;
  }

  // The first name asked for that is no value.
  [[nodiscard]] const std::string& unknown() const { return unknown_; }

 private:
  void note(const std::string& name) const {
    if (unknown_.empty()) {
      unknown_ = name.empty() ? "{{}}" : name;
    }
  }

  std::map<std::string, mustache::data> values_;
  mutable std::string unknown_;  // the interface's get() is const
};

mustache::mustache compile(const std::string& text) {
  mustache::mustache compiled(text);
  compiled.set_custom_escape([](const std::string& value) { return value; });
  return compiled;
}

Error unknown_name(const std::string& name) {
  const auto nearest = std::min_element(kNames.begin(), kNames.end(),
                                        [&name](std::string_view a, std::string_view b) {
                                          return edit_distance(name, a) < edit_distance(name, b);
                                        });
  std::string message = fmt::format("unknown name \"{}\" in a template", name);
  if (edit_distance(name, *nearest) <= 2) {
    message += fmt::format("; did you mean \"{}\"?", *nearest);
  } else {
    message += fmt::format("; known are {}", fmt::join(kNames, ", "));
  }
  return {ErrorKind::Permanent, std::move(message)};
}

// `本网` and `本站` mean the site they stand on, and nothing anywhere else.
std::string source_name(const std::string& stated, std::string_view site_name) {
  for (const std::string_view here : {"", "本网", "本站", "本网站", "本站原创", "本网原创"}) {
    if (stated == here) {
      return std::string(site_name);
    }
  }
  return stated;
}

// The abstract, or the beginning of the text without the title that many pages repeat there.
std::string summary_of(const Article& article, const std::string& text, std::size_t code_points) {
  const std::string abstract = fold_blanks(article.meta.abstract);
  if (!abstract.empty()) {
    return shorten(abstract, code_points);
  }
  std::string_view words = text;
  if (!article.title.empty() && words.starts_with(article.title + '\n')) {
    words.remove_prefix(article.title.size());
  }
  return shorten(fold_blanks(words), code_points);
}

}  // namespace

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  TextTemplate parsed{std::string(text)};
  // Once with every value there and once with none: inner names of both kinds of section are met.
  for (const std::string_view sample : {"x", ""}) {
    std::map<std::string, std::string> values;
    for (const std::string_view name : kNames) {
      values.emplace(name, sample);
    }
    FlatContext context(values);
    mustache::mustache compiled = compile(parsed.text_);
    if (compiled.is_valid()) {
      compiled.render(context);
    }
    if (!compiled.is_valid()) {
      return Error(ErrorKind::Permanent, "broken template: " + compiled.error_message());
    }
    if (!context.unknown().empty()) {
      return unknown_name(context.unknown());
    }
  }
  return parsed;
}

std::string TextTemplate::render(const std::map<std::string, std::string>& values) const {
  FlatContext context(values);
  mustache::mustache compiled = compile(text_);
  return compiled.render(context);
}

std::map<std::string, std::string> template_values(
    const Item& item, std::string_view site_name, std::string_view link,
    std::size_t summary_code_points, std::initializer_list<const TextTemplate*> askers) {
  const auto is_wanted = [askers](std::string_view name) {
    return askers.size() == 0 || std::any_of(askers.begin(), askers.end(), [name](const auto* one) {
             return one->may_name(name);
           });
  };
  const Article& article = item.revision.article;
  const DocumentMeta& meta = article.meta;
  const bool wants_summary = is_wanted("summary");
  const std::string text =
      wants_summary || is_wanted("text") ? plain_text(article.body) : std::string();
  return {
      {"title", article.title},
      {"kind", std::string(to_string(item.kind))},
      {"kind_name", std::string(chinese_name(item.kind))},
      {"site_name", std::string(site_name)},
      {"link", std::string(link)},
      {"summary", wants_summary ? summary_of(article, text, summary_code_points) : std::string()},
      {"date", article.published ? beijing_date(article.published->at) : std::string()},
      {"doc_no", meta.doc_no},
      {"index_no", meta.index_no},
      {"issuing_body", meta.issuing_body},
      {"source", source_name(meta.content_source, site_name)},
      {"text", text},
  };
}

std::string_view chinese_name(Kind kind) {
  return kChineseNames.at(static_cast<std::size_t>(kind));
}

}  // namespace liandong
