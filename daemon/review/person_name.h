// Does a piece of text name a person? A guess, from how names are written in notices and lists.

#ifndef LIANDONG_DAEMON_REVIEW_PERSON_NAME_H_
#define LIANDONG_DAEMON_REVIEW_PERSON_NAME_H_

#include <cstdint>
#include <string_view>

namespace liandong {

enum class NameSign : std::uint8_t {
  None,
  Standing,  // a word of two or three characters that begins with a surname and stands alone
  Told,      // the text says that it is a name: `姓名：张三`, `学生张三`, `张三同学`
};

// `text` in its plain form. Masked names (张某, 张*) are none.
[[nodiscard]] NameSign sign_of_name(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_PERSON_NAME_H_
