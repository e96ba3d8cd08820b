// What `liandong user …` may say.

#ifndef LIANDONG_DAEMON_CLI_USER_OPTIONS_H_
#define LIANDONG_DAEMON_CLI_USER_OPTIONS_H_

#include "daemon/cli/commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace liandong {

void add_users(CLI::App& app, bool& json, UserCommand& given);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_USER_OPTIONS_H_
