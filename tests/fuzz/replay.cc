// The driver where libFuzzer is not: every file of the corpus, then so many mutations of them.
//
//   fuzz_page RUNS FILE|FOLDER...
//
// An input that breaks the target or takes longer than 20 s is left in the working folder as
// crash-<target> and named, for `fuzz_page 0 crash-fuzz_page`. LIANDONG_SEED starts another
// sequence.

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

constexpr unsigned kMostSeconds = 20;
constexpr std::size_t kLargest = 1U << 20U;

std::string input;  // under way
std::string left;   // where it is left when it breaks the target

extern "C" void leave_input(int signal) {
  const int file = ::open(left.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0) {
    const auto written = ::write(file, input.data(), input.size());
    (void)written;
    ::close(file);
  }
  constexpr std::string_view kWords = "fuzz: the input is left in crash-<target>\n";
  const auto said = ::write(STDERR_FILENO, kWords.data(), kWords.size());
  (void)said;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run() {
  ::alarm(kMostSeconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ::alarm(0);
}

std::vector<std::string> corpus(const std::vector<std::string_view>& names) {
  std::vector<std::filesystem::path> files;
  for (const std::string_view name : names) {
    if (!std::filesystem::is_directory(name))
      files.emplace_back(name);
    else
      for (const auto& entry : std::filesystem::directory_iterator(name))
        files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<std::string> inputs;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& inputs, std::uint64_t seed)
      : inputs_(inputs), random_(seed) {}

  std::string next() {
    std::string text = inputs_[below(inputs_.size())];
    for (std::size_t turns = 1 + below(8); turns > 0; --turns) change(text);
    if (text.size() > kLargest) text.resize(kLargest);
    return text;
  }

 private:
  std::size_t below(std::size_t end) {
    return end == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  // A piece of any input: what one grammar knows is worth trying inside of another.
  std::string piece() {
    const std::string& from = inputs_[below(inputs_.size())];
    return from.substr(below(from.size() + 1), below(200));
  }

  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, below(64));
        break;
      case 3:
        text.insert(at, piece());
        break;
      case 4:
        text.resize(at);
        break;
      default:  // the same again and again: depth and length
        if (const std::string again = piece(); !again.empty())
          for (std::size_t times = below(400); times > 0 && text.size() < kLargest; --times)
            text.insert(at, again);
    }
  }

  const std::vector<std::string>& inputs_;
  std::mt19937_64 random_;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: %s RUNS FILE|FOLDER...\n", arguments[0]);
    return 2;
  }
  left = "crash-" + std::filesystem::path(arguments[0]).filename().string();
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM})
    std::signal(signal, leave_input);
  const std::vector<std::string> inputs =
      corpus(std::vector<std::string_view>(arguments + 2, arguments + count));
  if (inputs.empty()) {
    std::fprintf(stderr, "fuzz: the corpus is empty\n");
    return 1;
  }
  for (const std::string& one : inputs) {
    input = one;
    run();
  }
  const char* seed = std::getenv("LIANDONG_SEED");
  Mutator mutator(inputs, seed == nullptr ? 1 : number(seed));
  constexpr std::uint64_t kWhole = 50;  // tests/run --all
  const std::uint64_t runs =
      number(arguments[1]) * (std::getenv("LIANDONG_ALL") == nullptr ? 1 : kWhole);
  for (std::uint64_t done = 0; done < runs; ++done) {
    input = mutator.next();
    run();
  }
  std::printf("%zu inputs, %llu mutations\n", inputs.size(), static_cast<unsigned long long>(runs));
  return 0;
}
