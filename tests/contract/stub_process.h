// One of tests/stubs running as a process of its own on a free port of 127.0.0.1, ended with the
// object.

#ifndef LIANDONG_TESTS_CONTRACT_STUB_PROCESS_H_
#define LIANDONG_TESTS_CONTRACT_STUB_PROCESS_H_

#include <chrono>
#include <memory>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <spawn.h>

#include "daemon/platform/address_policy.h"
#include "daemon/platform/http.h"

#include "tests/support/paths.h"
#include "tests/support/run.h"

namespace liandong {

class StubProcess {
 public:
  // `script` is a file of tests/stubs, "weibo.py".
  StubProcess(const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"python3", source_dir() + "/tests/stubs/" + script});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    const int error = ::posix_spawnp(&pid_, "python3", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error == 0) address_ = first_line(ends[0]).substr(std::string("listening ").size());
    ::close(ends[0]);
    if (error != 0) throw std::runtime_error("python3 does not start");
  }
  StubProcess(const StubProcess&) = delete;
  StubProcess& operator=(const StubProcess&) = delete;
  ~StubProcess() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] std::string url(const std::string& path = "") const {
    return "http://" + address_ + path;
  }

 private:
  static std::string first_line(int file) {
    std::string line;
    char byte = 0;
    while (::read(file, &byte, 1) == 1 && byte != '\n') line += byte;
    if (!line.starts_with("listening ")) throw std::runtime_error("the stub does not listen");
    return line;
  }

  pid_t pid_ = 0;
  std::string address_;
};

// The stub's control (tests/stubs/stub_server.py): GET what, or POST it with a body.
inline std::string stub_control(HttpClient& http, Clock& clock, const StubProcess& stub,
                                const std::string& what, std::string body = "") {
  AddressPolicy::Options options;
  options.allow_http = true;
  options.allow_private = true;
  options.ports = {std::stoi(stub.url().substr(stub.url().rfind(':') + 1))};
  HttpRequest request;
  request.method = body.empty() ? "GET" : "POST";
  request.body = std::move(body);
  request.url = stub.url("/_stub/" + what);
  request.policy = std::make_shared<const AddressPolicy>(options);
  request.deadline = clock.after(std::chrono::seconds(5));
  const HttpResult result = run(http.send(std::move(request)));
  return std::get<HttpReply>(result).body;
}

}  // namespace liandong

#endif  // LIANDONG_TESTS_CONTRACT_STUB_PROCESS_H_
