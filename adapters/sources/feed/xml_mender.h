// Makes XML that any reader takes of what a feed's maker wrote: every start tag has its end, every
// attribute its quotes, every `&` and `<` that is text is written as text.
//
// Feeds are ill-formed in few ways, each met often: HTML put in without escaping, an element that
// is never closed, `&nbsp;`, controls, capitals, a warning of PHP before the first tag, an end that
// the network cut off. A strict reader stops at the first of them and one that recovers by itself
// puts the rest where it does not belong. Names become small: XML tells capitals apart, the makers
// of feeds do not.
//
// Declarations, comments and processing instructions are left out, so that nothing is ever loaded
// or replaced for them.

#ifndef LIANDONG_ADAPTERS_SOURCES_FEED_XML_MENDER_H_
#define LIANDONG_ADAPTERS_SOURCES_FEED_XML_MENDER_H_

#include <string>
#include <string_view>

namespace liandong {

struct MendedXml {
  std::string text;                // empty: nothing in it begins a feed
  bool cut = false;                // the feed's own end tag never came
  bool cut_in_entry = false;       // … and the last entry had not ended either
  bool declares_entities = false;  // its document type does
  bool is_crowded = false;         // a tag holds more attributes than any feed needs
};

// `text` is UTF-8.
[[nodiscard]] MendedXml mend_xml(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_ADAPTERS_SOURCES_FEED_XML_MENDER_H_
