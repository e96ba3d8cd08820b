#include "daemon/cli/user_options.h"

#include <string>

#include <CLI/CLI.hpp>

#include "daemon/cli/option_checks.h"
#include "daemon/console/tokens.h"

namespace liandong {

void add_users(CLI::App& app, bool& json, UserCommand& given) {
  CLI::App* users = app.add_subcommand("user", "控制台的用户 Who may log in to the console");
  users->require_subcommand(1);
  users->footer("Example: liandong user first-token zhang");
  const auto plain = [&](const char* name, const char* what, const std::string& example) {
    CLI::App* made = users->add_subcommand(name, what);
    made->add_flag("--json", json, "以 JSON 输出 Answer as JSON");
    made->footer("Example: liandong " + example);
    return made;
  };
  const auto add = [&](const char* name, const char* what, const std::string& example) {
    CLI::App* made = plain(name, what, example);
    made->add_option("name", given.name, "用户名 The user's name")->required();
    return made;
  };
  const auto add_role = [&](CLI::App* made, const auto& roles) {
    made->add_option("--role", given.role, "角色：查看、操作、审批、审计、管理 What they may do")
        ->required()
        ->check(CLI::IsMember(names_in(roles)));
  };
  add("first-token", "邀请第一个管理员；此后控制台须登录 Invite the first administrator",
      "user first-token zhang");
  const auto add_reach = [&](CLI::App* made) {
    made->add_option(
        "--organisation", given.organisation,
        "只看、只办此机构及其下级（缺省：全部） Bound to it and what is below; default: none");
  };
  CLI::App* invited = add("add", "邀请用户，输出一次性令牌 Invite a user; prints a one-time token",
                          "user add li --role operator --organisation jyt");
  add_role(invited, kAllRoles);
  add_reach(invited);
  add_reach(add("bind", "更改所属机构 Bind a user to another organisation, or to none",
                "user bind li --organisation jyt"));
  plain("list", "列出用户 List the users", "user list");
  add("reset", "作废口令和动态口令，重新邀请 Invite anew; the old password ends", "user reset li");
  add_role(add("role", "更改角色 Change a user's role", "user role li --role approver"), kAllRoles);
  add("disable", "停用 A user who may log in no more", "user disable li");
  CLI::App* token =
      add("token", "给程序的接口令牌，只显示一次 An API token for a program, shown once",
          "user token prometheus --role viewer --days 365");
  add_role(token, kTokenRoles);
  add_reach(token);
  token->add_option("--days", given.days, "有效天数 How many days it works")
      ->capture_default_str()
      ->check(CLI::Range(1, kMostTokenDays));
  token
      ->add_option("--from", given.from,
                   "只能从这些地址或网段使用 Addresses and networks it is used from")
      ->check(check_addresses);
  plain("tokens", "列出接口令牌 List the API tokens", "user tokens");
  add("revoke", "作废接口令牌 An API token that works no more", "user revoke prometheus");
}

}  // namespace liandong
