#include <array>
#include <memory>

#include <fmt/format.h>
#include <pango/pangocairo.h>

#include "daemon/channel/cover.h"

namespace liandong {

namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 383;
constexpr double kMargin = 70;
constexpr double kFooter = 62;    // height of the band with the site's name
constexpr double kTitleTop = 92;  // below the badge
constexpr double kTitleBottom = kHeight - kFooter - 14;
constexpr int kLargestTitle = 62;  // pixels
constexpr int kWidest = static_cast<int>(kWidth - 2 * kMargin);
struct Fit {
  int lines;
  int smallest;  // pixels
};
constexpr std::array<Fit, 3> kFits = {{{1, 50}, {2, 42}, {3, 34}}};

constexpr const char* kTitleFont = "Noto Serif CJK SC,Noto Sans CJK SC,serif Bold";
constexpr const char* kSmallFont = "Noto Sans CJK SC,sans-serif";

struct Colour {
  double red;
  double green;
  double blue;
};
struct Palette {
  Colour top;
  Colour bottom;
  Colour footer;
};
constexpr Palette kRed = {{0.66, 0.11, 0.12}, {0.45, 0.05, 0.07}, {0.33, 0.03, 0.05}};
constexpr Palette kBlue = {{0.09, 0.30, 0.56}, {0.05, 0.17, 0.37}, {0.03, 0.11, 0.26}};
constexpr Colour kGold = {0.93, 0.79, 0.50};
constexpr Colour kWhite = {1, 1, 1};

struct Release {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

// What the State speaks in is red, what explains and reports is blue.
const Palette& palette_of(std::string_view kind) {
  const bool solemn =
      kind.find("解读") == std::string_view::npos &&
      (kind.find("政策") != std::string_view::npos || kind.find("重要") != std::string_view::npos);
  return solemn ? kRed : kBlue;
}

void set_colour(cairo_t* cairo, const Colour& colour, double alpha = 1) {
  cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, alpha);
}

Owned<PangoLayout> make_layout(cairo_t* cairo, const char* font, int pixels, bool bold,
                               std::string_view text) {
  Owned<PangoLayout> layout(pango_cairo_create_layout(cairo));
  // The same bytes on every run: nothing is taken from the desktop's settings.
  const Owned<cairo_font_options_t> options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  PangoContext* context = pango_layout_get_context(layout.get());
  pango_cairo_context_set_font_options(context, options.get());
  pango_cairo_context_set_resolution(context, 96);
  pango_context_set_language(context, pango_language_from_string("zh-cn"));

  const Owned<PangoFontDescription> description(pango_font_description_from_string(font));
  pango_font_description_set_absolute_size(description.get(), pixels * PANGO_SCALE);
  pango_font_description_set_weight(description.get(),
                                    bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  return layout;
}

struct Size {
  double width;
  double height;
};
Size size_of(PangoLayout* layout) {
  int width = 0;
  int height = 0;
  pango_layout_get_pixel_size(layout, &width, &height);
  return {static_cast<double>(width), static_cast<double>(height)};
}

// Narrows the layout as far as it keeps its lines, so that no line is left with one character.
void balance(PangoLayout* layout, int widest) {
  const int lines = pango_layout_get_line_count(layout);
  if (lines < 2) {
    return;
  }
  int narrow = widest / (lines + 1);
  int wide = widest;
  while (wide - narrow > 4) {
    const int middle = (wide + narrow) / 2;
    pango_layout_set_width(layout, middle * PANGO_SCALE);
    (pango_layout_get_line_count(layout) > lines ? narrow : wide) = middle;
  }
  pango_layout_set_width(layout, wide * PANGO_SCALE);
}

Owned<PangoLayout> lay_out_title(cairo_t* cairo, std::string_view title, int pixels) {
  Owned<PangoLayout> layout = make_layout(cairo, kTitleFont, pixels, true, title);
  pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(layout.get(), kWidest * PANGO_SCALE);
  pango_layout_set_spacing(layout.get(), pixels * PANGO_SCALE / 10);
  return layout;
}

// Few lines before large letters, within reason; what fits nowhere is cut with `…`.
Owned<PangoLayout> fit_title(cairo_t* cairo, std::string_view title) {
  for (const auto& [lines, smallest] : kFits) {
    for (int pixels = kLargestTitle; pixels >= smallest; pixels -= 2) {
      Owned<PangoLayout> layout = lay_out_title(cairo, title, pixels);
      if (pango_layout_get_line_count(layout.get()) <= lines &&
          size_of(layout.get()).height <= kTitleBottom - kTitleTop) {
        balance(layout.get(), kWidest);
        return layout;
      }
    }
  }
  Owned<PangoLayout> layout = lay_out_title(cairo, title, kFits.back().smallest);
  pango_layout_set_height(layout.get(), -kFits.back().lines);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  return layout;
}

void draw_background(cairo_t* cairo, const Palette& palette) {
  const Owned<cairo_pattern_t> gradient(cairo_pattern_create_linear(0, 0, 0, kHeight));
  cairo_pattern_add_color_stop_rgb(gradient.get(), 0, palette.top.red, palette.top.green,
                                   palette.top.blue);
  cairo_pattern_add_color_stop_rgb(gradient.get(), 1, palette.bottom.red, palette.bottom.green,
                                   palette.bottom.blue);
  cairo_set_source(cairo, gradient.get());
  cairo_paint(cairo);

  // Faint rings in two corners keep a plain ground from looking empty.
  set_colour(cairo, kWhite, 0.05);
  cairo_set_line_width(cairo, 1.5);
  for (int ring = 0; ring < 6; ++ring) {
    const double radius = 70 + 34 * ring;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, kWidth + 10, -10, radius, 0, 2 * G_PI);
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, -10, kHeight - kFooter + 10, radius, 0, 2 * G_PI);
    cairo_stroke(cairo);
  }

