// What is on record of the hubs.
#include "daemon/source/watcher.h"
#include "daemon/source/websub.h"

#include "tests/unit/source/watcher_fixture.h"

namespace liandong {
namespace {

constexpr Timestamp kStoredAt{Duration{1'795'334'400'000}};

class WebSubStore : public WatcherInAnOffice {};

TEST_F(WebSubStore, FollowsWhatTheFeedOffers) {
  const auto offer = [&](std::optional<HubOffer> hub) {
    office.write([&](Transaction& tx) { note_offer(tx, "notices", hub, kStoredAt); });
  };
  const auto due = [&] {
    return office.read([](Transaction& tx) { return due_subscriptions(tx, kStoredAt); });
  };
  offer(HubOffer{"https://hub.example.org/", "https://a/"});
  ASSERT_EQ(due().size(), 1U);
  const Subscription first = asked(due()[0], kStoredAt);
  office.write([&](Transaction& tx) { store_subscription(tx, first); });
  EXPECT_TRUE(due().empty());
  offer(HubOffer{"https://hub.example.org/", "https://a/"});
  EXPECT_TRUE(due().empty()) << "the same offer is no news";
  offer(HubOffer{"https://other.example.org/", "https://a/"});
  EXPECT_EQ(due().size(), 1U);
  offer(std::nullopt);
  EXPECT_TRUE(due().empty());
}

}  // namespace
}  // namespace liandong
