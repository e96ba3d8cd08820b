// The JSON body of an event, and what of it is known when the item is rendered.

#ifndef LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_EVENT_H_
#define LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_EVENT_H_

#include <string>
#include <string_view>

#include "daemon/channel/channel.h"
#include "daemon/channel/text_template.h"

namespace liandong {

// The rendition: title, text by the template, html, pictures, link; `fields["item"]` is the JSON of
// everything else that is said about the item (kind, dates, document metadata, attachments).
[[nodiscard]] Rendition render_event(const Item& item, std::string_view marker,
                                     std::string_view site_name, const TextTemplate& words);

// msg_<marker>: the receiver's key against repeats.
[[nodiscard]] std::string webhook_id(const Attempt& attempt);
// The same bytes for every attempt of a delivery.
[[nodiscard]] std::string event_body(const Attempt& attempt);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_CHANNELS_WEBHOOK_WEBHOOK_EVENT_H_
