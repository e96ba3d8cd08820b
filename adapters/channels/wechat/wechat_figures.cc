// What the platform says of the account (contracts/wechat.md 2.6), and where it calls us.
//
// Followers come for the last 7 days, reads for the last 30: a machine that stood still for a while
// loses nothing. Certified accounts only; the others answer 48001.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/channels/wechat/wechat_channel.h"
#include "adapters/channels/wechat/wechat_progress.h"
#include "daemon/platform/log.h"
#include "daemon/platform/text.h"

namespace liandong {
namespace {

constexpr int kCumulateDays = 7;
constexpr int kSummaryDays = 30;
constexpr std::size_t kMostRows = 100;

struct Reading {
  std::string_view member;
  std::string_view figure;
};
constexpr std::array kCumulate = {Reading{"cumulate_user", kFollowers}};
constexpr std::array kSummary = {Reading{"read_user", kReads}, Reading{"share_user", kShares},
                                 Reading{"like_user", kLikes}, Reading{"comment_count", kComments}};

void read_rows(const boost::json::array& rows, std::span<const Reading> readings,
               std::vector<Figure>& figures) {
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    if (!rows[i].is_object()) continue;
    const auto& row = rows[i].get_object();
    const std::string day = text_member(row, "ref_date");
    for (const Reading& reading : readings) {
      const std::int64_t value = number_member(row, reading.member, -1);
      if (value >= 0) figures.push_back({day, std::string(reading.figure), value});
    }
  }
}

}  // namespace

// The rows of one datacube call about the last `days` whole days.
asio::awaitable<std::variant<boost::json::array, Error>> WechatChannel::statistics(
    std::string call, int days, Instant deadline) {
  const Timestamp now = clock_.now();
  WechatCall question = make_call("/datacube/" + call, Asked::Harmless, deadline);
  question.body["begin_date"] = beijing_date(now - std::chrono::days(days));
  question.body["end_date"] = beijing_date(now - std::chrono::days(1));
  WechatResult result = co_await api_.call(std::move(question));
  if (const auto* fault = std::get_if<WechatFault>(&result)) co_return error_of(fault->outcome);
  auto& json = std::get<boost::json::object>(result);
  boost::json::value* list = json.if_contains("list");
  if (list != nullptr && list->is_array()) co_return std::move(list->get_array());
  const Diagnostic why = api_.surprise("no list of figures in the reply", json);
  co_return Error(ErrorKind::Malformed, why.message);
}

asio::awaitable<Result<std::vector<Figure>>> WechatChannel::figures(Instant deadline) {
  std::vector<Figure> figures;
  const auto followers = co_await statistics("getusercumulate", kCumulateDays, deadline);
  if (const auto* rows = std::get_if<boost::json::array>(&followers))
    read_rows(*rows, kCumulate, figures);
  const auto reads = co_await statistics("getbizsummary", kSummaryDays, deadline);
  if (const auto* rows = std::get_if<boost::json::array>(&reads))
    read_rows(*rows, kSummary, figures);
  const auto* no_followers = std::get_if<Error>(&followers);
  const auto* no_reads = std::get_if<Error>(&reads);
  if (no_followers != nullptr && no_reads != nullptr) co_return *no_followers;
  const Error* missing = no_followers != nullptr ? no_followers : no_reads;
  if (missing != nullptr)
    log(Level::Warn, "figures.incomplete",
        {{"channel", options_.account.channel}, {"error", missing->message()}});
  co_return figures;
}

std::string WechatChannel::callback_path() const {
  return options_.callback ? options_.callback->path() : std::string();
}

CallbackReply WechatChannel::answer_callback(const CallbackRequest& request) const {
  if (!options_.callback) return Channel::answer_callback(request);
  return options_.callback->answer(request);
}

}  // namespace liandong
