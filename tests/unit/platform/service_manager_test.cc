#include "daemon/platform/service_manager.h"

#include <array>
#include <cstdlib>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace liandong {
namespace {

namespace asio = boost::asio;
using Local = asio::local::datagram_protocol;

class ServiceManager : public ::testing::Test {
 protected:
  ~ServiceManager() override { ::unsetenv("NOTIFY_SOCKET"); }

  std::string received_at(const std::string& bound, const std::string& stated) {
    asio::io_context context;
    Local::socket socket(context, Local::endpoint(bound));
    ::setenv("NOTIFY_SOCKET", stated.c_str(), 1);
    if (!notify_service_manager("READY=1\nSTATUS=well")) return "not sent";
    std::array<char, 64> bytes{};
    return {bytes.data(), socket.receive(asio::buffer(bytes))};
  }
};

TEST_F(ServiceManager, IsToldByASocketInAFolder) {
  const TempDir folder;
  const std::string path = (folder.path() / "notify").string();
  EXPECT_EQ(received_at(path, path), "READY=1\nSTATUS=well");
}

TEST_F(ServiceManager, IsToldByAnAbstractSocket) {
  const TempDir folder;  // for a name of our own
  const std::string name = (folder.path() / "notify").string();
  EXPECT_EQ(received_at('\0' + name, '@' + name), "READY=1\nSTATUS=well");
}

TEST_F(ServiceManager, MayBeAbsent) {
  EXPECT_FALSE(notify_service_manager("READY=1"));
  const TempDir folder;
  for (const std::string& stated : {(folder.path() / "nobody").string(), std::string("relative"),
                                    "/" + std::string(200, 'x'), std::string()}) {
    ::setenv("NOTIFY_SOCKET", stated.c_str(), 1);
    EXPECT_FALSE(notify_service_manager("READY=1")) << stated;
  }
}

}  // namespace
}  // namespace liandong
