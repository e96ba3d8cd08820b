// What editors do, and what befalls website, platforms and program.
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "daemon/item/item_store.h"

#include "tests/simulate/office_life.h"

namespace liandong {

namespace {

using namespace std::chrono_literals;

Body text_of_document(const std::string& title, std::size_t version) {
  return body_of(fmt::format(
      "{}。各区县人民政府，市政府各委、办、局，各有关单位：现将有关事项通知如下，请认真贯彻执行。"
      "一、提高认识，加强领导。二、明确责任，狠抓落实。三、强化监督，务求实效。第{}稿。",
      title, version));
}

}  // namespace

void OfficeLife::website() {
  if (quiet_) return;
  if (chance(0.08)) publish();
  if (happens("mass publication", 0.003)) publish_burst();
  if (happens("list redesigned", 0.005)) redesign();
  Document* document = recent_document();
  if (document == nullptr) return;
  SimulatedColumn& column = office_.column(document->column);
  if (document->removed) {
    if (!happens("brought back", 0.3)) return;
    column.restore(document->key);
    document->removed = false;
  } else if (happens("edited", 0.06)) {
    edit(*document);
  } else if (happens("withdrawn", 0.03)) {
    remove(*document);
  } else if (happens("pinned", 0.02)) {
    column.pin(document->key);
  }
}

void OfficeLife::publish() {
  const Timestamp now = office_.clock.now();
  const std::string column = columns_[pick(columns_.size())];
  Timestamp stated = now;
  const Precision precision = chance(0.3) ? Precision::Day : Precision::Second;
  if (happens("back-dated", 0.08)) stated = now - up_to(30 * 24h);
  if (happens("dated to come", 0.02)) stated = now + 26h + up_to(100h);
  add_document(column, stated, precision);
  Document& document = documents_.back();
  if (happens("article not readable yet", 0.05))
    office_.column(column).unreadable[document.key] = {SourceFault::Kind::Soft404, "not yet",
                                                       "wait", std::nullopt};
  if (happens("posted by hand before", 0.05))
    office_.platform(chance(0.5) ? "weibo" : "mastodon")
        .post_by_hand(0, document.title, document.key);
}

void OfficeLife::publish_burst() {
  for (int i = 0; i < 8; ++i) add_document("notices", office_.clock.now(), Precision::Second);
}

void OfficeLife::add_document(const std::string& column, Timestamp stated, Precision precision) {
  Document document;
  document.column = column;
  document.since = office_.clock.now();
  const std::size_t number = documents_.size() + 1;
  document.title = fmt::format("关于印发第{}号管理办法的通知", number);
  if (column == "interpretations") {
    for (std::size_t i = documents_.size(); i > 0 && !document.explains; --i) {
      if (documents_[i - 1].column == "policies") document.explains = i - 1;
    }
    document.title = fmt::format("第{}号政策解读", number);
  }
  document.key = fmt::format("https://www.example.gov.cn/{}/{}.html", column, number);
  Article article;
  article.url = document.key;
  article.title = document.title;
  article.published = StatedTime{stated, precision};
  std::string text = document.title;
  if (document.explains) text += "：《" + documents_[*document.explains].title + "》解读";
  article.body = text_of_document(text, 0);
  if (column != "notices") article.cms_id = std::to_string(number);
  office_.column(column).add(document.key, article);
  if (control_.loses_rows && number % 10 == 0) office_.column(column).unlist(document.key);
  documents_.push_back(document);
}

void OfficeLife::edit(Document& document) {
  ++edits_;
  office_.column(document.column).edit(document.key, [&](Article& article) {
    std::string text = document.title;
    if (document.explains) text += "：《" + documents_[*document.explains].title + "》解读";
    article.body = text_of_document(text, edits_);
    if (chance(0.2)) article.meta.author = fmt::format("第{}科", edits_);
  });
}

void OfficeLife::remove(Document& document) {
  office_.column(document.column).remove(document.key);
  document.removed = true;
}

// Of the newest dozen: the watcher asks no article older than a week.
OfficeLife::Document* OfficeLife::recent_document() {
  if (documents_.empty()) return nullptr;
  const std::size_t back = pick(std::min<std::size_t>(documents_.size(), 12));
  Document& document = documents_[documents_.size() - 1 - back];
  const bool recent = document.since > office_.clock.now() - 5 * 24h;
  return recent && !document.baseline ? &document : nullptr;
}

// A text that changes on the way to its new address is another document, for anybody who looks.
bool OfficeLife::everything_is_seen(const std::string& column) {
  for (const Document& document : documents_) {
    if (document.column != column || document.baseline) continue;
    const auto id = office_.item_of(document.key);
    if (!id || document.removed) return false;
    const auto item = office_.read([&](Transaction& tx) { return ItemStore::load(tx, *id); });
    const Article& shown = office_.column(column).article(document.key);
    if (!item || item->withdrawn_at ||
        revision_hash(item->revision.article) != revision_hash(shown))
      return false;
  }
  return true;
}

void OfficeLife::redesign() {
  const std::string column = columns_[pick(columns_.size())];
  // The new address of a row on page two is not seen by anybody.
  if (!everything_is_seen(column) || !office_.column(column).shows_everything()) return;
  ++events_["addresses moved"];
  const auto moved =
      office_.column(column).redesign(fmt::format("design{}/{}", ++designs_, column));
  for (Document& document : documents_) {
    const auto found = moved.find(document.key);
    if (found != moved.end()) document.key = found->second;
  }
}

void OfficeLife::trouble() {
  if (quiet_) return;
  website_trouble();
  for (const std::string& name : channels_) platform_trouble(office_.platform(name), name);
  program_trouble();
}

void OfficeLife::website_trouble() {
  const Timestamp now = office_.clock.now();
  if (happens("site down", 0.01)) site_down_until_ = now + up_to(40h);
  for (const std::string& name : columns_) {
    SimulatedColumn& column = office_.column(name);
    column.list_throws = happens("list parser threw", 0.005);
    if (chance(0.3)) column.unreadable.clear();
    column.read_throws.clear();
    if (!documents_.empty() && happens("article parser threw", 0.01))
      column.read_throws = documents_.back().key;
  }
}

void OfficeLife::platform_trouble(SimulatedPlatform& platform, const std::string& name) {
  const Timestamp now = office_.clock.now();
  if (happens("platform down", 0.004)) down_until_[name] = now + up_to(36h);
  platform.reachable = down_until_[name] <= now;
  if (happens("token expired", 0.004)) platform.authorized = false;
  platform.probe_throws = happens("probe threw", 0.005);
  if (chance(0.003)) platform.limit_for = 1min + up_to(20h);
  if (chance(0.1)) platform.retry_after = std::nullopt;
  if (happens("Retry-After named", 0.05)) platform.retry_after = 1min + up_to(3h);
  tampering(platform, name);
}

// Only what a patrol can notice in time, on the channels that are patrolled.
void OfficeLife::tampering(SimulatedPlatform& platform, const std::string& name) {
  if (!platform.traits.can_inspect || platform.posts.empty()) return;
  Post& post = platform.posts[pick(platform.posts.size())];
  if (post.removed || post.marker.empty() || office_.clock.now() < post.since + 24h) return;
  if (happens("platform took a post down", 0.01)) {
    post.removed = office_.clock.now();
    gone_.insert({name, post.id});
  } else if (happens("somebody edited a post", 0.01)) {
    post.text = "有人改过";
    tampered_.insert({name, post.id});
  }
}

void OfficeLife::program_trouble() {
  if (happens("killed", 0.08)) {
    office_.downtime = chance(0.9) ? 10s : 1min + up_to(8h);
    office_.crash_after(pick(400));
  }
  if (happens("stopped for long", 0.003)) {
    office_.crash();
    office_.advance(up_to(40h));
    office_.start();
  }
  if (happens("clock jumped", 0.015)) {
    const Duration by = chance(0.5) ? up_to(10s) : up_to(40min);
    office_.clock.jump_wall(chance(0.5) ? by : -by);
  }
}

Reply OfficeLife::next_reply() {
  if (quiet_ || !chance(roughness_)) return Reply::Good;
  constexpr std::array kFaults = {Reply::Defer,
                                  Reply::Defer,
                                  Reply::Limit,
                                  Reply::LoseRequest,
                                  Reply::LoseAnswer,
                                  Reply::LoseAnswer,
                                  Reply::ActLater,
                                  Reply::ServerError,
                                  Reply::ServerErrorActed,
                                  Reply::UnknownCode,
                                  Reply::UnknownCodeActed,
                                  Reply::ThrowBefore,
                                  Reply::ThrowAfter,
                                  Reply::Unauthorized};
  const Reply reply = chance(0.02) ? Reply::Refuse : kFaults.at(pick(kFaults.size()));
  ++events_[std::string(to_string(reply))];
  return reply;
}

std::optional<SourceFault> OfficeLife::next_fault(double share) {
  if (quiet_) return std::nullopt;
  if (office_.clock.now() < site_down_until_)
    return SourceFault{SourceFault::Kind::Unreachable, "no route", "wait", std::nullopt};
  if (!chance(share)) return std::nullopt;
  constexpr std::array kKinds = {SourceFault::Kind::Unreachable, SourceFault::Kind::Throttled,
                                 SourceFault::Kind::Challenged,  SourceFault::Kind::Soft404,
                                 SourceFault::Kind::Drifted,     SourceFault::Kind::Malformed,
                                 SourceFault::Kind::Denied};
  SourceFault fault{kKinds.at(pick(kKinds.size())), "by chance", "wait", std::nullopt};
  if (fault.kind == SourceFault::Kind::Throttled) fault.retry_after = 1min + up_to(2h);
  ++events_["website: " + std::string(to_string(fault.kind))];
  return fault;
}

}  // namespace liandong