  set_colour(cairo, palette.footer);
  cairo_rectangle(cairo, 0, kHeight - kFooter, kWidth, kFooter);
  cairo_fill(cairo);
  set_colour(cairo, kGold);
  cairo_rectangle(cairo, 0, kHeight - kFooter, kWidth, 2);
  cairo_fill(cairo);
}

// Draws `layout` with its middle at (x, y).
void draw_centred(cairo_t* cairo, PangoLayout* layout, double x, double y) {
  const Size size = size_of(layout);
  const int set_width = pango_layout_get_width(layout);
  const double width = set_width < 0 ? size.width : static_cast<double>(set_width) / PANGO_SCALE;
  cairo_move_to(cairo, x - width / 2, y - size.height / 2);
  pango_cairo_show_layout(cairo, layout);
}

void draw_badge(cairo_t* cairo, PangoLayout* layout) {
  constexpr double kBadgeHeight = 40;
  constexpr double kTop = 38;
  const double width = size_of(layout).width + 48;
  const double left = (kWidth - width) / 2;
  constexpr double kRadius = kBadgeHeight / 2;
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, left + kRadius, kTop + kRadius, kRadius, G_PI / 2, 3 * G_PI / 2);
  cairo_arc(cairo, left + width - kRadius, kTop + kRadius, kRadius, -G_PI / 2, G_PI / 2);
  cairo_close_path(cairo);
  set_colour(cairo, kGold);
  cairo_set_line_width(cairo, 1.6);
  cairo_stroke(cairo);
  draw_centred(cairo, layout, kWidth / 2, kTop + kBadgeHeight / 2);
}

// Short rules left and right of the site's name.
void draw_footer(cairo_t* cairo, PangoLayout* layout) {
  constexpr double kRule = 46;
  constexpr double kGap = 20;
  constexpr double kMiddle = kHeight - kFooter / 2 + 1;
  const double half = size_of(layout).width / 2;
  set_colour(cairo, kGold, 0.7);
  cairo_rectangle(cairo, kWidth / 2 - half - kGap - kRule, kMiddle, kRule, 1);
  cairo_rectangle(cairo, kWidth / 2 + half + kGap, kMiddle, kRule, 1);
  cairo_fill(cairo);
  set_colour(cairo, kWhite, 0.94);
  draw_centred(cairo, layout, kWidth / 2, kMiddle);
}

cairo_status_t append_bytes(void* out, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

// The first character no font of this machine has; empty when all can be shown.
std::string missing_character(cairo_t* cairo, std::string_view text) {
  const auto layout = make_layout(cairo, kTitleFont, kLargestTitle, true, text);
  if (pango_layout_get_unknown_glyphs_count(layout.get()) == 0) {
    return {};
  }
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      ++end;
    }
    const std::string character(text.substr(start, end - start));
    const auto one = make_layout(cairo, kTitleFont, kLargestTitle, true, character);
    if (pango_layout_get_unknown_glyphs_count(one.get()) > 0) {
      return character;
    }
    start = end;
  }
  return std::string(text);
}

bool has_fonts() {
  PangoFontFamily** families = nullptr;
  int count = 0;
  pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &count);
  g_free(families);
  return count > 0;
}

Error no_font(const std::string& character) {
  return {ErrorKind::Permanent,
          fmt::format("no font on this machine can show \"{}\" on a cover; install the package "
                      "fonts-noto-cjk",
                      character)};
}

}  // namespace

// Of draw_cover(), with texts it has shortened.
extern "C" Result<std::string> liandong_draw_cover(const CoverText& text) {
  const std::string title(text.title);
  const std::string kind(text.kind);
  const std::string site(text.site);
  if (!has_fonts()) {
    return no_font(title);
  }
  const Owned<cairo_surface_t> surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(kWidth), static_cast<int>(kHeight)));
  const Owned<cairo_t> cairo(cairo_create(surface.get()));
  if (const std::string missing = missing_character(cairo.get(), title + kind + site);
      !missing.empty()) {
    return no_font(missing);
  }

  draw_background(cairo.get(), palette_of(kind));
  if (!kind.empty()) {
    const auto badge = make_layout(cairo.get(), kSmallFont, 22, true, kind);
    draw_badge(cairo.get(), badge.get());
  }
  set_colour(cairo.get(), kWhite);
  const auto heading = fit_title(cairo.get(), title);
  draw_centred(cairo.get(), heading.get(), kWidth / 2, (kTitleTop + kTitleBottom) / 2);
  if (!site.empty()) {
    const auto footer = make_layout(cairo.get(), kSmallFont, 24, false, site);
    draw_footer(cairo.get(), footer.get());
  }

  std::string png;
  const cairo_status_t status =
      cairo_surface_write_to_png_stream(surface.get(), append_bytes, &png);
  if (status != CAIRO_STATUS_SUCCESS) {
    return Error(ErrorKind::Permanent,
                 fmt::format("cannot draw the cover: {}", cairo_status_to_string(status)));
  }
  return png;
}

}  // namespace liandong
