#include "daemon/audit/post_findings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "daemon/audit/post_rules.h"
#include "daemon/item/pairing.h"

namespace liandong {

namespace {

using soci::into;
using soci::use;
using std::chrono::days;

constexpr int kMostTexts = 5'000;  // of one account

class PostAuditor {
 public:
  PostAuditor(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
              const AddFinding& add)
      : tx_(tx), setting_(setting), memory_(memory), add_(add) {}

  void all() {
    judge_reposts();
    for (const ChannelSettings& channel : setting_.settings.channels) judge_texts(channel.name);
    memory_.forget_texts_before(setting_.now -
                                days(setting_.rules.at("near_duplicates").limit("within_days")));
    judge_links();
    if (const Rule* retention = setting_.rules.enabled("retention"))
      add_(*retention, "log", "", judge_retention(*retention, setting_.settings.log_days));
  }

 private:
  struct Repost {
    ItemId item = 0;
    std::string title;
    Timestamp published;
  };

  void judge_reposts() {
    const Rule* repost = setting_.rules.enabled("repost_superior");
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

  struct Push {
    DeliveryId delivery = 0;
    ItemId item = 0;
    int revision = 0;
    Timestamp at;
    std::string title;
  };

  // Those that were judged before are not read again.
  void judge_texts(const std::string& channel) {
    const Rule* alike = setting_.rules.enabled("near_duplicates");
    const Rule* filler = setting_.rules.enabled("filler");
    if (alike == nullptr && filler == nullptr) return;
    const std::vector<Push> pushes = pushes_on(channel);
    std::vector<PushOfText> texts;
    for (const Push& push : pushes)
      texts.push_back({push.item, push.at, [this, push] {
                         auto text = memory_.text(tx_, push.item, push.revision);
                         memory_.use_text(push.item, push.at);
                         return text;
                       }});
    const std::map<DeliveryId, JudgedText> before = std::move(memory_.judged[channel]);
    auto& judged = memory_.judged[channel] = {};
    for (std::size_t i = 0; i < pushes.size(); ++i) {
      JudgedText& one = judged[pushes[i].delivery];
      if (const auto known = before.find(pushes[i].delivery); known != before.end())
        one = known->second;
      if (one.revision != pushes[i].revision) {
        one = {pushes[i].revision, std::nullopt, std::nullopt};
        if (alike != nullptr) one.alike = judge_likeness(*alike, std::span(texts).first(i + 1));
        if (filler != nullptr) one.filler = judge_filler(*filler, *texts[i].text());
      }
      const std::string subject = fmt::format("item {} {}", pushes[i].item, channel);
      if (alike != nullptr) add_(*alike, subject, pushes[i].title, one.alike.value_or(Judgement{}));
      if (filler != nullptr)
        add_(*filler, subject, pushes[i].title, one.filler.value_or(Judgement{}));
    }
  }

  // In the order of time.
  std::vector<Push> pushes_on(const std::string& channel) {
    Push push;
    std::int64_t at = 0;
    const std::int64_t from = to_millis(setting_.from);
    soci::statement statement =
        (tx_.sql().prepare
             << "SELECT d.id, d.item, i.revision, i.title, d.delivered_at FROM delivery d JOIN "
                "item "
                "i ON i.id = d.item WHERE d.channel = :channel AND d.state = 'delivered' AND "
                "d.purpose = 'publish' AND d.delivered_at >= :from ORDER BY d.delivered_at DESC, "
                "d.id DESC LIMIT :most",
         use(channel, "channel"), use(from, "from"), use(kMostTexts, "most"), into(push.delivery),
         into(push.item), into(push.revision), into(push.title), into(at));
    statement.execute();
    std::vector<Push> pushes;
    while (statement.fetch()) {
      push.at = from_millis(at);
      pushes.push_back(push);
    }
    std::reverse(pushes.begin(), pushes.end());
    return pushes;
  }

  void judge_links() {
    const Rule* links = setting_.rules.enabled("dead_links");
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
  AuditMemory& memory_;
  const AddFinding& add_;
  std::optional<std::map<std::string, Timestamp>> titles_;
};

}  // namespace

void judge_posts_and_keeping(Transaction& tx, const AuditSetting& setting, AuditMemory& memory,
                             const AddFinding& add) {
  PostAuditor(tx, setting, memory, add).all();
}

}  // namespace liandong
