// From argv to an exit code: 0 done, 1 failed, 2 usage, 70 a bug, 74 the database may or may not
// have committed, 75 try later, 78 configuration.

#ifndef LIANDONG_DAEMON_CLI_COMMAND_LINE_H_
#define LIANDONG_DAEMON_CLI_COMMAND_LINE_H_

namespace liandong {

int run_command_line(int argc, char** argv);

}  // namespace liandong

#endif  // LIANDONG_DAEMON_CLI_COMMAND_LINE_H_
