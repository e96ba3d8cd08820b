#include "daemon/audit/post_findings.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/post_rules.h"
#include "daemon/item/item_store.h"
#include "daemon/item/pairing.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;

constexpr int kMostTexts = 5'000;  // of one account

class PostAuditor {
 public:
  PostAuditor(Transaction& tx, const AuditSetting& setting, const AddFinding& add)
      : tx_(tx), setting_(setting), add_(add) {}

  void all() {
    judge_reposts();
    for (const ChannelSettings& channel : setting_.settings.channels) judge_texts(channel.name);
    judge_links();
    if (const Rule* retention = rule("retention"))
      add_(*retention, "log", "", judge_retention(*retention, setting_.settings.log_days));
  }

 private:
  struct Repost {
    ItemId item = 0;
    std::string title;
    Timestamp published;
  };

  [[nodiscard]] const Rule* rule(std::string_view name) const {
    const Rule& one = setting_.rules.at(name);
    return one.enabled ? &one : nullptr;
  }

  void judge_reposts() {
    const Rule* repost = rule("repost_superior");
    if (repost == nullptr) return;
    for (const SourceSettings& source : setting_.settings.sources) {
      if (!source.superior) continue;
      for (const Repost& item : items_of(source.name)) judge_repost_of(*repost, item);
    }
  }

  void judge_repost_of(const Rule& by, const Repost& item) {
    const auto judge = [&](RepostPlace place, const std::string& name,
                           const std::optional<Timestamp>& at) {
      add_(by, fmt::format("item {} {}", item.item, name), item.title,
           judge_repost(by, place, item.published, at, setting_.now, setting_.calendar));
    };
    judge(RepostPlace::Site, "site", on_our_site(item));
    for (const ChannelSettings& channel : setting_.settings.channels) {
      if (channel.type == "weibo")
        judge(RepostPlace::Weibo, channel.name, delivered_at(item.item, channel.name));
      if (channel.type == "wechat")
        judge(RepostPlace::Wechat, channel.name, delivered_at(item.item, channel.name));
    }
  }

  std::vector<Repost> items_of(const std::string& source) {
    std::vector<Repost> items;
    Repost row;
    const std::int64_t from = to_millis(setting_.from);
    std::int64_t at = 0;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT id, title, coalesce(published_at, first_seen) FROM item "
                              "WHERE source = :source AND revision > 0 AND first_seen >= :from "
                              "AND withdrawn_at IS NULL ORDER BY id",
         use(source, "source"), use(from, "from"), into(row.item), into(row.title), into(at));
    statement.execute();
    while (statement.fetch()) {
      row.published = from_millis(at);
      items.push_back(row);
    }
    return items;
  }

  // An item of one of our own columns with the same title.
  std::optional<Timestamp> on_our_site(const Repost& repost) {
    const auto& titles = our_titles();
    const auto found = titles.find(plain_words(repost.title));
    return found == titles.end() ? std::nullopt : std::optional(found->second);
  }

  const std::map<std::string, Timestamp>& our_titles() {
    if (titles_) return *titles_;
    titles_.emplace();
    for (const SourceSettings& source : setting_.settings.sources) {
      if (source.superior) continue;
      for (const Repost& item : items_of(source.name)) {
        const auto [known, is_new] = titles_->emplace(plain_words(item.title), item.published);
        if (!is_new) known->second = std::min(known->second, item.published);
      }
    }
    return *titles_;
  }

  std::optional<Timestamp> delivered_at(ItemId item, const std::string& channel) {
    std::int64_t at = 0;
    soci::indicator known = soci::i_null;
    tx_.sql() << "SELECT min(delivered_at) FROM delivery WHERE item = :item AND channel = "
                 ":channel AND state = 'delivered' AND purpose = 'publish'",
        use(item), use(channel), into(at, known);
    return known == soci::i_ok ? std::optional(from_millis(at)) : std::nullopt;
  }

  void judge_texts(const std::string& channel) {
    const Rule* alike = rule("near_duplicates");
    const Rule* filler = rule("filler");
    if (alike == nullptr && filler == nullptr) return;
    const std::vector<PushedText> texts = texts_on(channel);
    const auto subject = [&channel](const PushedText& text) {
      return fmt::format("item {} {}", text.item, channel);
    };
    if (alike != nullptr) {
      for (const TextFinding& one : judge_likeness(*alike, texts))
        add_(*alike, subject(texts[one.index]), texts[one.index].title, one.judgement);
    }
    if (filler == nullptr) return;
    for (const PushedText& text : texts)
      add_(*filler, subject(text), text.title, judge_filler(*filler, text));
  }

  std::vector<PushedText> texts_on(const std::string& channel) {
    std::vector<std::pair<ItemId, std::int64_t>> pushed;
    ItemId item = 0;
    std::int64_t at = 0;
    const std::int64_t from = to_millis(setting_.from);
    soci::statement statement =
        (tx_.sql().prepare << "SELECT item, delivered_at FROM delivery WHERE channel = :channel "
                              "AND state = 'delivered' AND purpose = 'publish' AND delivered_at >= "
                              ":from ORDER BY delivered_at DESC, id DESC LIMIT :most",
         use(channel, "channel"), use(from, "from"), use(kMostTexts, "most"), into(item), into(at));
    statement.execute();
    while (statement.fetch()) pushed.emplace_back(item, at);
    std::vector<PushedText> texts;
    for (auto one = pushed.rbegin(); one != pushed.rend(); ++one) {
      PushedText text = text_of(one->first);
      text.at = from_millis(one->second);
      texts.push_back(std::move(text));
    }
    return texts;
  }

  const PushedText& text_of(ItemId id) {
    const auto known = texts_.find(id);
    if (known != texts_.end()) return known->second;
    PushedText& text = texts_[id];
    text.item = id;
    const auto item = ItemStore::load(tx_, id);
    if (!item) return text;
    const Article& article = item->revision.article;
    text.title = article.title;
    text.text = plain_text(article.body);
    text.has_more = !article.body.attachments.empty() || !pictures(article.body).empty();
    return text;
  }

  void judge_links() {
    const Rule* links = rule("dead_links");
    if (links == nullptr) return;
    struct Row {
      ItemId item = 0;
      std::string title;
      std::string url;
      std::int64_t failures = 0;
      std::string error;
    } row;
    soci::statement statement =
        (tx_.sql().prepare << "SELECT l.item, i.title, l.url, l.failures, l.error FROM link_check "
                              "l JOIN item i ON i.id = l.item WHERE l.checked_at > 0 AND "
                              "i.withdrawn_at IS NULL ORDER BY l.item, l.url",
         into(row.item), into(row.title), into(row.url), into(row.failures), into(row.error));
    statement.execute();
    while (statement.fetch())
      add_(*links, fmt::format("item {} {}", row.item, row.url), row.title,
           judge_link(*links, row.failures, row.url, row.error));
  }

  Transaction& tx_;
  const AuditSetting& setting_;
  const AddFinding& add_;
  std::optional<std::map<std::string, Timestamp>> titles_;
  std::map<ItemId, PushedText> texts_;
};

}  // namespace

void judge_posts_and_keeping(Transaction& tx, const AuditSetting& setting, const AddFinding& add) {
  PostAuditor(tx, setting, add).all();
}

}  // namespace liandong
