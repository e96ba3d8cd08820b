// Looks for personal data and wrong words before anything is pushed (domain/standards.md 7).
//
// A number found here must not be masked on the way out: the leak is on the website, and whoever
// disclosed it cleans it up. So a finding holds the item, or warns, and says where to look; its
// excerpt never repeats a digit, a name or an address. Texts, headings, table cells, picture
// descriptions, attachment names and the abstract are read; what is inside of attachments and
// pictures is not.

#ifndef LIANDONG_DAEMON_REVIEW_SCREENING_H_
#define LIANDONG_DAEMON_REVIEW_SCREENING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/item/item.h"
#include "daemon/review/wordbook.h"
#include "daemon/settings/review_settings.h"

namespace liandong {

enum class ScreeningKind : std::uint8_t {
  CitizenId,     // 公民身份号码, GB 11643-1999, also inside a 学籍号
  OldCitizenId,  // 15 digits, without a check digit: a warning
  ThinlyMasked,  // an identity number with four or fewer characters hidden: a warning
  BankCard,  // 16 to 19 digits, Luhn; a warning unless it is 62… or stands near 卡号, 账号 …
  MobileNumber,       // 手机号
  PersonList,         // a table of two or more persons: 姓名 and a column that identifies them
  StudentNumber,      // behind 学籍号, where it holds no identity number
  ExamNumber,         // 8 to 20 digits behind 准考证号, 考生号, 报名号
  CertificateNumber,  // behind 证书编号; a warning unless a person's name stands near
  Passport,           // near 护照
  TravelPermit,       // 港澳台通行证, near the word
  HomeAddress,  // behind 住址 …; or a flat with a person's name near, where it may be a warning
  Circumstance,  // illness, disability, poverty with a person's name; a warning when it may be none
  VehiclePlate,  // a warning
  PrivateMail,   // not of *.gov.cn or *.edu.cn: a warning
  WrongWord,     // of the dictionary, which says whether it holds
  // What an editor would look at again, warnings:
  Brackets,        // （） 《》 【】 〔〕 that do not balance
  Leftover,        // of a template: 点击查看, XXX
  NumberMismatch,  // the document number in the text is not that of the metadata
  DateMismatch,    // nor the day it is signed with
  FutureDate,      // signed with a day after the publication
  TitleMismatch,   // the text begins with another title than the page states
};
// citizen_id old_citizen_id thinly_masked bank_card mobile_number person_list student_number
// exam_number certificate_number passport travel_permit home_address circumstance vehicle_plate
// private_mail wrong_word brackets leftover number_mismatch date_mismatch future_date
// title_mismatch
[[nodiscard]] std::string_view to_string(ScreeningKind kind);

enum class ScreeningSeverity : std::uint8_t { Warn, Hold };

enum class ScreeningPart : std::uint8_t { InTitle, InAbstract, InBlock, InAttachment };

struct ScreeningFinding {
  ScreeningKind kind = ScreeningKind::CitizenId;
  ScreeningSeverity severity = ScreeningSeverity::Hold;
  ScreeningPart part = ScreeningPart::InBlock;
  std::size_t index = 0;  // of the block or attachment, from 0
  // The words around it, every digit as `*`, or the word that gave it away; of a wrong word it and
  // the right one.
  std::string excerpt;
  friend bool operator==(const ScreeningFinding&, const ScreeningFinding&) = default;
};

class Screener {
 public:
  explicit Screener(const ScreeningRules& rules = {});

  // In the order of the text, what differs from the metadata last; of each kind only the first 50
  // that hold and the first 50 warnings. What the rules allow passes.
  [[nodiscard]] std::vector<ScreeningFinding> screen(const Article& article) const;
  // The first that holds the item; empty: nothing does.
  [[nodiscard]] std::optional<ScreeningFinding> first_to_hold(const Article& article) const;
  // SHA-256 of all that decides beside the program.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

 private:
  std::set<std::string> allowed_mobiles_;
  std::set<std::string> allowed_texts_;
  Wordbook wordbook_;
  std::string fingerprint_;
};

// For who has the text before him: `身份证号（第3段）：张三，***…`.
[[nodiscard]] std::string describe(const ScreeningFinding& finding);
// `身份证号（第3段）`: no word of the text. What stands in the ledger stands there for ever, and
// names nobody.
[[nodiscard]] std::string name_and_place(const ScreeningFinding& finding);
// Why a delivery that would show it waits for a person; stands in the ledger.
[[nodiscard]] std::string reason_to_hold(const ScreeningFinding& finding);
// Is it one of these?
[[nodiscard]] bool is_reason_of_screening(std::string_view reason);

// The number itself, exact: 18 characters, region, real date, MOD 11-2.
[[nodiscard]] bool is_citizen_id(std::string_view text);
// Luhn's sum over digits only.
[[nodiscard]] bool passes_luhn(std::string_view digits);
// 统一社会信用代码, GB 32100-2015: of bodies, never of persons.
[[nodiscard]] bool is_credit_code(std::string_view text);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_REVIEW_SCREENING_H_
