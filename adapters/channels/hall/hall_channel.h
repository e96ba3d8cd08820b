// The screens of a service hall, as a channel (contracts/display.md).
//
// Publishing needs no network: the daemon serves the list itself (daemon/console/hall), and the
// list is made of delivered deliveries. So every purpose has one step, "list", which is done as
// soon as it is recorded, and repeating it changes nothing.
//
// Configuration, beside the engine's keys:
//   title = "{{title}}"       the heading, and
//   template = "{{text}}"     the text, of which the pages are made (mustache); where it comes out
//                             empty the page's own abstract is shown
//   pages = 3                 at most so many pages of text an item, the rest by its QR code
//   expiry_days = 30          gone from the screens so long after the item was first seen; 0: never
//   important_kinds = ["notice_important"]  shown alone at first …
//   important_for = "2h"      … for so long; "0s": never
//   pinned_kinds = []         shown first in every round
//
// The Rendition. `title` is the heading. `text` is what is shown: pages separated by U+000C, each
// at most 7 lines of 16 Chinese characters, paragraphs separated by U+000A and begun with two
// U+3000. `link` is the item's address with the marker. `fields`:
//   kind_name      通知
//   source         who published it
//   date           2026-11-22, or empty
//   published_at   RFC 3339, absent when the page does not say
//   dwell          "19,14": seconds each page stands, max(12, characters / 6), at most 60
//   to             RFC 3339: from then on it is not shown; absent: no end
//   priority       "1" above "0"; absent: 0
//   priority_to    RFC 3339: how long
//   pinned         "1"
//   cut            "1": the text goes on behind the QR code
//   qr_url         what the QR code holds: the link, without the marker when that keeps it within
//   60
//                  characters
//   address        the link for people to type: no scheme, no marker

#ifndef LIANDONG_ADAPTERS_CHANNELS_HALL_HALL_CHANNEL_H_
#define LIANDONG_ADAPTERS_CHANNELS_HALL_HALL_CHANNEL_H_

#include <memory>

#include "daemon/channel/setup.h"

namespace liandong {

[[nodiscard]] std::unique_ptr<Channel> make_hall_channel(Table& table, const ChannelSetup& setup);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_HALL_HALL_CHANNEL_H_
