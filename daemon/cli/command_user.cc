// Who may log in to the console, and which programs may ask it. Works beside the running service.

#include <cstdio>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/cli/commands.h"
#include "daemon/cli/output.h"
#include "daemon/console/gate.h"
#include "daemon/console/people.h"
#include "daemon/console/users.h"
#include "daemon/platform/crypto.h"

namespace liandong {

namespace {

constexpr std::size_t kTokenBytes = 32;

std::string_view chinese(Role role) {
  switch (role) {
    case Role::Viewer:
      return "查看";
    case Role::Operator:
      return "操作";
    case Role::Approver:
      return "审批";
    case Role::Auditor:
      return "审计";
    case Role::Admin:
      return "管理";
  }
  return "";
}

std::string_view chinese(std::string_view state) {
  if (state == "invited") return "待启用";
  return state == "active" ? "启用" : "停用";
}

std::string reach_of(const std::string& organisation) {
  return organisation.empty() ? "全部" : organisation;
}

// Where the page is, as far as the configuration tells.
std::string login_page(const Settings& settings) {
  const PublicOrigin at = public_origin(settings.console.public_url);
  if (!at.origin.empty()) return at.origin + "/login";
  return settings.console.listen.empty() ? ""
                                         : fmt::format("http://{}/login", settings.console.listen);
}

void print_token(Bench& bench, const User& user, const std::string& token) {
  const std::string page = login_page(bench.settings);
  if (bench.json) {
    boost::json::object object = to_json(user);
    object["token"] = token;
    object["page"] = page;
    print_json(object);
    return;
  }
  fmt::print("用户 {}（{}）的一次性令牌，24 小时内有效，只显示这一次：\n\n  {}\n\n", user.name,
             chinese(user.role), token);
  if (!page.empty()) fmt::print("在 {} 选“首次登录”，填入令牌，设置口令并绑定动态口令。\n", page);
}

int list_users(Bench& bench) {
  const std::vector<User> users =
      bench.workshop.database->read_now([](Transaction& tx) { return read_users(tx); });
  if (bench.json) {
    boost::json::array all;
    for (const User& user : users) all.push_back(to_json(user));
    print_json(all);
    return kExitDone;
  }
  if (users.empty()) {
    fmt::print("还没有用户；控制台无需登录，只能在本机查看。liandong user first-token 姓名\n");
    return kExitDone;
  }
  TextTable table;
  table.add({"用户", "编号", "角色", "机构", "状态", "上次登录"});
  for (const User& user : users)
    table.add({user.name, actor_of(user.id), std::string(chinese(user.role)),
               reach_of(user.organisation), std::string(chinese(std::string_view(user.state))),
               time_or_dash(user.logged_in_at)});
  table.print();
  return kExitDone;
}

int list_tokens(Bench& bench) {
  const std::vector<ApiToken> tokens =
      bench.workshop.database->read_now([](Transaction& tx) { return read_tokens(tx); });
  if (bench.json) {
    boost::json::array all;
    for (const ApiToken& token : tokens) all.push_back(to_json(token, bench.now));
    print_json(all);
    return kExitDone;
  }
  if (tokens.empty()) {
    fmt::print("没有接口令牌。liandong user token 名称 --role viewer\n");
    return kExitDone;
  }
  TextTable table;
  table.add({"令牌", "编号", "角色", "机构", "状态", "到期", "限从", "上次使用", "来自"});
  for (const ApiToken& token : tokens) {
    const std::string state =
        token.revoked_at ? "已作废" : (token.works(bench.now) ? "有效" : "已到期");
    const std::string from = token.addresses.text();
    table.add({token.name, token_actor(token.id), std::string(chinese(token.role)),
               reach_of(token.organisation), state, beijing_time(token.ends_at),
               from.empty() ? "不限" : from, time_or_dash(token.used_at), token.used_from});
  }
  table.print();
  return kExitDone;
}

int give_token(Bench& bench, const UserCommand& command) {
  const std::string token = new_token();
  const TokenOrder order{command.name,
                         role_from(command.role).value_or(Role::Viewer),
                         command.days,
                         token,
                         AddressList::parse(command.from).value(),  // checked when read
                         command.organisation};
  const Result<ApiToken> made = bench.workshop.database->write_now([&](Transaction& tx) {
    return make_token(tx, *bench.workshop.ledger, order, {kCliActor, bench.now});
  });
  if (!made) return refuse(made.error());
  if (bench.json) {
    boost::json::object object = to_json(*made, bench.now);
    object["secret"] = token;
    print_json(object);
    return kExitDone;
  }
  fmt::print(
      "接口令牌 {}（{}），有效至 {}，只显示这一次：\n\n  {}\n\n用法：Authorization: Bearer "
      "令牌，如 Prometheus 读 /metrics\n",
      made->name, chinese(made->role), beijing_time(made->ends_at), token);
  return kExitDone;
}

int end_token(Bench& bench, const UserCommand& command) {
  const Result<ApiToken> ended = bench.workshop.database->write_now([&](Transaction& tx) {
    return revoke_token(tx, *bench.workshop.ledger, command.name, {kCliActor, bench.now});
  });
  if (!ended) return refuse(ended.error());
  if (bench.json) {
    print_json(to_json(*ended, bench.now));
  } else {
    fmt::print("接口令牌 {} 已作废\n", ended->name);
  }
  return kExitDone;
}

Result<User> change(Transaction& tx, Ledger& ledger, const UserCommand& command,
                    const std::string& token, const Decider& by) {
  const Role role = role_from(command.role).value_or(Role::Viewer);
  if (command.verb == "first-token") {
    if (has_users(tx))
      return Error(ErrorKind::Permanent,
                   "there are users already; `liandong user add` invites another, `user reset` "
                   "gives a new token");
    return invite_user(tx, ledger, {command.name, Role::Admin, token}, by);
  }
  if (command.verb == "add")
    return invite_user(tx, ledger, {command.name, role, token, command.organisation}, by);
  if (command.verb == "bind") return bind_user(tx, ledger, command.name, command.organisation, by);
  if (command.verb == "reset") return reset_user(tx, ledger, command.name, token, by);
  if (command.verb == "role") return change_role(tx, ledger, command.name, role, by);
  return disable_user(tx, ledger, command.name, by);
}

}  // namespace

int manage_users(Bench& bench, const UserCommand& command) {
  if (command.verb == "list") return list_users(bench);
  if (command.verb == "tokens") return list_tokens(bench);
  const Organisations& organisations = bench.settings.organisations;
  if (!command.organisation.empty() && !organisations.find(command.organisation))
    return refuse(Error(ErrorKind::Permanent, organisations.unknown(command.organisation)));
  if (command.verb == "token") return give_token(bench, command);
  if (command.verb == "revoke") return end_token(bench, command);
  const std::string token = hex(random_bytes(kTokenBytes));
  const Result<User> user = bench.workshop.database->write_now([&](Transaction& tx) {
    return change(tx, *bench.workshop.ledger, command, token, {kCliActor, bench.now});
  });
  if (!user) return refuse(user.error());
  if (user->state == "invited" && command.verb != "role" && command.verb != "bind") {
    print_token(bench, *user, token);
  } else if (bench.json) {
    print_json(to_json(*user));
  } else {
    const std::string reach =
        user->organisation.empty() ? "" : "，机构 " + organisations.words_of(user->organisation);
    fmt::print("用户 {}：角色“{}”{}，{}\n", user->name, chinese(user->role), reach,
               chinese(std::string_view(user->state)));
  }
  return kExitDone;
}

}  // namespace liandong
