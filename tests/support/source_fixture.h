// What a source adapter's test needs: a clock that stands still, a scripted site, a configuration.

#ifndef LIANDONG_TESTS_SUPPORT_SOURCE_FIXTURE_H_
#define LIANDONG_TESTS_SUPPORT_SOURCE_FIXTURE_H_

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/source/setup.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/run.h"

namespace liandong {

class SourceFixture : public testing::Test {
 protected:
  // Builds the source from its TOML keys; a problem in them fails the test.
  void make(MakeSource factory, const std::string& url, const std::string& toml = "") {
    Problems problems;
    Table table = Table::parse(toml, "test.toml", problems);
    const SourceSetup setup{"notices", url, nullptr, "", clock, http};
    source = factory(table, setup);
    for (const Problem& problem : problems.list()) ADD_FAILURE() << problem.to_string();
  }

  Look list(ListingState last = {}) { return run(source->list(std::move(last), deadline())); }
  Reading read(ListingRow row) { return run(source->read(std::move(row), deadline())); }

  // The alternative expected, or a failure and an empty one.
  template <typename T, typename Variant>
  static T as(const Variant& answer) {
    if (const T* wanted = std::get_if<T>(&answer)) return *wanted;
    if (const auto* fault = std::get_if<SourceFault>(&answer)) ADD_FAILURE() << fault->message;
    ADD_FAILURE() << "another alternative: " << answer.index();
    return {};
  }

  [[nodiscard]] Instant deadline() const { return clock.after(std::chrono::seconds(30)); }

  FakeClock clock;
  FakeHttp http;
  std::unique_ptr<Source> source;
};

}  // namespace liandong

#endif  // LIANDONG_TESTS_SUPPORT_SOURCE_FIXTURE_H_
